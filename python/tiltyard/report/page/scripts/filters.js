// Which methods tables and maps show: by family, language, tag and name.
import { change, choice } from "./address.js";
import { byId, make } from "./elements.js";
import { label, plainName, plural } from "./wording.js";

const MENUS = ["family", "language", "tag"];

/** Names and titles of the menus that this study has. */
const menus = (study) => MENUS.filter((name) => name !== "language" || study.words.languages)
  .map((name) => [name, study.column(name).label]);

export function drawFilters(study) {
  const who = make("select", { name: "who", onchange: (event) => change({ who: event.target.value }) },
    make("option", { value: "ranked" }, "that compete"),
    make("option", { value: "all" }, "and those without a rank"));
  const search = make("input", { type: "search", name: "search", placeholder: "part of a name", oninput: (event) => change({ search: event.target.value }) });
  byId("filters").replaceChildren(
    make("label", { class: "field" }, make("span", {}, label(plural(study.words.method))), who),
    ...menus(study).map(([name, title]) => menu(name, title, study.facets[name])),
    make("label", { class: "field" }, make("span", {}, "Name"), search),
    make("button", { type: "button", class: "quiet", id: "clear-filters", onclick: () => change({ family: [], language: [], tag: [], search: "", who: "ranked" }) }, "Clear"),
  );
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(null));
  document.addEventListener("click", (event) => closeMenus(event.target.closest(".menu")));
}

function menu(name, title, values) {
  const toggle = (value) => change({
    [name]: choice[name].includes(value) ? choice[name].filter((other) => other !== value) : [...choice[name], value],
  });
  return make("details", { class: "menu", "data-filter": name },
    make("summary", {}, title),
    make("div", {}, values.length ? null : "none in this study", values.map((value) => make("label", {},
      make("input", { type: "checkbox", name, value, onchange: () => toggle(value) }), plainName(value)))));
}

function closeMenus(but) {
  for (const open of document.querySelectorAll(".menu[open]")) {
    if (open === but) continue;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  }
}

/** Shows what is chosen. */
export function updateFilters(study) {
  const form = byId("filters");
  form.elements.who.value = choice.who;
  if (form.elements.search.value !== choice.search) form.elements.search.value = choice.search;
  for (const [name, title] of menus(study)) {
    const box = form.querySelector(`[data-filter=${name}]`);
    const chosen = choice[name];
    box.dataset.active = String(chosen.length > 0);
    box.querySelector("summary").textContent = chosen.length ? `${title}: ${chosen.length === 1 ? plainName(chosen[0]) : chosen.length}` : `${title}: all`;
    for (const input of box.querySelectorAll("input")) input.checked = chosen.includes(input.value);
  }
}

/** Whether the filters let a row through. */
export function passes(row) {
  const tags = row.tagList ?? (row.tags ?? "").split(/[ ,]+/);
  return (choice.who === "all" || row.ranked !== false)
    && (!choice.family.length || choice.family.includes(row.family))
    && (!choice.language.length || choice.language.includes(row.language))
    && (!choice.tag.length || choice.tag.some((tag) => tags.includes(tag)))
    && row.method.includes(choice.search.trim().toLowerCase());
}
