// The study's tables, by cell and by method, and its axes and words.
import { readPack } from "./packed.js";
import { label } from "./wording.js";

export const methodKey = (row) => `${row.method}~${row.language}`;
const joinKey = (values) => values.join("|");

/** Reads the study that the page holds. */
export async function readStudy() {
  return new HeldStudy(await readPack("study"));
}

class HeldStudy {
  #numbers = new Map();
  #cells = new Map();
  #axes;
  #configurations;

  constructor({ tables, facts }) {
    this.tables = tables;
    this.facts = facts;
    this.words = facts.words;
    this.measures = facts.measures;
    this.axes = facts.axes;
    this.#axes = new Map(facts.axes.map((axis) => [axis.name, axis]));
    const columns = this.axes.map((axis) => tables.summary.column(axis.name));
    for (let row = 0; row < tables.summary.rows; row += 1) {
      const key = joinKey(columns.map((column) => column[row]));
      if (!this.#numbers.has(key)) this.#numbers.set(key, []);
      this.#numbers.get(key).push(row);
    }
    this.ranks = new Map(tables.ranks.records().map((row) => [methodKey(row), row]));
    this.facets = facetsOf(tables.summary);
    this.#configurations = new Map();
    for (const row of tables.configurations.records()) {
      const key = this.#caseKey(row);
      const known = this.#configurations.get(key);
      if (!known || row[facts.replicate] < known[facts.replicate]) this.#configurations.set(key, row);
    }
  }

  axis(name) {
    return this.#axes.get(name);
  }

  /** How a value of an axis is written inside a sentence. */
  name(axis, value) {
    const { values, names } = this.#axes.get(axis);
    return names[values.indexOf(value)] ?? String(value);
  }

  /** A value of an axis in words, as "101 samples". */
  phrase(axis, value) {
    const { values, phrases } = this.#axes.get(axis);
    return phrases[values.indexOf(value)];
  }

  /** A cell inside a sentence. */
  cellWords(cell) {
    const { cell: template } = this.words;
    if (!template) return this.axes.map(({ name }) => this.phrase(name, cell[name])).join(", ");
    return template.replace(/\{(\w+)\}/g, (_, name) => this.name(name, cell[name]));
  }

  /** The values of a cell on all axes but some, in words. */
  settingWords(cell, without = []) {
    const axes = this.axes.filter(({ name }) => !without.includes(name));
    return axes.map(({ name }) => this.phrase(name, cell[name])).join(", ");
  }

  /** A name for a file of a cell, without some of its axes. */
  fileName(cell, without = []) {
    const axes = this.axes.filter(({ name }) => !without.includes(name));
    return [this.facts.name, ...axes.map(({ name }) => cell[name])].join("-");
  }

  /** Heading and meaning of a column of the summary, as the kind of study has them. */
  column(name) {
    return { label: label(name), meaning: "", unit: "", ...this.words.columns[name] };
  }

  /** Rows of the summary in a cell, with what follows from them; none if it is not there. */
  rows(cell) {
    const key = joinKey(this.axes.map(({ name }) => cell[name]));
    if (!this.#cells.has(key)) {
      const rows = (this.#numbers.get(key) ?? []).map((number) => this.#completed(number));
      this.#cells.set(key, rows);
    }
    return this.#cells.get(key);
  }

  #completed(number) {
    const row = this.tables.summary.row(number);
    row.key = methodKey(row);
    row.tagList = (row.tags ?? "").split(/[ ,]+/).filter(Boolean);
    row.ranked = this.ranks.has(row.key);
    row.solved = row.n_ok === row.replicates && row.median !== null;
    return row;
  }

  /** Those that are ranked and solved the cell in every replicate, best first. */
  contestants(cell) {
    const found = this.rows(cell).filter((row) => row.ranked && row.solved);
    return found.sort((a, b) => a.median - b.median);
  }

  /** The best row of an anchor's methods that solved a cell, or undefined. */
  anchored(anchor, cell) {
    const rows = this.rows(cell).filter((row) => row.solved && anchor.methods.includes(row.key));
    return rows.sort((a, b) => a.median - b.median)[0];
  }

  /** The score of an answer that uses no data; Infinity if nothing says one. */
  blindScore(cell) {
    const rows = this.facts.anchors.filter(({ blind }) => blind).map((anchor) => this.anchored(anchor, cell));
    return Math.min(this.measures.plain ?? Infinity, ...rows.filter(Boolean).map((row) => row.median));
  }

  /** The first configuration of a cell that was evaluated, or undefined. */
  configuration(cell) {
    return this.#configurations.get(this.#caseKey(cell));
  }

  #caseKey(cell) {
    const axes = this.axes.filter(({ name }) => !this.facts.within.includes(name));
    return joinKey(axes.map(({ name }) => cell[name]));
  }
}

/** Families, languages and tags that occur, by the alphabet. */
function facetsOf(summary) {
  const distinct = (values) => [...new Set(values)].sort();
  const tags = summary.column("tags").filter(Boolean).flatMap((text) => text.split(/[ ,]+/));
  return {
    family: distinct(summary.column("family")),
    language: distinct(summary.column("language")),
    tag: distinct(tags),
  };
}
