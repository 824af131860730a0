// The table of all estimators in the chosen cell.
import { change, choice, togglePick } from "./address.js";
import { badge, byId, fill, make } from "./elements.js";
import { passes } from "./filters.js";
import { shownPicks } from "./picks.js";
import { offer, recordRows } from "./saving.js";
import { drawTable, sorted } from "./sorting.js";
import { count, figure, isNumber, languageName, percent, seconds } from "./wording.js";

const number = (name, label, title, show = figure) =>
  ({ name, label, title, number: true, show: (row) => show(row[name]) });

const MEANINGS = {
  place: "Rank of the median error among the estimators that compete in this cell; a failure is last. A green bar and “tied” mark the best and those that are not told apart from it.",
  median: "Median over the trials of the nRMSE: root mean square error without the two ends, divided by the standard deviation of the exact derivative.",
  interval: "95 % interval of the median, by bootstrap over the trials.",
  interior: "The same error over the central 80 % of the times.",
  edge: "The same error over the outer 10 % on each side.",
  bias: "Part of the error that all trials share.",
  spread: "Part of the error that differs between trials.",
  correlation: "Correlation of the estimate with the exact derivative.",
  coverage_68: "Share of the exact values inside the estimator's 68 % band; 68 % would be right.",
  coverage_95: "Share of the exact values inside its 95 % band; 95 % would be right.",
  crps: "Continuous ranked probability score of its bands, divided as the nRMSE is; less is better.",
  cpu_seconds: "Median CPU time on one thread, after the first call.",
  ratio: "Median over the trials of its error divided by that of the best in the same trial.",
  tie_rule: "Whether ties come from Wilcoxon's test with Holm's correction, or, with too few trials for a test, from the interval of the paired ratios.",
  regret: "Error divided by that of the same model with settings chosen by the truth.",
  coverage: "Trials in which it gave a result, of all trials.",
};

const COLUMNS = [
  { name: "shown", label: "Curve", fixed: true },
  { name: "place", label: "Place", number: true, show: (row) => (row.ranked ? placeWords(row) : "–") },
  { name: "method", label: "Estimator", head: true },
  { name: "language", label: "Language", show: (row) => languageName(row.language) },
  { name: "family", label: "Family" },
  number("median", "nRMSE"),
  { name: "interval", label: "95 % interval", number: true, fixed: true, show: interval },
  number("cpu_seconds", "CPU time", "", seconds),
  { name: "coverage", label: "Solved", number: true, show: solvedWords },
];
const MORE = [
  number("interior", "Interior"), number("edge", "Edges"),
  number("mean", "Mean"), number("geometric_mean", "Geometric mean"), number("standard_deviation", "SD of trials"),
  number("minimum", "Least"), number("maximum", "Most"),
  number("bias", "Bias"), number("spread", "Spread"), number("correlation", "Correlation"),
  number("coverage_68", "In 68 % band", "", percent), number("coverage_95", "In 95 % band", "", percent),
  number("crps", "CRPS"), number("regret", "Regret"), number("p_holm", "p (Holm)"), number("ratio", "Ratio to the best"), { name: "tie_rule", label: "Tie by" },
  { name: "tags", label: "Tags" },
];

function placeWords(row) {
  return isNumber(row.place) ? figure(row.place, 4) : "–";
}

function interval(row) {
  if (!isNumber(row.interval_low)) return "–";
  return `${figure(row.interval_low)} – ${figure(row.interval_high)}`;
}

/** Tags of what does not compete, the more telling first. */
const ANCHORS = ["oracle", "model", "control"];
const STATUSES = { n_failed: "failed", n_timeout: "timed out", n_crashed: "crashed", n_non_finite: "not finite", n_unsupported: "not offered" };

function solvedWords(row) {
  const text = `${row.n_ok} of ${row.replicates}`;
  const reasons = Object.entries(STATUSES).filter(([name]) => row[name] > 0).map(([, words]) => words);
  return reasons.length ? make("span", {}, text, " ", badge(reasons.join(", "), "warn")) : text;
}

/** The rows that the filters leave, in the order of the table. */
function chosenRows(study) {
  return sorted(study.rows(choice).filter(passes), [...COLUMNS, ...MORE], choice.sort);
}

export function prepareMethods(study) {
  byId("more-columns").addEventListener("click", () => change({ columns: choice.columns === "all" ? "few" : "all" }));
  offer("cell", () => [
    `${study.facts.study.study}-${choice.signal}-n${choice.samples}-${choice.noise_level}-order${choice.order}.csv`,
    ...recordRows(chosenRows(study), study.tables.summary.names),
  ]);
  const labels = new Map([...COLUMNS, ...MORE].map((column) => [column.name, column.label]));
  fill("glossary", Object.entries(MEANINGS).map(([name, words]) => [make("dt", {}, labels.get(name)), make("dd", {}, words)]));
}

export function drawMethods(study) {
  const rows = chosenRows(study);
  const all = study.rows(choice);
  const shown = shownPicks(study).map((row) => row.key);
  const tick = { ...COLUMNS[0], show: (row) => make("input", {
    type: "checkbox", "aria-label": `draw ${row.method}, ${row.language}`, checked: shown.includes(row.key), onchange: () => togglePick(row.key, shown),
  }) };
  const name = { ...COLUMNS[2], show: (row) => make("span", {},
    make("button", { type: "button", class: "link", "data-pick": row.key, onclick: () => showOnly(row.key) }, row.method), " ",
    row.place === 1 && row.solved ? badge("best") : row.tied ? badge("tied") : null, row.ranked ? null : badge(ANCHORS.find((tag) => row.tagList.includes(tag)) ?? row.family, "plain")) };
  const own = COLUMNS.map((column) => ({ shown: tick, method: name })[column.name] ?? column);
  byId("table-count").textContent = rows.length
    ? `${count(rows.length, "row")} of ${all.length}; those that compete are ranked, controls and oracles are not.`
    : "No estimator fits these filters.";
  byId("more-columns").setAttribute("aria-pressed", String(choice.columns === "all"));
  drawTable(byId("cell-table"), {
    caption: "Estimators in the chosen cell; press a name to see its curve alone",
    columns: choice.columns === "all" ? [...own, ...MORE] : own,
    rows, sort: choice.sort, onsort: (sort) => change({ sort }),
    rowclass: (row) => [row.tied && "tied", !row.ranked && "unranked"].filter(Boolean).join(" ") || null,
  });
}

/** Draws one estimator's curve alone, or without one those that the page proposes; goes there. */
export function showOnly(key, cell = {}) {
  change({ ...cell, pick: key ? [key] : [] });
  byId("fit-title").focus({ preventScroll: true });
  byId("fit-title").scrollIntoView();
}
