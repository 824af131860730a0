// Stages of a launch and its memory on the chosen workload, and how both grow with the work.
import { choice } from "./address.js";
import { byId } from "./elements.js";
import { passes } from "./filters.js";
import { errorBars, filtered, rowsOf, secondsText, withInterval, withMachine } from "./measured_rows.js";
import { addPanel } from "./panels.js";
import { showOnly } from "./picks.js";
import { drawFigure, look, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { figure, isNumber } from "./wording.js";

/** Strategies that are drawn, the quickest. */
const MOST = 14;
const SOURCES = { pss: "shared pages counted once", cgroup: "of the control group, with page cache" };

addPanel({ prepare, draw });

const stagesOf = (study) => filtered(study, rowsOf(study, "stages"), passes);

function prepare(study) {
  offer("parts", () => [`${study.fileName(choice.cell, ["stage"])}-stages.csv`, ...recordRows(stagesOf(study), study.tables.stages.names)]);
  offer("growth", () => [`${study.facts.name}-growth.csv`, ...recordRows(growthOf(study), study.tables.growth.names)]);
}

/** Names of strategies, the quickest first, without those that would flatten the rest. */
function shownNames(study) {
  const rows = filtered(study, rowsOf(study, "costs"), passes)
    .filter((row) => isNumber(row.cpu_seconds) && !(row.tags ?? "").split(",").includes("reference"));
  const time = (row) => (isNumber(row.wall_seconds) ? row.wall_seconds : row.cpu_seconds);
  return [...new Set(rows.sort((a, b) => time(a) - time(b)).map((row) => row.strategy))].slice(0, MOST);
}

function draw(study) {
  const names = shownNames(study);
  const stages = stagesOf(study).filter((row) => names.includes(row.strategy));
  const memory = rowsOf(study, "costs").filter((row) => names.includes(row.strategy) && isNumber(row.memory_mb));
  byId("parts-lead").textContent = stages.length
    ? `${choice.cell.workload}: median wall seconds of each stage, the quickest ${names.length} strategies; the reference is left out. Start, import and compile come before any work; “other” is what no stage covers.`
    : "No launch on this workload that the filters leave says its stages.";
  show("parts-plot", stages, () => describeStages(names, stages));
  byId("memory-lead").textContent = memory.length
    ? `Peak memory of the whole tree of processes (${SOURCES[memory[0].memory_source] ?? memory[0].memory_source}), and what of it was anonymous and what of files.`
    : "";
  show("memory-plot", memory, () => describeMemory(names, memory));
  drawGrowth(study);
}

function show(id, rows, describe) {
  byId(id).parentElement.hidden = !rows.length;
  if (rows.length) drawFigure(id, describe);
}

const rowLayout = (names, text) => ({
  barmode: "stack", xaxis: { title: { text }, rangemode: "tozero" },
  yaxis: { categoryorder: "array", categoryarray: [...names].reverse(), automargin: true },
  showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" }, margin: { l: 64, r: 12, t: 60, b: 56 },
});

function describeStages(names, rows) {
  const order = [...new Set(rows.map((row) => row.stage))];
  const last = order.filter((stage) => stage !== "other");
  const stages = order.includes("other") ? [...last, "other"] : last;
  return {
    traces: stages.map((stage, index) => {
      const own = names.map((name) => rows.find((row) => row.strategy === name && row.stage === stage));
      return {
        type: "bar", orientation: "h", name: stage, y: names, x: own.map((row) => row?.wall_seconds ?? 0),
        marker: { color: stage === "other" ? tone("muted") : look(index).color, pattern: { shape: ["", "/", ".", "\\", "x", "-", "|"][index % 7], size: 5, fgcolor: tone("card"), fillmode: "overlay", fgopacity: 0.6 } },
        customdata: names.map((name) => ({ key: `${name}~python` })), text: own.map((row) => row?.shown ?? ""), textposition: "none",
        hovertemplate: `%{text}<extra>%{y}, ${stage}</extra>`,
      };
    }),
    layout: rowLayout(names, "wall seconds"),
    label: `Wall seconds by stage on ${choice.cell.workload}`,
    onclick: (data) => data && showOnly(data.key),
  };
}

function describeMemory(names, rows) {
  const shown = names.filter((name) => rows.some((row) => row.strategy === name));
  const own = shown.map((name) => rows.find((row) => row.strategy === name));
  const bar = (name, title, index, shape) => ({
    type: "bar", orientation: "h", name: title, y: shown, x: own.map((row) => row[name] ?? 0),
    marker: { color: look(index).color, pattern: { shape, size: 5, fgcolor: tone("card"), fillmode: "overlay", fgopacity: 0.6 } },
    customdata: own.map((row) => ({ key: row.key })), hovertemplate: `%{x:.3g} MB ${title}<extra>%{y}</extra>`,
  });
  const { array, arrayminus, ...bars } = errorBars(own, "memory_mb", tone("ink"));
  return {
    traces: [
      bar("anonymous_mb", "anonymous", 0, ""), bar("file_mb", "of files", 1, "/"),
      {
        x: own.map((row) => row.memory_mb), y: shown, name: "peak, 95 % interval", mode: "markers", marker: { symbol: "line-ns-open", size: 13, color: tone("ink") },
        error_x: { ...bars, array, arrayminus }, customdata: own.map((row) => ({ key: row.key })),
        text: own.map((row) => (row.memory_at_least === true ? "at least " : "")), hovertemplate: "%{text}%{x:.3g} MB<extra>%{y}</extra>",
      },
    ],
    layout: rowLayout(shown, "MB"),
    label: `Peak memory on ${choice.cell.workload}: ${own.map((row) => `${row.strategy} ${figure(row.memory_mb)} MB`).join(", ")}`,
    onclick: (data) => data && showOnly(data.key),
  };
}

/** Growth along the axes on which the chosen workload lies, of the strategies that the filters leave. */
function growthOf(study) {
  const rows = study.tables.growth.records().map((row) => ({ ...row, key: `${row.strategy}~python` }));
  return filtered(study, rows.filter((row) => (row.workloads ?? "").split(" ").includes(choice.cell.workload)), passes);
}

function drawGrowth(study) {
  const rows = growthOf(study);
  byId("growth-part").hidden = !rows.length;
  if (!rows.length) return;
  const memory = (row) => /memory|anonymous/.test(row.measure);
  drawTable(byId("growth"), {
    caption: "Growth along the axes of the workload, all else equal: exponent of the power law, and slope against 0, with 95 % intervals",
    columns: withMachine(rows, [
      { name: "strategy", label: "Strategy", head: true },
      { name: "measure", label: "Of", show: (row) => row.measure.replaceAll("_", " ") },
      { name: "axis", label: "Along" },
      { name: "sizes", label: "Sizes" },
      { name: "exponent", label: "Exponent", number: true, show: (row) => withInterval(row, "exponent") },
      { name: "slope", label: "Slope", number: true, show: (row) => withInterval(row, "slope") },
      { name: "change", label: "Change in all", number: true, show: (row) => (memory(row) ? `${figure(row.change)} MB` : secondsText(Math.abs(row.change))) },
      { name: "words", label: "Said" },
    ]),
    rows,
  });
}
