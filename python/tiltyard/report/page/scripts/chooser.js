// The bar in which a cell of the study is chosen.
import { change, choice } from "./address.js";
import { byId, make } from "./elements.js";
import { levelWords, plainName } from "./wording.js";

const FIELDS = [
  ["signal", "Signal", plainName],
  ["samples", "Samples", String],
  ["noise_model", "Noise", plainName],
  ["noise_level", "Noise level", levelWords],
];

export function drawChooser(study) {
  const selects = FIELDS.map(([axis, label, words]) => field(axis, label, words, study.axes[axis]));
  byId("chooser").replaceChildren(...selects, orderSteps(study.axes.order));
  byId("chooser").addEventListener("submit", (event) => event.preventDefault());
}

function field(axis, label, words, values) {
  if (values.length === 1) {
    return make("div", { class: "field" }, make("span", {}, label), make("div", { class: "fixed", "data-axis": axis }, words(values[0])));
  }
  const select = make(
    "select",
    { name: axis, onchange: (event) => change({ [axis]: values[event.target.selectedIndex] }) },
    values.map((value) => make("option", { value: String(value) }, words(value))),
  );
  return make("label", { class: "field" }, make("span", {}, label), select);
}

function orderSteps(values) {
  const steps = values.map((value) => make("label", {},
    make("input", { type: "radio", name: "order", value: String(value), "aria-label": `order ${value}`, onchange: () => change({ order: value }) }),
    make("span", {}, String(value))));
  return make("fieldset", { class: "field" },
    make("legend", {}, "Order of the derivative"), make("div", { class: "steps" }, steps));
}

/** Shows what is chosen. */
export function updateChooser() {
  for (const [axis] of FIELDS) {
    const select = byId("chooser").elements[axis];
    if (select) select.value = String(choice[axis]);
  }
  for (const input of byId("chooser").querySelectorAll("input[name=order]")) {
    input.checked = Number(input.value) === choice.order;
  }
}
