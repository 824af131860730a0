// Samples, truth, the picked estimators' curves with bands, and what is left of them.
import { choice } from "./address.js";
import { byId, fill, make } from "./elements.js";
import { readPack } from "./packed.js";
import { addPanel } from "./panels.js";
import { shownPicks } from "./picks.js";
import { drawFigure, faint, look, tone } from "./plotting.js";
import { offer } from "./saving.js";
import { drawTable } from "./sorting.js";
import { methodKey } from "./study.js";
import { count, figure, isNumber, languageName, listing, methodName, plainName } from "./wording.js";

/** Half-width of a Gaussian's 95 % band, in standard deviations. */
const BAND = 1.96;
/** Quantiles that are the ends of a 95 % band. */
const ENDS = ["quantile_025", "quantile_975"];
/** Of the truth's range, what may lie above and below it before the figure cuts. */
const HEADROOM = 0.6;

const traces = new Map();

addPanel({ draw: drawCurves });

function drawCurves(study) {
  const { cell } = choice;
  const found = study.configuration(cell);
  const picks = shownPicks(study);
  byId("fit-lead").textContent = found
    ? `Trial ${found.trial} of ${plainName(cell.signal)}: the ${study.name("order", cell.order)} as it is, and as it is estimated. Shaded: 95 % bands of those that give one. Below: estimate minus truth.`
    : "The page holds no curves of this cell.";
  byId("fit-plot").parentElement.hidden = !found;
  if (!found) return fill("fit-list");
  drawFigure("fit-plot", async () => {
    const trace = await readTrace(found.configuration);
    const curves = picks.map((row, index) => ({ row, index, curve: trace.curves.get(`${row.key}|${cell.order}`) }));
    listCurves(study, curves);
    offer("fit", () => curvesFile(study, found, trace, curves));
    return describeCurves(study, trace, curves.filter((entry) => entry.curve));
  });
  return undefined;
}

/** Samples, truth and curves of a configuration. */
function readTrace(configuration) {
  if (!traces.has(configuration)) traces.set(configuration, unpackTrace(configuration));
  return traces.get(configuration);
}

async function unpackTrace(configuration) {
  const { tables, matrices } = await readPack(`curves:${configuration}`);
  const curves = new Map();
  tables.curves.records().forEach((row, number) => {
    const band = row.band >= 0 ? matrices.standard_deviation[row.band] : null;
    const ends = row.ends >= 0 ? ENDS.map((name) => matrices[name][row.ends]) : null;
    curves.set(`${methodKey(row)}|${row.order}`, { ...row, values: matrices.estimate[number], band, ends });
  });
  return { t: matrices.samples[0], y: matrices.samples[1], exact: matrices.exact, curves };
}

function describeCurves(study, trace, curves) {
  const { order } = choice.cell;
  const t = Array.from(trace.t);
  const truth = Array.from(trace.exact[study.facts.kind.orders.indexOf(order)]);
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const room = HEADROOM * (high - low || 1);
  const lines = [];
  for (const { row, index, curve } of curves) {
    const { color, dash } = look(index);
    const values = Array.from(curve.values);
    if (curve.band) lines.push(...bandTraces(t, curve, color));
    lines.push({ x: t, y: values, name: row.method, mode: "lines", line: { color, dash, width: 2 }, customdata: values.map(() => row.key) });
    lines.push({ x: t, y: values.map((value, i) => value - truth[i]), name: row.method, yaxis: "y2", mode: "lines", line: { color, dash, width: 1.5 } });
  }
  lines.push({ x: t, y: truth, name: "truth", mode: "lines", line: { color: tone("ink"), width: 1.6 } });
  if (order === 0) {
    lines.push({ x: t, y: Array.from(trace.y), name: "samples", mode: "markers", marker: { color: tone("muted"), size: 4 } });
  }
  const cut = curves.filter(({ curve }) => curve.values.some((value) => !(value > low - room && value < high + room)));
  byId("fit-note").textContent = cut.length
    ? `Cut off where ${listing(cut.map(({ row }) => row.method))} ${cut.length === 1 ? "leaves" : "leave"} the picture; double-click in the figure to see all of it.`
    : "";
  const unit = order ? `signal / time${order > 1 ? `<sup>${order}</sup>` : ""}` : "signal";
  return {
    traces: lines,
    layout: {
      grid: { rows: 2, columns: 1 },
      xaxis: { title: { text: "time" }, anchor: "y2" },
      yaxis: { title: { text: unit }, domain: [0.36, 1], ...(cut.length ? { range: [low - room, high + room] } : {}) },
      yaxis2: { title: { text: "residual" }, domain: [0, 0.27], ...(cut.length ? { range: [-room, room] } : {}) },
      hovermode: "closest",
    },
    label: `Curves of ${listing(curves.map(({ row }) => methodName(row)))} with the exact ${study.name("order", order)}, and residuals`,
  };
}

/** The 95 % band: the curve's own quantiles where it has them, else those of a Gaussian. */
function bandTraces(t, { values, band, ends }, color) {
  const edge = (sign) => Array.from(values, (value, i) => value + sign * BAND * band[i]);
  const [low, high] = ends ? ends.map((end) => Array.from(end)) : [edge(-1), edge(1)];
  const shared = { x: t, mode: "lines", line: { width: 0 }, hoverinfo: "skip" };
  return [{ ...shared, y: low }, { ...shared, y: high, fill: "tonexty", fillcolor: faint(color, 0.16) }];
}

const LISTED = [
  { name: "method", label: "Estimator", head: true },
  { name: "language", label: "Language", show: (row) => languageName(row.language) },
  { name: "nrmse", label: "nRMSE in this trial", number: true, show: (row) => figure(row.nrmse) },
  { name: "median", label: "Median of all trials", number: true, show: (row) => figure(row.median) },
  { name: "settings", label: "Settings that it chose", words: true, show: (row) => saidShort(row.said) },
];

/** Long settings are folded. */
function saidShort(words) {
  const text = make("span", { class: "mono" }, words);
  if (words.length <= 120) return text;
  return make("details", {}, make("summary", {}, `${words.slice(0, 60)}…`), text);
}

function listCurves(study, curves) {
  const rows = curves.map(({ row, curve }) => ({ ...row, nrmse: curve?.nrmse, said: curve ? settingsWords(curve.settings) : absence(study, row) }));
  drawTable(byId("fit-list"), { caption: `${count(rows.length, "method")} in the picture`, columns: LISTED, rows });
}

function settingsWords(text) {
  const settings = Object.entries(JSON.parse(text || "{}"));
  const word = (value) => (isNumber(value) ? figure(value, 4) : typeof value === "string" ? value : JSON.stringify(value));
  return settings.length ? settings.map(([name, value]) => `${name} ${word(value)}`).join(", ") : "none";
}

function absence(study, row) {
  if (row.n_ok < row.replicates) return "it gave no result here: see the failures below";
  return "its curve is not in the page: see “Where this comes from”";
}

function curvesFile(study, found, trace, curves) {
  const held = curves.filter((entry) => entry.curve);
  const names = ["t", "y", "exact"];
  for (const { row, curve } of held) {
    const name = `${row.method} (${row.language})`;
    names.push(name);
    if (curve.band) names.push(`${name} standard_deviation`);
    if (curve.ends) names.push(...ENDS.map((end) => `${name} ${end}`));
  }
  const { order } = choice.cell;
  const truth = trace.exact[study.facts.kind.orders.indexOf(order)];
  const series = held.flatMap(({ curve: { values, band, ends } }) => [values, ...(band ? [band] : []), ...(ends ?? [])]);
  const rows = Array.from(trace.t, (time, i) => [time, trace.y[i], truth[i], ...series.map((values) => values[i])]);
  return [`${found.configuration}-order${order}.csv`, names, rows];
}
