// Estimator by order, at the chosen noise: a table whose cells are coloured and can be pressed.
import { change, choice } from "./address.js";
import { breakable, byId, fill, make } from "./elements.js";
import { passes } from "./filters.js";
import { showOnly } from "./methods.js";
import { offer } from "./saving.js";
import { count, figure, levelWords, methodName, orderWords, plainName } from "./wording.js";

// Cividis, dark to light, which colour-blind readers see as others do.
const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
/** Decades of the scale: errors below and above share the last colour. */
const [LOW, HIGH] = [-4, 0];
const SOME = 25;

/** Colour of an error and of the text on it; small errors are light. */
export function shade(error) {
  const share = Math.min(1, Math.max(0, (HIGH - Math.log10(error)) / (HIGH - LOW)));
  const place = Math.min(CIVIDIS.length - 2, Math.floor(share * (CIVIDIS.length - 1)));
  const mixed = `color-mix(in srgb, ${CIVIDIS[place + 1]} ${100 * (share * (CIVIDIS.length - 1) - place)}%, ${CIVIDIS[place]})`;
  return { ground: mixed, ink: share > 0.48 ? "#101214" : "#ffffff" };
}

export function prepareHeatmap(study) {
  byId("heat-all").addEventListener("click", () => change({ heat: choice.heat === "all" ? "some" : "all" }));
  fill("heat-legend", "nRMSE 1 or more: no better than a blind guess",
    make("span", { class: "ramp", style: `background: linear-gradient(90deg, ${CIVIDIS.join(", ")})` }),
    "10⁻⁴ or less", make("span", {}, "* some trials gave no result"));
  offer("heat", () => [
    `${study.facts.study.study}-${choice.signal}-n${choice.samples}-${choice.noise_level}-orders.csv`,
    ["method", "language", ...study.axes.order.map((order) => `order_${order}`)],
    heatRows(study).map(({ row, cells }) => [row.method, row.language, ...cells.map((cell) => cell?.median)]),
  ]);
}

/** A row per estimator that the filters leave, by its place in the study. */
function heatRows(study) {
  const methods = new Map();
  study.axes.order.forEach((order, position) => {
    for (const row of study.rows({ ...choice, order }).filter(passes)) {
      if (!methods.has(row.key)) methods.set(row.key, { row, cells: [] });
      methods.get(row.key).cells[position] = row;
    }
  });
  const place = ({ row }) => study.ranks.get(row.key)?.place ?? 0;
  return [...methods.values()].sort((a, b) => place(a) - place(b));
}

export function drawHeatmap(study) {
  const all = heatRows(study);
  const rows = choice.heat === "all" ? all : all.slice(0, SOME);
  byId("heat-lead").textContent = `${plainName(choice.signal)}, ${choice.samples} samples, ${levelWords(choice.noise_level)} ${plainName(choice.noise_model)} noise: median nRMSE of ${rows.length === all.length ? "all" : `the first ${rows.length} of`} ${count(all.length, "method")}, by their rank in the whole study. Press a cell to see its curve.`;
  const button = byId("heat-all");
  button.hidden = all.length <= SOME;
  button.setAttribute("aria-pressed", String(choice.heat === "all"));
  const head = make("tr", {}, make("th", { scope: "col" }, "Estimator"), study.axes.order.map((order) => make("th", { scope: "col" }, `order ${order}`)));
  const box = byId("heatmap");
  box.replaceChildren(make("table", { class: "map" }, make("thead", {}, head),
    make("tbody", {}, rows.map((entry) => heatRow(study, entry)))));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "Median nRMSE by estimator and order");
}

function heatRow(study, { row, cells }) {
  return make("tr", { "data-key": row.key }, make("th", { scope: "row" }, breakable(methodName(row))),
    study.axes.order.map((order, position) => make("td", {}, heatCell(cells[position], order))));
}

function heatCell(row, order) {
  if (!row || row.median === null) return make("span", { class: "empty" }, "–");
  const { ground, ink } = shade(row.median);
  return make("button", {
    type: "button", style: `background: ${ground}; color: ${ink}`, "data-order": order,
    "aria-label": `${methodName(row)}, ${orderWords(order)}: ${figure(row.median)}`,
    "aria-current": String(order === choice.order && choice.pick.includes(row.key)),
    onclick: () => showOnly(row.key, { order }),
  }, figure(row.median, 2), row.solved ? null : "*");
}
