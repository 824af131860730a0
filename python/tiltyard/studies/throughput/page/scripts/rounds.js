// Every launch on the chosen workload beside the baseline, what disturbed the rounds, and equality.
import { choice } from "./address.js";
import { badge, byId } from "./elements.js";
import { passes } from "./filters.js";
import { filtered, percentText, rowsOf, withMachine } from "./measured_rows.js";
import { addPanel } from "./panels.js";
import { shownPicks } from "./picks.js";
import { drawFigure, faint, look, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { count, isNumber, percent } from "./wording.js";

addPanel({ prepare, draw });

const isAgain = (row) => (row.tags ?? "").split(",").includes("again");

function prepare(study) {
  const name = (table) => `${study.fileName(choice.cell, ["stage"])}-${table}.csv`;
  for (const [button, table] of [["rounds", "stability"], ["launches", "launches"], ["equality", "equality"]]) {
    offer(button, () => [name(table), ...recordRows(rowsOf(study, table), study.tables[table].names)]);
  }
}

function draw(study) {
  // The reference would flatten all others, unless it was asked for.
  const picked = shownPicks(study).filter((row) => choice.pick.length || !row.tagList.includes("reference")).map((row) => row.method);
  const launches = rowsOf(study, "launches").filter((row) => isNumber(row.cpu_ratio));
  const names = [...new Set([...launches.filter(isAgain).map((row) => row.strategy), ...picked])];
  const points = launches.filter((row) => names.includes(row.strategy));
  const rounds = rowsOf(study, "stability");
  const floor = rowsOf(study, "costs").find((row) => isNumber(row.noise_floor))?.noise_floor;
  byId("noise-lead").textContent = `${choice.cell.workload}: CPU time of each launch ÷ that of the baseline in the same round, of its second name and of the strategies in the pictures. ${isNumber(floor) ? `The band is the noise floor, ${percent(floor)}: nothing nearer to 1 is called a difference.` : "There is no control, and so no noise floor: nothing is called a difference."} Hollow: rounds that do not count.`;
  byId("noise-plot").parentElement.hidden = !points.length;
  if (points.length) drawFigure("noise-plot", () => describe(names, points, floor));
  drawTable(byId("rounds"), {
    caption: `${count(rounds.length, "round")} on ${choice.cell.workload}`,
    columns: withMachine(rounds, [
      { name: "trial", label: "Round", number: true, head: true },
      { name: "counted", label: "Counts", show: (row) => (row.counted === true ? "yes" : badge("no", "warn")) },
      { name: "steal_share", label: "Taken by the host", number: true, show: (row) => percentText(row.steal_share) },
      { name: "foreign_share", label: "By other programs", number: true, show: (row) => percentText(row.foreign_share) },
      { name: "disturbed", label: "Disturbed", show: (row) => (row.disturbed === true ? badge("yes", "warn") : "no") },
      { name: "wall_dropped", label: "Wall times left out", number: true },
      { name: "words", label: "Warnings", words: true, show: (row) => row.words || null },
      { name: "job", label: "Job" },
    ]),
    rows: rounds.map((row, place) => ({ ...row, key: String(place) })),
  });
  drawEquality(study);
}

function drawEquality(study) {
  const rows = filtered(study, rowsOf(study, "equality"), passes);
  const kinds = { different: "warn", "no output": "warn", equal: "" };
  drawTable(byId("equality"), {
    caption: "Outputs beside the reference’s; what differs has no time",
    columns: withMachine(rows, [
      { name: "strategy", label: "Strategy", head: true },
      { name: "verdict", label: "Output", show: (row) => badge(row.verdict, kinds[row.verdict] ?? "plain") },
      { name: "equal", label: "Equal", number: true, show: (row) => `${row.equal} of ${row.launches}` },
      { name: "difference", label: "First difference", words: true, show: (row) => row.difference || null },
      { name: "statuses", label: "Without a result", words: true, show: (row) => row.statuses || null },
    ]),
    rows,
  });
}

function describe(names, rows, floor) {
  const band = isNumber(floor) ? [{ type: "rect", xref: "paper", x0: 0, x1: 1, y0: 1 / (1 + floor), y1: 1 + floor, fillcolor: faint(tone("muted"), 0.18), line: { width: 0 }, layer: "below" }] : [];
  return {
    traces: names.map((name, index) => {
      const own = rows.filter((row) => row.strategy === name);
      const { color, symbol } = look(index);
      return {
        x: own.map((row) => row.trial), y: own.map((row) => row.cpu_ratio), name, mode: "markers",
        marker: { color, symbol: own.map((row) => (row.counted === true ? symbol : `${symbol}-open`)), size: 9 },
        hovertemplate: "round %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
      };
    }),
    layout: {
      xaxis: { title: { text: "round" }, tickformat: "d" },
      yaxis: { title: { text: "CPU time ÷ the baseline’s" } },
      shapes: [...band, { type: "line", xref: "paper", x0: 0, x1: 1, y0: 1, y1: 1, line: { color: tone("muted"), width: 1, dash: "dot" } }],
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 64, r: 12, t: 60, b: 56 },
    },
    label: `CPU time of every launch on ${choice.cell.workload} ÷ the baseline’s in its round: ${names.join(", ")}`,
  };
}
