// Tables that are sorted by the heading that is pressed.
import { make } from "./elements.js";

/** The rows sorted as `sort` says: a column's name, with "-" before it for descending. */
export function sorted(rows, columns, sort) {
  const name = sort.replace(/^-/, "");
  const column = columns.find((entry) => entry.name === name) ?? columns[0];
  const sign = sort.startsWith("-") ? -1 : 1;
  const value = column.value ?? ((row) => row[column.name]);
  return rows
    .map((row, place) => ({ row, place, value: value(row) }))
    .sort((a, b) => compare(a.value, b.value, sign) || a.place - b.place)
    .map((entry) => entry.row);
}

/** Missing values come last, whichever way. */
function compare(a, b, sign) {
  const missing = [a, b].map((value) => value === null || value === undefined || value === "");
  if (missing[0] || missing[1]) return missing[0] - missing[1];
  if (typeof a === "string") return sign * a.localeCompare(b);
  return sign * (a === b ? 0 : a < b ? -1 : 1);
}

/**
 * Draws a table into `box`.
 *
 * A column has `name`, `label`, and where they differ from the row's own: `value` (to sort by),
 * `show` (a text or an element), `number` (right-aligned), `head` (the row's heading), `words`.
 */
export function drawTable(box, { caption, columns, rows, sort, onsort, rowclass }) {
  const held = box.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
  const by = sort?.replace(/^-/, "");
  const way = sort?.startsWith("-") ? "descending" : "ascending";
  const heading = (column) => make(
    "th",
    { scope: "col", class: column.number && "number", title: column.title,
      "aria-sort": column.name === by ? way : null },
    onsort && !column.fixed
      ? make("button", { type: "button", "data-sort": column.name, onclick: () => onsort(next(column)) }, column.label)
      : column.label,
  );
  const next = (column) => (column.name === by && way === "ascending" ? `-${column.name}` : column.name);
  const table = make(
    "table", {},
    make("caption", {}, make("span", {}, caption)),
    make("thead", {}, make("tr", {}, columns.map(heading))),
    make("tbody", {}, rows.map((row) => make("tr", { class: rowclass?.(row), "data-key": row.key }, columns.map((column) => entry(column, row))))),
  );
  box.replaceChildren(table);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", caption);
  if (held) box.querySelector(`[data-sort="${held}"]`)?.focus();
}

function entry(column, row) {
  const shown = column.show ? column.show(row) : row[column.name];
  const kind = column.number ? "number" : column.words ? "words" : "plain";
  const attributes = column.head ? { scope: "row", class: kind } : { class: kind };
  return make(column.head ? "th" : "td", attributes, shown ?? "–");
}
