// Speed-up and efficiency by workers on the chosen workload, with the linear line.
import { choice } from "./address.js";
import { byId } from "./elements.js";
import { passes } from "./filters.js";
import { errorBars, filtered, measuredColumn, percentText, rowsOf, secondsText, withMachine } from "./measured_rows.js";
import { addPanel } from "./panels.js";
import { showOnly } from "./picks.js";
import { drawFigure, look, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { figure, isNumber, label, listing } from "./wording.js";

/** Families of strategies that are drawn. */
const MOST = 7;
/** Width over which points of one number of workers are spread. */
const DODGE = 0.16;

addPanel({ prepare, draw });

const familyOf = (row) => [row.machine, row.implementation, row.backend, row.block].join("|");
const familyName = (row) => [`${row.implementation} ${row.backend}`, row.block && `blocks of ${row.block}`].filter(Boolean).join(", ");
const speedups = (study) => filtered(study, rowsOf(study, "scaling"), passes);

function prepare(study) {
  offer("speedup", () => [`${study.fileName(choice.cell, ["stage"])}-scaling.csv`, ...recordRows(speedups(study), study.tables.scaling.names)]);
}

const columns = (rows, within) => withMachine(rows, [
  { name: "strategy", label: "Strategy", head: true },
  { name: "workers", label: "Workers", number: true },
  measuredColumn("wall_seconds", "Wall time", secondsText),
  measuredColumn("speed_up", "Speed-up"),
  measuredColumn("efficiency", "Efficiency", percentText),
  measuredColumn("cpu_efficiency", "CPU efficiency", percentText),
  ...(within ? [measuredColumn("serial_fraction", "Serial fraction")] : []),
  { name: "differs", label: "Really?", show: (row) => ({ more: "slower", less: "faster" }[row.differs] ?? row.differs) },
  { name: "rounds", label: "Rounds", number: true },
]);

function draw(study) {
  const rows = speedups(study);
  const drawn = rows.filter((row) => isNumber(row.speed_up));
  const [first] = rows;
  byId("speedup-lead").textContent = first
    ? `${choice.cell.workload}: wall time of ${first.base}, the best serial strategy, ÷ that of the strategy in the same round, and its share of the workers; ${isNumber(first.cores) ? `${first.cores} cores` : "an unknown number of cores"}. CPU efficiency is the base’s CPU time ÷ its own. Karp and Flatt’s serial fraction stays where a part of the work is serial, and rises where workers cost something.`
    : "No strategy that the filters leave has a result on this workload.";
  byId("speedup-plot").parentElement.hidden = !drawn.some((row) => row.workers > 1);
  if (drawn.some((row) => row.workers > 1)) drawFigure("speedup-plot", () => describe(drawn));
  drawTable(byId("speedup"), { caption: `Speed-ups on ${choice.cell.workload}`, columns: columns(rows, true), rows });
  byId("fits").textContent = fitWords(rowsOf(study, "fits"));
  part("weak", rowsOf(study, "weak_scaling"), weakColumns, "Scaled speed-ups: the serial time on the larger work ÷ that of the workers");
  part("over", filtered(study, rowsOf(study, "oversubscription"), passes), (all) => columns(all, false), "More workers than cores; this says nothing of a machine with more cores");
}

function part(name, rows, give, caption) {
  byId(`${name}-part`).hidden = !rows.length;
  if (rows.length) drawTable(byId(name), { caption, columns: give(rows), rows });
}

const weakColumns = (rows) => withMachine(rows, [
  { name: "strategy", label: "Strategy", head: true },
  { name: "workers", label: "Workers", number: true },
  { name: "work_of_one", label: "Work of one" },
  { name: "units", label: "Units", number: true, show: (row) => `${figure(row.units)} ${row.unit}` },
  measuredColumn("wall_seconds", "Wall time", secondsText),
  measuredColumn("scaled_speed_up", "Scaled speed-up"),
  measuredColumn("efficiency", "Efficiency", percentText),
]);

/** The fitted laws, and why others are not fitted: each reason once. */
function fitWords(rows) {
  const reasons = new Map();
  for (const row of rows.filter(({ words }) => words)) reasons.set(row.words, [...(reasons.get(row.words) ?? []), familyName(row)]);
  return [
    ...rows.filter(({ words }) => !words).map(lawWords),
    ...[...reasons].map(([words, names]) => `${label(words)}: ${listing(names)}.`),
  ].join(" ");
}

function lawWords(row) {
  const name = familyName(row);
  const best = isNumber(row.best_workers) ? `; beyond ${figure(row.best_workers)} workers it gets slower` : "";
  return `${name}, fitted to ${row.counts} workers: Amdahl’s serial fraction ${figure(row.amdahl_fraction)} (${figure(row.amdahl_fraction_low)} to ${figure(row.amdahl_fraction_high)}); universal law: contention ${figure(row.contention)}, exchange ${figure(row.exchange)}${best}.`;
}

function describe(rows) {
  const families = new Map();
  for (const row of rows.filter(({ workers }) => workers > 1)) {
    if (!families.has(familyOf(row))) families.set(familyOf(row), []);
    families.get(familyOf(row)).push(row);
  }
  const best = (own) => Math.max(...own.map((row) => row.speed_up));
  const shown = [...families.values()].sort((a, b) => best(b) - best(a)).slice(0, MOST);
  const top = Math.max(...rows.map((row) => row.workers));
  const linear = (y, axes) => ({ x: [1, top], y, mode: "lines", name: "linear", line: { color: tone("muted"), dash: "dot", width: 1.5 }, hoverinfo: "skip", showlegend: axes === "", xaxis: `x${axes}`, yaxis: `y${axes}` });
  const counts = [...new Set([1, ...rows.map((row) => row.workers)])].sort((a, b) => a - b);
  const across = { title: { text: "workers" }, tickvals: counts, ticktext: counts.map(String), range: [0.85, top + 0.25] };
  return {
    traces: [
      linear([1, top], ""), linear([1, 1], "2"),
      ...shown.flatMap((own, index) => ["speed_up", "efficiency"].map((name, place) => line(own, name, index, shown.length, place ? "2" : ""))),
    ],
    layout: {
      grid: { rows: 1, columns: 2, pattern: "independent" },
      xaxis: across, xaxis2: across,
      yaxis: { title: { text: "speed-up" }, rangemode: "tozero" },
      yaxis2: { title: { text: "efficiency" }, rangemode: "tozero", tickformat: ".0%" },
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 64, r: 12, t: 70, b: 56 },
    },
    label: `Speed-up and efficiency by workers on ${choice.cell.workload}: ${shown.map((own) => `${familyName(own[0])} ${figure(best(own))} times`).join(", ")}`,
    onclick: (data) => data && showOnly(data.key),
  };
}

function line(own, name, index, count, axes) {
  const { color, dash, symbol } = look(index);
  const shift = DODGE * ((index + 0.5) / count - 0.5);
  const points = [...own].sort((a, b) => a.workers - b.workers);
  const start = { [name]: 1, [`${name}_low`]: 1, [`${name}_high`]: 1 };
  const all = [start, ...points];
  return {
    x: [1, ...points.map((row) => row.workers + shift)], y: all.map((row) => row[name]), name: familyName(own[0]),
    mode: "lines+markers", line: { color, dash, width: 2 }, marker: { color, symbol, size: 8 },
    error_y: errorBars(all, name, color), showlegend: axes === "", xaxis: `x${axes}`, yaxis: `y${axes}`,
    customdata: [null, ...points.map((row) => ({ key: row.key }))],
    hovertemplate: "%{y:.3g}<extra>%{fullData.name}</extra>",
  };
}
