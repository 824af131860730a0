// The reach map: the highest order that anybody recovers, by signal and noise.
import { choice } from "./address.js";
import { breakable, byId, make } from "./elements.js";
import { addPanel } from "./panels.js";
import { showOnly } from "./picks.js";
import { offer, recordRows } from "./saving.js";
import { methodKey } from "./study.js";
import { figure, methodName, plainName } from "./wording.js";

// Eight steps of cividis, dark (order 0) to light (order 7).
const STEPS = ["#2a3f6d", "#43506c", "#5c616e", "#757575", "#928d78", "#b2a671", "#d5c25e", "#fde737"];

const PLACE = ["signal", "samples", "noise_model", "noise_level"];

addPanel({ prepare: prepareReach, draw: drawReach, answer: reachWords });

function reachWords(study) {
  const row = study.tables.reach.records().find((entry) => PLACE.every((axis) => entry[axis] === choice.cell[axis]));
  if (!row) return [];
  const words = row.reach >= 0 ? `order ${row.reach}` : "no order";
  return [["Reach at this noise", words, make("small", {}, `highest with an nRMSE below ${figure(row.threshold)}`)]];
}

function prepareReach(study) {
  offer("reach", () => [`${study.facts.name}-reach.csv`, ...recordRows(study.tables.reach.records(), study.tables.reach.names)]);
}

function drawReach(study) {
  const records = study.tables.reach.records();
  byId("reach-lead").textContent = `The highest order that any estimator that competes recovers with a median nRMSE below ${figure(study.facts.kind.threshold)}, and the one that does it best. “None” is an answer too. Press a cell to go there.`;
  const levels = study.axis("noise_level").values;
  const lines = new Map();
  for (const row of records) {
    const key = [row.signal, row.samples, row.noise_model].join("|");
    if (!lines.has(key)) lines.set(key, new Map());
    lines.get(key).set(row.noise_level, row);
  }
  const head = make("tr", {}, make("th", { scope: "col" }, "Signal"), levels.map((level) => make("th", { scope: "col" }, `${study.name("noise_level", level)} noise`)));
  const body = [...lines.values()].map((cells) => {
    const [first] = cells.values();
    const words = `${plainName(first.signal)}, ${first.samples} samples, ${plainName(first.noise_model)}`;
    return make("tr", {}, make("th", { scope: "row" }, words), levels.map((level) => make("td", {}, reachCell(study, cells.get(level)))));
  });
  const box = byId("reach");
  box.replaceChildren(make("table", { class: "map reach" }, make("thead", {}, head), make("tbody", {}, body)));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Reach by signal and noise level");
}

function reachCell(study, row) {
  if (!row) return make("span", { class: "empty" }, "not evaluated");
  const solved = row.reach >= 0 && row.method;
  const style = solved
    ? `background: ${STEPS[row.reach]}; color: ${row.reach >= 4 ? "#101214" : "#ffffff"}`
    : "background: none; box-shadow: inset 0 0 0 1px var(--line)";
  const here = PLACE.every((axis) => row[axis] === choice.cell[axis]);
  const cell = { signal: row.signal, samples: row.samples, noise_model: row.noise_model, noise_level: row.noise_level };
  const words = solved ? [`by ${row.method}`] : ["no estimator"];
  if (Number.isInteger(row.oracle_reach) && row.oracle_reach > row.reach) words.push(`an oracle: ${row.oracle_reach}`);
  return make("button", {
    type: "button", style, "aria-current": String(here), title: solved ? `${methodName(row)}, nRMSE ${figure(row.nrmse)}` : null,
    onclick: () => showOnly(solved ? methodKey(row) : null, { ...cell, order: row.reach >= 0 ? row.reach : study.facts.kind.orders[0] }),
  }, make("b", {}, solved ? `order ${row.reach}` : "none"), words.map((text) => make("span", { style: "display: block" }, breakable(text))));
}
