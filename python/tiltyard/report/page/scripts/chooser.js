// The bar in which a cell of the study is chosen: a field for each axis.
import { choice, goTo } from "./address.js";
import { byId, make } from "./elements.js";
import { label } from "./wording.js";

/** Rows of an evaluation are chosen by buttons if there are no more than this. */
const MOST_STEPS = 12;

export function drawChooser(study) {
  byId("chooser").replaceChildren(...study.axes.map((axis) => {
    if (study.facts.within.includes(axis.name) && axis.values.length <= MOST_STEPS) return steps(study, axis);
    return axis.values.length === 1 ? fixed(axis) : select(axis);
  }));
  byId("chooser").addEventListener("submit", (event) => event.preventDefault());
}

function fixed({ name, noun, names }) {
  return make("div", { class: "field" }, make("span", {}, label(noun)), make("div", { class: "fixed", "data-axis": name }, names[0]));
}

function select({ name, noun, values, names }) {
  const list = make(
    "select",
    { name, onchange: (event) => goTo({ [name]: values[event.target.selectedIndex] }) },
    values.map((value, place) => make("option", { value: String(value) }, names[place])),
  );
  return make("label", { class: "field" }, make("span", {}, label(noun)), list);
}

function steps(study, { name, noun, values, short }) {
  const buttons = values.map((value, place) => make("label", {},
    make("input", { type: "radio", name, value: String(value), "aria-label": study.phrase(name, value), onchange: () => goTo({ [name]: value }) }),
    make("span", {}, short[place])));
  return make("fieldset", { class: "field" },
    make("legend", {}, label(noun)), make("div", { class: "steps" }, buttons));
}

/** Shows what is chosen. */
export function updateChooser(study) {
  for (const { name } of study.axes) {
    for (const field of byId("chooser").querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === String(choice.cell[name]);
      else field.value = String(choice.cell[name]);
    }
  }
}
