// The worst cells of one estimator, by default of the one of best rank, and who is better there.
import { change, choice, hold } from "./address.js";
import { breakable, byId, make } from "./elements.js";
import { addPanel } from "./panels.js";
import { showOnly } from "./picks.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { methodKey } from "./study.js";
import { count, figure, inLanguage, isNumber, methodName } from "./wording.js";

hold("worst", "");
addPanel({ prepare: prepareWorst, draw: drawWorst });

const chooser = () => document.querySelector("select[name=worst]");

/** The estimator that is shown: the chosen one, or the first of those with rows by their rank. */
function shownKey(study) {
  const known = [...study.ranks.keys()].filter((key) => rowsOf(study, key).length);
  return known.includes(choice.worst) ? choice.worst : known[0];
}

function rowsOf(study, key) {
  return study.tables.worst.records().filter((row) => methodKey(row) === key);
}

function prepareWorst(study) {
  const listed = new Set(study.tables.worst.records().map(methodKey));
  const options = [...study.ranks.values()].filter((row) => listed.has(methodKey(row)));
  chooser().replaceChildren(...options.map((row) => make("option", { value: methodKey(row) }, methodName(row))));
  chooser().addEventListener("change", () => change({ worst: chooser().value }));
  offer("worst", () => [`${study.facts.name}-worst.csv`, ...recordRows(rowsOf(study, shownKey(study)), study.tables.worst.names)]);
}

function drawWorst(study) {
  const key = shownKey(study);
  const rows = key ? rowsOf(study, key).map((row) => ({ ...row, key: String(row.place) })) : [];
  const related = rows.some((row) => isNumber(row.ratio));
  const { reference } = study.facts.kind;
  byId("worst-lead").textContent = rows.length
    ? `${related ? `The cells in which its error is largest in relation to that of ${reference}` : "The cells in which it is farthest behind the best other estimator"}, `
      + "those that it did not solve first. Nothing is left out: a cell is listed where all others fail too. "
      + "The best other estimator is chosen in each cell with the truth at hand. Press a cell to go there."
    : "No estimator is ranked in this study.";
  if (!rows.length) return;
  chooser().value = key;
  drawTable(byId("worst"), {
    caption: `The worst ${count(rows.length, "cell")} of ${methodName(rows[0])}`,
    columns: [
      { name: "place", label: "No.", number: true },
      { name: "cell", label: "Cell", head: true, show: (row) => cellLink(study, row) },
      { name: "error", label: "nRMSE", number: true, show: (row) => (Number.isFinite(row.error) ? figure(row.error) : "not solved") },
      ...(related ? [{ name: "ratio", label: `÷ ${reference}`, number: true, show: (row) => figure(row.ratio) }] : []),
      { name: "rival", label: "Best other", words: true, show: rivalWords },
      { name: "rival_error", label: "Its nRMSE", number: true, show: (row) => (row.rival ? figure(row.rival_error) : "–") },
      { name: "behind", label: "Times its error", number: true, show: behindWords },
    ],
    rows,
  });
}

function cellLink(study, row) {
  const cell = Object.fromEntries(study.axes.map(({ name }) => [name, row[name]]));
  return make("button", { class: "link", type: "button", onclick: () => showOnly(methodKey(row), cell) }, study.settingWords(cell));
}

function rivalWords(row) {
  if (!row.rival) return "nobody else solved it";
  return make("span", {}, breakable(row.rival), inLanguage({ language: row.rival_language }));
}

function behindWords(row) {
  if (!row.rival) return "–";
  if (!isNumber(row.behind)) return "–";
  return row.behind > 1 ? figure(row.behind) : `${figure(row.behind)}: none is better`;
}
