// Score against CPU time, and who is not beaten in both.
import { choice } from "./address.js";
import { byId } from "./elements.js";
import { passes } from "./filters.js";
import { showOnly, shownPicks } from "./picks.js";
import { drawFigure, faint, look, powers, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { methodKey } from "./study.js";
import { count, figure, label, methodName, percent, plainName, plural, seconds } from "./wording.js";

function costRows(study) {
  return study.tables.cost.records()
    .map((row) => ({ ...row, key: methodKey(row), ranked: study.ranks.has(methodKey(row)), tags: study.ranks.get(methodKey(row))?.tags ?? "" }))
    .filter((row) => row[study.measures.size] === choice.cell[study.measures.size] && passes(row));
}

export function prepareCost(study) {
  const { size } = study.measures;
  byId("cost").hidden = !size;
  byId("cost-title").textContent = `${label(study.words.score)} against cost`;
  if (size) offer("cost", () => [`${study.facts.name}-cost-${choice.cell[size]}.csv`, ...recordRows(costRows(study), study.tables.cost.names)]);
}

export function drawCost(study) {
  const { measures, words, facts } = study;
  if (!measures.size) return;
  const rows = costRows(study).filter((row) => row.cpu_seconds > 0 && row.error > 0);
  const front = rows.filter((row) => row.pareto === true).sort((a, b) => a.cpu_seconds - b.cpu_seconds);
  byId("cost-lead").textContent = `${count(rows.length, words.method)}, ${study.phrase(measures.size, choice.cell[measures.size])}: CPU time of one call on one thread${facts.within.map((name) => `, all ${plural(plainName(name))} together`).join("")}, after the first call, against the geometric mean of the ${words.score} over the cells that anyone solved; one that it did not solve ${measures.plain === null ? "is left out" : `counts as ${figure(measures.plain)}`}. The line joins the ${front.length} that nobody beats in both. Press a point to pick its ${words.method}.`;
  drawFigure("cost-plot", () => describeCost(study, rows, front));
}

function describeCost(study, rows, front) {
  const picks = new Map(shownPicks(study).map((row, index) => [row.key, index]));
  const points = (some) => ({ x: some.map((row) => row.cpu_seconds), y: some.map((row) => row.error), customdata: some.map((row) => ({ key: row.key })), text: some.map((row) => hoverText(row, study.words.score)), hovertemplate: "%{text}<extra></extra>" });
  const picked = rows.filter((row) => picks.has(row.key));
  const looks = picked.map((row) => look(picks.get(row.key)));
  return {
    traces: [
      { ...points(rows), mode: "markers", marker: { color: tone("muted"), size: 7, opacity: 0.45 } },
      { ...points(front), mode: "lines+markers", line: { color: tone("ink"), width: 1.2, shape: "hv" }, marker: { color: tone("ink"), size: 8, symbol: "diamond" } },
      { ...points(picked), mode: "markers", marker: { color: looks.map((one) => one.color), symbol: looks.map((one) => one.symbol), size: 13, line: { color: tone("card"), width: 1.5 } } },
    ],
    layout: {
      xaxis: { title: { text: "CPU seconds" }, ...powers(rows.map((row) => row.cpu_seconds)) },
      yaxis: { title: { text: `geometric mean of ${study.words.score}` }, ...powers(rows.map((row) => row.error)) },
      annotations: labels(front, rows), hovermode: "closest", margin: { l: 64, r: 24, t: 24, b: 52 },
    },
    label: `${study.words.score} against CPU time; on the front: ${front.map(methodName).join(", ")}`,
    onclick: (data) => data && showOnly(data.key),
  };
}

const hoverText = (row, score) => `<b>${methodName(row)}</b><br>${row.family}<br>${seconds(row.cpu_seconds)} · ${score} ${figure(row.error)} · solved ${percent(row.solved)}`;

/** Width of a letter and height of a line of the labels, in pixels. */
const [LETTER, LINE] = [6.2, 15];

/** Names beside the front's points, of those where no other name is in the way. */
function labels(front, rows) {
  const box = byId("cost-plot");
  const scale = (name, pixels) => {
    const logarithms = rows.map((row) => Math.log10(row[name]));
    return pixels / (1.1 * (Math.max(...logarithms) - Math.min(...logarithms)) || 1);
  };
  const across = scale("cpu_seconds", box.clientWidth - 100);
  const up = scale("error", box.clientHeight - 80);
  const taken = [];
  const shown = [];
  for (const row of [...front].sort((a, b) => a.error - b.error)) {
    const [x, y] = [Math.log10(row.cpu_seconds), Math.log10(row.error)];
    const area = { left: x * across, right: x * across + LETTER * row.method.length + 10, middle: y * up };
    if (taken.some((other) => area.left < other.right && other.left < area.right && Math.abs(area.middle - other.middle) < LINE)) continue;
    taken.push(area);
    shown.push({ x, y, text: row.method, showarrow: false, xanchor: "left", yanchor: "bottom", xshift: 6, yshift: 2, font: { size: 11, color: tone("ink") }, bgcolor: faint(tone("paper"), 0.8), borderpad: 1 });
  }
  return window.innerWidth < 640 ? [] : shown;
}
