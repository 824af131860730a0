// The table of all methods in the chosen cell.
import { change, choice, togglePick } from "./address.js";
import { badge, byId, fill, make } from "./elements.js";
import { passes } from "./filters.js";
import { showOnly, shownPicks } from "./picks.js";
import { offer, recordRows } from "./saving.js";
import { drawTable, sorted } from "./sorting.js";
import { count, figure, isNumber, label, languageName, measured, plainName, plural, toldColumns } from "./wording.js";

/** Columns that the summary of every study has, as far as what they hold is there. */
const MEANINGS = {
  place: "Rank of the median among those that compete in this cell; a failure is last. A green bar and “tied” mark the best and those that do not differ significantly from it.",
  interval: "95 % interval of the median, by bootstrap.",
  bias: "Part of the score that all replicates share.",
  spread: "Part of the score that differs between replicates.",
  cpu_seconds: "Median CPU time on one thread, after the first call.",
  warm_up_seconds: "Median CPU time of the first call beyond that of the next.",
  peak_memory: "Median of the largest memory in use, in MB.",
  ratio: "Median over the replicates of its score divided by that of the best in the same replicate.",
  tie_rule: "Whether ties come from Wilcoxon's test with Holm's correction, or, with too few replicates for a test, from the interval of the paired ratios.",
  regret: "Score divided by that of the method which bounds it.",
  coverage: "Replicates in which it gave a result, of all.",
};
const LABELS = {
  cpu_seconds: "CPU time", coverage: "Solved", interval: "95 % interval", p_holm: "p (Holm)", ratio: "Ratio to the best", tie_rule: "Tie by",
  minimum: "Least", maximum: "Most",
};
const UNITS = { cpu_seconds: "s", warm_up_seconds: "s" };
const MORE = ["mean", "geometric_mean", "standard_deviation", "minimum", "maximum", "bias", "spread"];
const LAST = ["regret", "p_holm", "ratio"];

/** Heading, meaning and unit of a column: the kind's words, or else those above. */
function described(study, name) {
  const own = study.words.columns[name];
  return own ?? { label: LABELS[name] ?? label(name), meaning: MEANINGS[name] ?? "", unit: UNITS[name] ?? "" };
}

function number(study, name) {
  const { label: title, unit } = described(study, name);
  return { name, label: title, number: true, show: (row) => measured(row[name], unit) };
}

function fewColumns(study) {
  const { words } = study;
  return [
    { name: "shown", label: "Drawn", fixed: true },
    { name: "place", label: "Place", number: true, show: (row) => (row.ranked ? placeWords(row) : "–") },
    { name: "method", label: label(words.method), head: true },
    { name: "language", label: "Language", show: (row) => languageName(row.language) },
    { name: "family", label: study.column("family").label },
    { ...number(study, "median"), label: medianWords(study).label },
    { name: "interval", label: LABELS.interval, number: true, fixed: true, show: interval },
    ...(study.measures.score === "cpu_seconds" ? [] : [number(study, "cpu_seconds")]),
    { name: "coverage", label: LABELS.coverage, number: true, show: (row) => solvedWords(study, row) },
  ];
}

function moreColumns(study) {
  const { beside, medians } = study.measures;
  const shown = [...beside, ...MORE, ...medians.filter((name) => !beside.includes(name) && name !== "cpu_seconds"), ...LAST];
  return [...shown.map((name) => number(study, name)), { name: "tie_rule", label: LABELS.tie_rule }, { name: "tags", label: "Tags" }];
}

/** Columns whose content the summary has, of `columns`. */
function held(study, columns) {
  const made = ["shown", "interval", "coverage"];
  return toldColumns(columns).filter(({ name }) => made.includes(name) || study.tables.summary.names.includes(name));
}

const allColumns = (study) => held(study, [...fewColumns(study), ...moreColumns(study)]);

function medianWords({ words }) {
  return words.columns.median ?? { label: label(words.score), meaning: `Median of the ${words.score} over the ${plural(words.replicate)}.` };
}

function placeWords(row) {
  return isNumber(row.place) ? figure(row.place, 4) : "–";
}

function interval(row) {
  if (!isNumber(row.interval_low)) return "–";
  return `${figure(row.interval_low)} – ${figure(row.interval_high)}`;
}

const STATUSES = { timeout: "timed out", unsupported: "not offered", non_finite: "not finite" };

function solvedWords(study, row) {
  const text = `${row.n_ok} of ${row.replicates}`;
  const reasons = study.facts.statuses.filter((status) => status !== "ok" && row[`n_${status}`] > 0)
    .map((status) => STATUSES[status] ?? plainName(status));
  return reasons.length ? make("span", {}, text, " ", badge(reasons.join(", "), "warn")) : text;
}

/** The rows that the filters leave, as the table sorts them. */
function chosenRows(study) {
  return sorted(study.rows(choice.cell).filter(passes), allColumns(study), choice.sort);
}

export function prepareMethods(study) {
  byId("more-columns").addEventListener("click", () => change({ columns: choice.columns === "all" ? "few" : "all" }));
  offer("cell", () => [
    `${study.fileName(choice.cell)}.csv`,
    ...recordRows(chosenRows(study), study.tables.summary.names),
  ]);
  byId("table-title").textContent = `All ${plural(study.words.method)} in this cell`;
  const said = allColumns(study).map(({ name, label: title }) => [title, (name === "median" ? medianWords(study) : described(study, name)).meaning]);
  fill("glossary", said.filter(([, meaning]) => meaning).map(([title, meaning]) => [make("dt", {}, title), make("dd", {}, meaning)]));
}

export function drawMethods(study) {
  const rows = chosenRows(study);
  const all = study.rows(choice.cell);
  const { method } = study.words;
  const few = held(study, fewColumns(study));
  const shown = shownPicks(study).map((row) => row.key);
  const tick = { show: (row) => make("input", {
    type: "checkbox", "aria-label": `draw ${row.method}, ${row.language}`, checked: shown.includes(row.key), onchange: () => togglePick(row.key, shown),
  }) };
  const name = { show: (row) => make("span", {},
    make("button", { type: "button", class: "link", "data-pick": row.key, onclick: () => showOnly(row.key) }, row.method), " ",
    row.place === 1 && row.solved ? badge("best") : row.tied ? badge("tied") : null, row.ranked ? null : badge(row.tagList.findLast((tag) => study.facts.unranked.includes(tag)) ?? row.family, "plain")) };
  const own = few.map((column) => ({ ...column, ...{ shown: tick, method: name }[column.name] }));
  byId("table-count").textContent = rows.length
    ? `${count(rows.length, "row")} of ${all.length}; a place has whoever competes.`
    : `No ${method} fits these filters.`;
  byId("more-columns").setAttribute("aria-pressed", String(choice.columns === "all"));
  drawTable(byId("cell-table"), {
    caption: `${label(plural(method))} in the chosen cell; press a name to see it alone in the pictures`,
    columns: choice.columns === "all" ? [...own, ...held(study, moreColumns(study))] : own,
    rows, sort: choice.sort, onsort: (sort) => change({ sort }),
    rowclass: (row) => [row.tied && "tied", !row.ranked && "unranked"].filter(Boolean).join(" ") || null,
  });
}
