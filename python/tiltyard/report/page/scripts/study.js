// The study's tables, by cell and by method.
import { readPack } from "./packed.js";

const AXES = ["signal", "samples", "noise_model", "noise_level", "order"];

export const methodKey = (row) => `${row.method}~${row.language}`;
const joinKey = (values) => values.join("|");

/** Reads the study that the page holds. */
export async function readStudy() {
  return new HeldStudy(await readPack("study"));
}

class HeldStudy {
  #numbers = new Map();
  #cells = new Map();
  #traces = new Map();

  constructor({ tables, facts }) {
    this.tables = tables;
    this.facts = facts;
    this.axes = Object.fromEntries(AXES.map((axis) => [axis, distinct(tables.summary.column(axis))]));
    const columns = AXES.map((axis) => tables.summary.column(axis));
    for (let row = 0; row < tables.summary.rows; row += 1) {
      const key = joinKey(columns.map((column) => column[row]));
      if (!this.#numbers.has(key)) this.#numbers.set(key, []);
      this.#numbers.get(key).push(row);
    }
    this.ranks = new Map(tables.ranks.records().map((row) => [methodKey(row), row]));
    this.facets = facetsOf(tables.summary);
    this.threshold = tables.reach.column("threshold")[0] ?? 0.1;
    this.configurations = new Map();
    const traced = new Set(facts.traced);
    for (const row of tables.configurations.records()) {
      if (traced.has(row.configuration)) this.configurations.set(caseKey(row), row);
    }
  }

  /** Rows of the summary in a cell, with what follows from them; none if it is not there. */
  rows(cell) {
    const key = joinKey(AXES.map((axis) => cell[axis]));
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

  /** Those that are ranked and solved the cell in every trial, best first. */
  contestants(cell) {
    const found = this.rows(cell).filter((row) => row.ranked && row.solved);
    return found.sort((a, b) => a.median - b.median);
  }

  /** The configuration whose curves the page holds for a cell, or undefined. */
  configuration(cell) {
    return this.configurations.get(caseKey(cell));
  }

  /** Samples, truth and curves of a configuration. */
  trace(configuration) {
    if (!this.#traces.has(configuration)) this.#traces.set(configuration, readTrace(configuration));
    return this.#traces.get(configuration);
  }
}

const caseKey = (cell) => joinKey(AXES.slice(0, -1).map((axis) => cell[axis]));

async function readTrace(configuration) {
  const { tables, matrices } = await readPack(configuration);
  const curves = new Map();
  tables.curves.records().forEach((row, number) => {
    const band = row.band >= 0 ? matrices.standard_deviation[row.band] : null;
    curves.set(`${methodKey(row)}|${row.order}`, { ...row, values: matrices.estimate[number], band });
  });
  return { t: matrices.samples[0], y: matrices.samples[1], exact: matrices.exact, curves };
}

function distinct(values) {
  const found = [...new Set(values)];
  return typeof found[0] === "number" ? found.sort((a, b) => a - b) : found;
}

/** Families, languages and tags that occur, in alphabetical order. */
function facetsOf(summary) {
  const tags = new Set(summary.column("tags").filter(Boolean).flatMap((text) => text.split(/[ ,]+/)));
  return {
    family: distinct(summary.column("family")).sort(),
    language: distinct(summary.column("language")).sort(),
    tag: [...tags].sort(),
  };
}
