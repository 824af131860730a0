// Which methods are drawn: those that the reader picked, or three that the page proposes.
import { change, choice, togglePick } from "./address.js";
import { make } from "./elements.js";
import { look } from "./plotting.js";
import { methodName } from "./wording.js";

/** Methods that the page proposes. */
const PROPOSED = 3;

/** Rows of the chosen cell that are drawn. */
export function shownPicks(study) {
  const rows = new Map(study.rows(choice.cell).map((row) => [row.key, row]));
  if (choice.pick.length) return choice.pick.map((key) => rows.get(key)).filter(Boolean);
  return proposed(study.contestants(choice.cell));
}

/** The best method, and the best ones of two other families; the next best where there are fewer. */
function proposed(best) {
  const leaders = best.filter((row, place) => best.findIndex((other) => other.family === row.family) === place);
  const others = best.filter((row) => !leaders.includes(row));
  return [...leaders, ...others].slice(0, PROPOSED);
}

/** Draws the methods in the picture as chips, wherever the page has a place for them. */
export function drawPicks(study) {
  const picks = shownPicks(study);
  const keys = picks.map((row) => row.key);
  for (const box of document.querySelectorAll("[data-picks]")) {
    const chips = picks.map((row, index) => chip(row, index, keys));
    const note = "the best, those of other families first; tick others in the table";
    box.replaceChildren(...chips, ...(choice.pick.length ? [] : [make("span", { class: "note" }, note)]));
  }
}

function chip(row, index, keys) {
  const { color, dash } = look(index);
  const line = { solid: "solid", dot: "dotted" }[dash] ?? "dashed";
  return make("span", { class: "chip", style: `--swatch: ${color}` },
    make("i", { style: `border-top-style: ${line}` }), methodName(row),
    make("button", { type: "button", "aria-label": `take out ${methodName(row)}`, onclick: () => togglePick(row.key, keys) }, "×"));
}

/** Draws one method alone, or without one those that the page proposes; goes to the first picture. */
export function showOnly(key, cell = {}) {
  change({ cell: { ...choice.cell, ...cell }, pick: key ? [key] : [] });
  const title = [...document.querySelectorAll("[data-picked]")].find((one) => one.offsetParent !== null);
  title?.focus({ preventScroll: true });
  title?.scrollIntoView();
}
