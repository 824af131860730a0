// Score by level, for the chosen cell's other values.
import { choice } from "./address.js";
import { byId } from "./elements.js";
import { showOnly, shownPicks } from "./picks.js";
import { drawFigure, look, powers, tone } from "./plotting.js";
import { offer, recordRows } from "./saving.js";
import { figure, label, listing, methodName, plainName, plural } from "./wording.js";

const SAVED = ["method", "language", "median", "interval_low", "interval_high", "replicates", "n_ok"];
/** Levels from the least to the largest above which the axis is logarithmic. */
const WIDE = 20;

/** The solved rows of a method at every level. */
function lineOf(study, key) {
  const { levels } = study.facts;
  return study.axis(levels).values
    .map((level) => study.rows({ ...choice.cell, [levels]: level }).find((row) => row.key === key))
    .filter((row) => row?.solved);
}

export function prepareLevels(study) {
  const { levels } = study.facts;
  byId("levels").hidden = !levels;
  if (!levels) return;
  const { noun } = study.axis(levels);
  byId("levels-title").textContent = `${label(study.words.score)} against ${noun}`;
  offer("levels", () => [
    `${study.fileName(choice.cell, [levels])}-by-${levels}.csv`,
    ...recordRows(shownPicks(study).flatMap((row) => lineOf(study, row.key)), [...study.axes.map(({ name }) => name), ...SAVED]),
  ]);
}

export function drawLevels(study) {
  const { levels, anchors } = study.facts;
  if (!levels) return;
  const { words, measures } = study;
  const picks = shownPicks(study);
  const said = [
    `${study.settingWords(choice.cell, [levels])}: median ${words.score} of the ${plural(words.method)} in the picture, with 95 % intervals, where every ${words.replicate} gave a result.`,
    ...anchors.filter(({ line }) => line).map(({ title }) => `Dotted: the ${title}.`),
    measures.target === null ? "" : `Dashed: ${words.score} ${figure(measures.target)}, below which a cell counts as ${words.good}.`,
    "Press a point to go to its cell.",
  ];
  byId("levels-lead").textContent = said.filter(Boolean).join(" ");
  drawFigure("levels-plot", () => describeLevels(study, picks));
}

function describeLevels(study, picks) {
  const axis = study.axis(study.facts.levels);
  const numbers = axis.values.every((value) => typeof value === "number");
  const positive = numbers ? axis.values.filter((value) => value > 0) : axis.values;
  const wide = numbers && positive.at(-1) / positive[0] > WIDE;
  const shown = wide ? positive : axis.values;
  const traces = picks.map((pick, index) => lineTrace(study, lineOf(study, pick.key), pick, index, shown));
  traces.push(...study.facts.anchors.filter(({ line }) => line).map((anchor) => anchorTrace(study, anchor, shown)));
  const ticks = wide && window.innerWidth < 640 ? apart(shown) : shown;
  const flat = (height, dash) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: height, y1: height, line: { color: tone("muted"), width: 1, dash } });
  const { target, plain } = study.measures;
  return {
    traces,
    layout: {
      xaxis: { title: { text: axis.noun }, ...(wide ? powers(shown) : {}), tickvals: ticks, ticktext: ticks.map((value) => study.name(axis.name, value)), ...(numbers ? {} : { type: "category" }) },
      yaxis: { title: { text: `median ${study.words.score}` }, ...powers(traces.flatMap(({ y }) => y).concat(target ?? [], plain ?? [])) },
      shapes: [...(target === null ? [] : [flat(target, "dash")]), ...(plain === null ? [] : [flat(plain, "solid")])],
      showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, margin: { l: 64, r: 12, t: 60, b: 56 },
    },
    label: `${study.words.score} against ${axis.noun} for ${listing(picks.map(methodName))}`,
    onclick: (data) => data && showOnly(data.key, { [axis.name]: data.level }),
  };
}

/** Levels whose labels do not touch: more than half a decade apart. */
function apart(levels) {
  const kept = [];
  for (const level of levels) if (!kept.length || level / kept.at(-1) > 4) kept.push(level);
  return kept;
}

function lineTrace(study, rows, pick, index, shown) {
  const { levels } = study.facts;
  const { color, dash, symbol } = look(index);
  const drawn = rows.filter((row) => row.median > 0 && shown.includes(row[levels]));
  const reach = (name, sign) => drawn.map((row) => (row[name] === null ? 0 : Math.max(0, sign * (row[name] - row.median))));
  return {
    x: drawn.map((row) => row[levels]), y: drawn.map((row) => row.median), name: methodName(pick), mode: "lines+markers",
    line: { color, dash, width: 2 }, marker: { color, symbol, size: 7 },
    error_y: { type: "data", symmetric: false, array: reach("interval_high", 1), arrayminus: reach("interval_low", -1), color, thickness: 1, width: 3 },
    customdata: drawn.map((row) => ({ key: row.key, level: row[levels] })),
    hovertemplate: "%{y:.3g}<extra>%{fullData.name}</extra>",
  };
}

function anchorTrace(study, anchor, shown) {
  const { levels } = study.facts;
  const best = shown.map((level) => study.anchored(anchor, { ...choice.cell, [levels]: level })?.median ?? null);
  return { x: shown, y: best, name: plainName(anchor.title), mode: "lines", line: { color: tone("muted"), dash: "dot", width: 1.5 }, hovertemplate: `%{y:.3g}<extra>${anchor.title}</extra>` };
}
