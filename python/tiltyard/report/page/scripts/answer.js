// The answer for the chosen cell: who is best, who is tied, what to expect, or that nothing works.
import { choice, togglePick } from "./address.js";
import { badge, breakable, byId, make, termList } from "./elements.js";
import { panels } from "./panels.js";
import { shownPicks } from "./picks.js";
import {
  count, figure, inLanguage, isNumber, label, listing, measured, methodName, one, percent, plainName, plural, seconds,
} from "./wording.js";

const MOST_TIED = 12;

export function drawAnswer(study) {
  const best = study.contestants(choice.cell);
  const verdict = verdictOf(study, best);
  const box = byId("answer");
  box.dataset.verdict = verdict;
  box.replaceChildren(
    badge(verdictWords(study, verdict), "verdict"),
    make("p", { class: "headline" }, ...(given(study, "headline") ?? headline(study, best, verdict))),
    ...(best.length ? details(study, best) : []),
  );
  box.firstChild.className = "verdict";
}

/** What the first panel that has a part of the answer gives for it; null if none does. */
function given(study, part) {
  return panels.map((panel) => panel[part]?.(study)).find((elements) => elements?.length) ?? null;
}

/** Without a target, whatever is better than an answer without data is good. */
export function verdictOf(study, best) {
  if (!study.rows(choice.cell).length) return "missing";
  if (!best.length || best[0].median >= study.blindScore(choice.cell)) return "nothing";
  return best[0].median < (study.measures.target ?? Infinity) ? "good" : "rough";
}

function verdictWords(study, verdict) {
  return { good: label(study.words.good), rough: "Rough only", nothing: "Nothing works here", missing: "Not evaluated yet" }[verdict];
}

const strong = (text) => make("strong", {}, breakable(text));

function headline(study, best, verdict) {
  const { words, measures } = study;
  const task = study.cellWords(choice.cell);
  if (verdict === "missing") return [`There is no result yet for ${task}.`];
  if (!best.length) return ["For ", task, ", ", strong(`no ${words.method} gives a result`), ` in every ${words.replicate}.`];
  const [first] = best;
  const said = [strong(first.method), inLanguage(first)];
  const score = [`${one(words.score)} of `, strong(measured(first.median, study.column("median").unit))];
  if (verdict === "nothing") {
    return ["For ", task, ", ", strong(`no ${words.method} does better than a blind guess`),
      ". The least wrong is ", ...said, ", with ", ...score, "."];
  }
  if (verdict === "rough") {
    return ["For ", task, ", nobody gets below ", figure(measures.target), ". The best is ", ...said, ": expect ", ...score, "."];
  }
  return ["For ", task, ", use ", ...said, ": expect ", ...score, "."];
}

function details(study, best) {
  const own = given(study, "details");
  return own ? [...own, figures(study, best, true)] : [meaning(study, best[0]), tiedWith(study, best), figures(study, best)];
}

function meaning({ words }, first) {
  const share = words.share ? `That is ${percent(first.median)} of ${words.share}, as the median over ` : "It is the median over ";
  const interval = isNumber(first.interval_low) ? `; 95 % interval ${figure(first.interval_low)} to ${figure(first.interval_high)}` : "";
  return make("p", { class: "muted" }, `${share}${count(first.replicates, words.replicate)}${interval}.`);
}

function tiedWith(study, best) {
  const { words } = study;
  const tied = best.slice(1).filter((row) => row.tied);
  const replicates = `${count(best[0].replicates, words.replicate)}${ruleWords(best[0])}`;
  if (!tied.length) return make("p", { id: "tied" }, aloneWords(best.length - 1, words.method, replicates));
  const shown = shownPicks(study).map((row) => row.key);
  return make("div", { id: "tied" },
    make("p", {}, `${count(tied.length, "other")} ${tied.length === 1 ? "does" : "do"} not differ significantly from it in ${replicates}`,
      tied.length > MOST_TIED ? `, the first ${MOST_TIED} of them:` : ":"),
    make("div", { class: "chips" }, tied.slice(0, MOST_TIED).map((row) => make("span", { class: "chip" },
      make("button", { class: "link", type: "button", "aria-pressed": String(shown.includes(row.key)), onclick: () => togglePick(row.key, shown), title: "Take it into the pictures, or out of them" }, methodName(row)),
      make("span", { class: "small" }, figure(row.median))))));
}

function aloneWords(others, method, replicates) {
  if (!others) return `No other ${method} solved this cell.`;
  if (others === 1) return `The other ${method} that solved this cell is not tied with it in ${replicates}.`;
  return `None of the other ${others} ${plural(method)} that solved this cell is tied with it in ${replicates}.`;
}

/** With few replicates a tie is a description, not a test. */
function ruleWords(row) {
  return row.tie_rule === "interval" ? " (too few for a test: by the interval of the paired ratios)" : "";
}

function figures(study, best, told = false) {
  const { facts, measures, words } = study;
  const [first] = best;
  const group = [first, ...best.slice(1).filter((row) => row.tied)].filter((row) => isNumber(row.cpu_seconds));
  const quickest = group.sort((a, b) => a.cpu_seconds - b.cpu_seconds)[0];
  const contestants = study.rows(choice.cell).filter((row) => row.ranked);
  const small = (text) => make("small", {}, text);
  const blind = study.blindScore(choice.cell);
  const guesses = facts.anchors.filter((anchor) => anchor.blind && study.anchored(anchor, choice.cell));
  return termList("figures", [
    ...measures.beside.map((name) => {
      const { label: term, meaning: text } = study.column(name);
      return [term, isNumber(first[name]) ? figure(first[name]) : null, small(text)];
    }),
    boundWords(study, first),
    ...facts.anchors.filter((anchor) => !anchor.blind).map((anchor) => {
      const row = study.anchored(anchor, choice.cell);
      return [`The ${anchor.title} reaches`, row ? figure(row.median) : null, small(row ? [row.method, anchor.note].filter(Boolean).join(": ") : "")];
    }),
    ["A blind guess gives", Number.isFinite(blind) ? figure(blind) : null, small(guesses.map(({ title }) => title).join(" or "))],
    ["Quickest of the best", quickest && !told ? seconds(quickest.cpu_seconds) : null, small(quickest ? `${methodName(quickest)}, CPU time` : "")],
    ["Solved by", `${best.length} of ${contestants.length}`, small(unsolvedWords(study, contestants, words.method))],
    ...panels.flatMap(({ answer }) => answer?.(study) ?? []),
  ]);
}

/** The score of the method's own bound, and how far it is from it; without a value if it has none. */
function boundWords(study, first) {
  const { bound } = study.measures;
  const { label: term, meaning: text } = study.column(bound);
  const own = first[bound] && study.rows(choice.cell).find((row) => row.method === first[bound] && row.solved);
  if (!own) return [term, null];
  const ratio = isNumber(first.regret) ? `; ${study.column("regret").label.toLowerCase()} ${figure(first.regret)}` : "";
  return [`${term} reaches`, figure(own.median), make("small", {}, `${own.method}: ${text}${ratio}`)];
}

function unsolvedWords(study, rows, method) {
  const words = study.facts.statuses
    .filter((status) => status !== "ok")
    .map((status) => [rows.filter((row) => row[`n_${status}`] > 0).length, plainName(status)])
    .filter(([number]) => number)
    .map(([number, status]) => `${number} ${status}`);
  return words.length ? `the others: ${listing(words)}` : `every ${method} gave a result`;
}
