// Ranks over all cells, how firm they are, and what may be concluded from them.
import { change, choice } from "./address.js";
import { badge, byId, make } from "./elements.js";
import { passes } from "./filters.js";
import { offer, recordRows } from "./saving.js";
import { drawTable, sorted } from "./sorting.js";
import { methodKey } from "./study.js";
import { count, figure, isNumber, label, languageName, listing, one, plainName, toldColumns } from "./wording.js";

const ranked = (name, label, digits = 3) => ({ name, label, number: true, show: (row) => figure(row[name], digits) });

const rankedColumns = (study) => toldColumns([
  { name: "place", label: "Place", number: true },
  { name: "method", label: label(study.words.method), head: true },
  { name: "language", label: "Language", show: (row) => languageName(row.language) },
  { name: "family", label: study.column("family").label },
  ranked("mean_rank", "Mean rank, all cells", 4),
  ranked("mean_rank_solved", "Mean rank, cells all solved", 4),
  ranked("geometric_mean_ratio", `Ratio of ${study.words.score}`),
  { name: "solved", label: "Solved", number: true, show: (row) => `${row.solved} of ${row.cells}` },
]);

function rankRows(study) {
  return [...study.ranks.values()].map((row) => ({ ...row, key: methodKey(row), ranked: true }));
}

/** A column for each way to rank anew: the place there, marked where it differs. */
function variantColumns(study) {
  const table = study.tables.robustness;
  const places = new Map();
  for (const row of table.records()) {
    if (!places.has(row.variant)) places.set(row.variant, new Map());
    places.get(row.variant).set(methodKey(row), row);
  }
  places.delete("all");
  return [...places].map(([variant, rows]) => ({
    name: `variant ${variant}`, label: plainName(variant), number: true,
    value: (row) => rows.get(row.key)?.place ?? null,
    show: (row) => {
      const found = rows.get(row.key);
      if (!found || !isNumber(found.place)) return "–";
      return found.moved === true ? badge(figure(found.place, 4), "warn") : figure(found.place, 4);
    },
  }));
}

export function prepareRanks(study) {
  offer("ranks", () => [`${study.facts.name}-ranks.csv`, ...recordRows(rankRows(study).filter(passes), study.tables.ranks.names)]);
  byId("ranks-lead").replaceChildren(...conclusions(study).map((text) => make("p", {}, text)));
}

export function drawRanks(study) {
  const columns = [...rankedColumns(study), ...variantColumns(study)].map((column) => (column.name === "geometric_mean_ratio" ? ratioColumn(study, column) : column));
  drawTable(byId("ranks"), {
    caption: "Places over the whole study; the columns at the right rank anew, and mark what moves",
    columns, rows: sorted(rankRows(study).filter(passes), columns, choice.ranksort),
    sort: choice.ranksort, onsort: (ranksort) => change({ ranksort }),
  });
}

/** The ratio's column says to what. */
function ratioColumn(study, column) {
  const [reference] = study.tables.ranks.column("reference");
  const name = study.words.languages ? reference : reference?.replace(/ \(\w+\)$/, "");
  return name ? { ...column, label: `${label(study.words.score)} ÷ that of ${name}` } : column;
}

function conclusions(study) {
  const { differences } = study.facts;
  const { words } = study;
  const said = [
    `Ranks of the medians in every cell, averaged over the cells; a cell that ${one(words.method)} did not solve counts as a shared last place. `
    + `The ratio of the ${words.score} is a geometric mean over cells, to the reference that the column names.`,
    differences.words,
  ];
  if (isNumber(differences.all?.p)) said.push(`Friedman's test that all ${differences.all.methods} rank alike, over ${count(differences.all.blocks, "block")}: ${pWords(differences.all.p)}.`);
  if (differences.best_of_family) said.push(...familyWords(differences.best_of_family));
  return said.filter(Boolean);
}

/** A name as in `name (language)`, with its language as it is written elsewhere. */
function labelled(name) {
  return name.replace(/\((\w+)\)$/, (_, language) => `(${languageName(language)})`);
}

/** What is said of the best method of each family, compared in pairs. */
function familyWords({ friedman, mean_ranks: means, critical_difference: critical, cliques }) {
  if (!isNumber(friedman?.p) || !isNumber(critical)) return [];
  const [best] = Object.keys(means);
  const alike = (cliques ?? []).find((names) => names.includes(best))?.filter((name) => name !== best) ?? [];
  return [
    `Among the best of each of the ${friedman.methods} families (${pWords(friedman.p)}; critical difference of mean ranks ${figure(critical)}), ${labelled(best)} is first, `
    + (alike.length ? `and does not differ significantly from ${listing(alike.map(labelled))}.` : "and differs significantly from all others."),
  ];
}

const pWords = (p) => (p < 1e-6 ? "p < 10⁻⁶" : `p = ${figure(p)}`);
