// Method by the columns of the map, in the chosen cell: a table whose cells are coloured and can be pressed.
import { change, choice } from "./address.js";
import { breakable, byId, fill, make } from "./elements.js";
import { passes } from "./filters.js";
import { showOnly } from "./picks.js";
import { offer } from "./saving.js";
import { count, figure, label, methodName, plural } from "./wording.js";

// Cividis, dark to light, which colour-blind readers see as others do.
const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
const SOME = 25;

/** Colour of a score and of the text on it, between the study's steps; small scores are light. */
export function shade(score, steps) {
  const above = steps.findIndex((step) => score < step);
  const last = steps.length - 1;
  const part = Math.log(score / steps[above - 1]) / Math.log(steps[above] / steps[above - 1]);
  const share = above === 0 ? 1 : above < 0 ? 0 : 1 - (above - 1 + part) / last;
  const place = Math.min(CIVIDIS.length - 2, Math.floor(share * (CIVIDIS.length - 1)));
  const mixed = `color-mix(in srgb, ${CIVIDIS[place + 1]} ${100 * (share * (CIVIDIS.length - 1) - place)}%, ${CIVIDIS[place]})`;
  return { ground: mixed, ink: share > 0.48 ? "#101214" : "#ffffff" };
}

export function prepareHeatmap(study) {
  byId("heat-all").addEventListener("click", () => change({ heat: choice.heat === "all" ? "some" : "all" }));
  const { facts, measures, words } = study;
  byId("heat-title").textContent = `Every ${study.axis(facts.column).noun}`;
  fill("heat-legend", `${words.score} ${figure(measures.steps.at(-1))} or more`,
    make("span", { class: "ramp", style: `background: linear-gradient(90deg, ${CIVIDIS.join(", ")})` }),
    `${figure(measures.steps[0])} or less`, make("span", {}, `* some ${plural(words.replicate)} gave no result`));
  offer("heat", () => [
    `${study.fileName(choice.cell, [facts.column])}-map.csv`,
    ["method", "language", ...study.axis(facts.column).values.map((value) => `${facts.column}_${value}`)],
    heatRows(study).map(({ row, cells }) => [row.method, row.language, ...cells.map((cell) => cell?.median)]),
  ]);
}

/** A row per method that the filters leave, by its place in the study. */
function heatRows(study) {
  const methods = new Map();
  const { name, values } = study.axis(study.facts.column);
  values.forEach((value, position) => {
    for (const row of study.rows({ ...choice.cell, [name]: value }).filter(passes)) {
      if (!methods.has(row.key)) methods.set(row.key, { row, cells: [] });
      methods.get(row.key).cells[position] = row;
    }
  });
  const place = ({ row }) => study.ranks.get(row.key)?.place ?? 0;
  return [...methods.values()].sort((a, b) => place(a) - place(b));
}

export function drawHeatmap(study) {
  const { facts, words } = study;
  const axis = study.axis(facts.column);
  const setting = study.settingWords(choice.cell, [axis.name]);
  const all = heatRows(study);
  const rows = choice.heat === "all" ? all : all.slice(0, SOME);
  byId("heat-lead").textContent = `${setting ? `${setting}: m` : "M"}edian ${words.score} of ${rows.length === all.length ? "all" : `the first ${rows.length} of`} ${count(all.length, words.method)}, by their rank in the whole study. Press a cell to go there.`;
  const button = byId("heat-all");
  button.hidden = all.length <= SOME;
  button.setAttribute("aria-pressed", String(choice.heat === "all"));
  const head = make("tr", {}, make("th", { scope: "col" }, label(words.method)), axis.values.map((value) => make("th", { scope: "col" }, study.phrase(axis.name, value))));
  const box = byId("heatmap");
  box.replaceChildren(make("table", { class: "map" }, make("thead", {}, head),
    make("tbody", {}, rows.map((entry) => heatRow(study, entry)))));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", `Median ${words.score} by ${words.method} and ${axis.noun}`);
}

function heatRow(study, { row, cells }) {
  return make("tr", { "data-key": row.key }, make("th", { scope: "row" }, breakable(methodName(row))),
    study.axis(study.facts.column).values.map((value, position) => make("td", {}, heatCell(study, cells[position], value))));
}

function heatCell(study, row, value) {
  if (!row || row.median === null) return make("span", { class: "empty" }, "–");
  const { column } = study.facts;
  const { ground, ink } = shade(row.median, study.measures.steps);
  return make("button", {
    type: "button", style: `background: ${ground}; color: ${ink}`, "data-value": value,
    "aria-label": `${methodName(row)}, ${study.name(column, value)}: ${figure(row.median)}`,
    "aria-current": String(value === choice.cell[column] && choice.pick.includes(row.key)),
    onclick: () => showOnly(row.key, { [column]: value }),
  }, figure(row.median, 2), row.solved ? null : "*");
}
