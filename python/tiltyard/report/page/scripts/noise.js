// Error against noise, for the chosen order.
import { choice } from "./address.js";
import { byId } from "./elements.js";
import { showOnly } from "./methods.js";
import { shownPicks } from "./picks.js";
import { POWERS, drawFigure, look, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { figure, levelWords, listing, methodName, orderWords, plainName } from "./wording.js";

const SAVED = ["signal", "samples", "noise_model", "noise_level", "order", "method", "language", "median", "interval_low", "interval_high", "replicates", "n_ok"];

function lineOf(study, key) {
  return study.axes.noise_level
    .map((level) => study.rows({ ...choice, noise_level: level }).find((row) => row.key === key))
    .filter((row) => row?.solved);
}

export function prepareNoise(study) {
  offer("noise", () => [
    `${study.facts.study.study}-${choice.signal}-n${choice.samples}-order${choice.order}-by-noise.csv`,
    ...recordRows(shownPicks(study).flatMap((row) => lineOf(study, row.key)), SAVED),
  ]);
}

export function drawNoise(study) {
  const picks = shownPicks(study);
  byId("noise-lead").textContent = `The ${orderWords(choice.order)} of ${plainName(choice.signal)} from ${choice.samples} samples: median nRMSE of the estimators in the picture above, with 95 % intervals, where every trial gave a result. Dotted: the best oracle. Dashed: nRMSE ${figure(study.threshold)}, below which an order counts as recovered. Press a point to go to its cell.`;
  drawFigure("noise-plot", () => describeNoise(study, picks));
}

function describeNoise(study, picks) {
  const levels = study.axes.noise_level.filter((level) => level > 0);
  const traces = picks.map((pick, index) => lineTrace(lineOf(study, pick.key), pick, index));
  traces.push(oracleTrace(study, levels));
  const ticks = window.innerWidth < 640 ? apart(levels) : levels;
  const flat = (height, dash) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: height, y1: height, line: { color: tone("muted"), width: 1, dash } });
  return {
    traces,
    layout: {
      xaxis: { title: { text: window.innerWidth < 640 ? "noise level" : "noise level (standard deviation relative to the signal's)" }, ...POWERS, tickvals: ticks, ticktext: ticks.map(levelWords) },
      yaxis: { title: { text: "median nRMSE" }, ...POWERS },
      shapes: [flat(study.threshold, "dash"), flat(1, "solid")],
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 64, r: 12, t: 60, b: 56 },
    },
    label: `Error against noise for ${listing(picks.map(methodName))}`,
    onclick: (data) => data && showOnly(data.key, { noise_level: data.level }),
  };
}

/** Levels whose labels do not touch: more than half a decade apart. */
function apart(levels) {
  const kept = [];
  for (const level of levels) if (!kept.length || level / kept.at(-1) > 4) kept.push(level);
  return kept;
}

function lineTrace(rows, pick, index) {
  const { color, dash, symbol } = look(index);
  const drawn = rows.filter((row) => row.median > 0 && row.noise_level > 0);
  const reach = (name, sign) => drawn.map((row) => (row[name] === null ? 0 : Math.max(0, sign * (row[name] - row.median))));
  return {
    x: drawn.map((row) => row.noise_level), y: drawn.map((row) => row.median), name: methodName(pick), mode: "lines+markers",
    line: { color, dash, width: 2 }, marker: { color, symbol, size: 7 },
    error_y: { type: "data", symmetric: false, array: reach("interval_high", 1), arrayminus: reach("interval_low", -1), color, thickness: 1, width: 3 },
    customdata: drawn.map((row) => ({ key: row.key, level: row.noise_level })),
    hovertemplate: "%{y:.3g}<extra>%{fullData.name}</extra>",
  };
}

function oracleTrace(study, levels) {
  const best = levels.map((level) => {
    const errors = study.rows({ ...choice, noise_level: level }).filter((row) => row.tagList.includes("oracle") && row.solved).map((row) => row.median);
    return errors.length ? Math.min(...errors) : null;
  });
  return { x: levels, y: best, name: "best oracle", mode: "lines", line: { color: tone("muted"), dash: "dot", width: 1.5 }, hovertemplate: "%{y:.3g}<extra>best oracle</extra>" };
}
