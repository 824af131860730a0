// Rows of the study's own tables on the chosen workload, and figures with their intervals.
import { choice } from "./address.js";
import { isNumber, figure } from "./wording.js";

/** Rows of a table on the chosen workload; those of strategies have a `key` as in the summary. */
export function rowsOf(study, table) {
  return study.tables[table].records()
    .filter((row) => row.workload === choice.cell.workload)
    .map((row) => ({ ...row, method: row.strategy, language: "python", key: `${row.strategy}~python` }));
}

/** Rows that the page's filters leave, with what the filters look at. */
export function filtered(study, rows, passes) {
  const known = new Map(study.rows({ ...choice.cell, stage: "total" }).map((row) => [row.key, row]));
  return rows.filter((row) => known.has(row.key) && passes(known.get(row.key)));
}

/** Machines in some rows. */
export const machinesOf = (rows) => [...new Set(rows.map((row) => row.machine))];

/** Columns of a table, with the machine's before them where there are several. */
export function withMachine(rows, columns) {
  return machinesOf(rows).length > 1 ? [{ name: "machine", label: "Machine" }, ...columns] : columns;
}

/** Seconds for people: never 0. */
export function secondsText(value) {
  if (!isNumber(value)) return "–";
  return value < 0.01 ? "< 10 ms" : `${figure(value)} s`;
}

/** Three digits, without powers of ten, and with gaps between thousands. */
export function plainNumber(value) {
  return isNumber(value) ? Number(value.toPrecision(3)).toLocaleString("en") : "–";
}

/** A number with its interval in small letters below it, both in a unit. */
export function withInterval(row, name, show = figure) {
  if (!isNumber(row[name])) return "–";
  const ends = [row[`${name}_low`], row[`${name}_high`]];
  const text = show(row[name]);
  return ends.every(isNumber) && ends[0] !== ends[1] ? `${text}  [${ends.map((end) => show(end)).join(" – ")}]` : text;
}

/** A column of numbers with intervals. */
export const measuredColumn = (name, label, show = figure) => ({ name, label, number: true, show: (row) => withInterval(row, name, show) });

export const percentText = (value) => (isNumber(value) ? `${figure(100 * value)} %` : "–");

/** Error bars of `rows` at `name`, for Plotly. */
export function errorBars(rows, name, color) {
  const reach = (end, sign) => rows.map((row) => (isNumber(row[end]) ? Math.max(0, sign * (row[end] - row[name])) : 0));
  return { type: "data", symmetric: false, array: reach(`${name}_high`, 1), arrayminus: reach(`${name}_low`, -1), color, thickness: 1, width: 3 };
}
