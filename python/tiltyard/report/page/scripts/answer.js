// The answer for the chosen cell: who is best, who is tied, what to expect, or that nothing works.
import { choice, togglePick } from "./address.js";
import { badge, breakable, byId, make, termList } from "./elements.js";
import { shownPicks } from "./picks.js";
import {
  count, figure, isNumber, languageName, levelWords, listing, methodName, orderWords, percent, plainName, seconds,
} from "./wording.js";

const VERDICTS = {
  recovered: "Recovered",
  rough: "Rough only",
  nothing: "Nothing works here",
  missing: "Not evaluated yet",
};
/** Predictors that look at no change of the samples: what is not better than them is no result. */
const BLIND = ["zero", "constant"];
const MOST_TIED = 12;

export function drawAnswer(study) {
  const best = study.contestants(choice);
  const verdict = verdictOf(study, best);
  const box = byId("answer");
  box.dataset.verdict = verdict;
  box.replaceChildren(
    badge(VERDICTS[verdict], "verdict"),
    make("p", { class: "headline" }, ...headline(study, best, verdict)),
    ...(best.length ? details(study, best) : []),
  );
  box.firstChild.className = "verdict";
}

export function verdictOf(study, best) {
  if (!study.rows(choice).length) return "missing";
  if (!best.length || best[0].median >= blindError(study)) return "nothing";
  return best[0].median < study.threshold ? "recovered" : "rough";
}

function blindError(study) {
  const errors = study.rows(choice).filter((row) => BLIND.includes(row.method) && row.solved).map((row) => row.median);
  return Math.min(1, ...errors);
}

const strong = (text) => make("strong", {}, breakable(text));

function headline(study, best, verdict) {
  const noise = choice.noise_level === 0 ? "without noise" : `with ${levelWords(choice.noise_level)} ${plainName(choice.noise_model)} noise`;
  const task = `the ${orderWords(choice.order)} of ${plainName(choice.signal)} from ${choice.samples} samples ${noise}`;
  if (verdict === "missing") return [`There is no result yet for ${task}.`];
  if (!best.length) return ["For ", task, ", ", strong("no estimator gives a result"), " in every trial."];
  const [first] = best;
  const said = [strong(first.method), ` (${languageName(first.language)})`];
  const error = [`an nRMSE of `, strong(figure(first.median))];
  if (verdict === "nothing") {
    return ["For ", task, ", ", strong("no estimator does better than a blind guess"),
      ". The least wrong is ", ...said, ", with ", ...error, "."];
  }
  if (verdict === "rough") {
    return ["For ", task, ", nobody gets below ", figure(study.threshold), ". The best is ", ...said, ": expect ", ...error, "."];
  }
  return ["For ", task, ", use ", ...said, ": expect ", ...error, "."];
}

function details(study, best) {
  const [first] = best;
  const rows = study.rows(choice);
  return [meaning(first), tiedWith(study, best), figures(study, rows, best)];
}

function meaning(first) {
  return make("p", { class: "muted" },
    `That is an error of ${percent(first.median)} of the derivative's own spread, as the median over `,
    `${count(first.replicates, "trial")}`,
    isNumber(first.interval_low) ? `; 95 % interval ${figure(first.interval_low)} to ${figure(first.interval_high)}.` : ".");
}

function tiedWith(study, best) {
  const tied = best.slice(1).filter((row) => row.tied);
  const trials = count(best[0].replicates, "trial");
  if (!tied.length) {
    return make("p", { id: "tied" }, aloneWords(best.length - 1, `${trials}${ruleWords(best[0])}`));
  }
  const shown = shownPicks(study).map((row) => row.key);
  return make("div", { id: "tied" },
    make("p", {}, `${count(tied.length, "other")} ${tied.length === 1 ? "is" : "are"} not told apart from it in ${trials}${ruleWords(best[0])}`,
      tied.length > MOST_TIED ? `, the first ${MOST_TIED} of them:` : ":"),
    make("div", { class: "chips" }, tied.slice(0, MOST_TIED).map((row) => make("span", { class: "chip" },
      make("button", { class: "link", type: "button", "aria-pressed": String(shown.includes(row.key)), onclick: () => togglePick(row.key, shown), title: "Draw its curve, or take it out" }, methodName(row)),
      make("span", { class: "small" }, figure(row.median))))));
}

function aloneWords(others, trials) {
  if (!others) return "No other estimator solved this cell.";
  if (others === 1) return `The other estimator that solved this cell is not tied with it in ${trials}.`;
  return `None of the other ${others} estimators that solved this cell is tied with it in ${trials}.`;
}

/** With few trials a tie is a description, not a test. */
function ruleWords(row) {
  return row.tie_rule === "interval" ? " (too few for a test: by the interval of the paired ratios)" : "";
}

function figures(study, rows, best) {
  const [first] = best;
  const oracles = rows.filter((row) => row.tagList.includes("oracle") && row.solved);
  const oracle = oracles.sort((a, b) => a.median - b.median)[0];
  const group = [first, ...best.slice(1).filter((row) => row.tied)].filter((row) => isNumber(row.cpu_seconds));
  const quickest = group.sort((a, b) => a.cpu_seconds - b.cpu_seconds)[0];
  const contestants = rows.filter((row) => row.ranked);
  const small = (text) => make("small", {}, text);
  return termList("figures", [
    ["In the interior", isNumber(first.interior) ? figure(first.interior) : null, small(`central 80 %; ${figure(first.edge)} at the edges`)],
    ["The best oracle reaches", oracle ? figure(oracle.median) : null, small(oracle ? `${oracle.method}: its settings saw the truth` : "")],
    ["A blind guess gives", figure(blindError(study)), small("zero, or the samples' mean")],
    ["Quickest of the best", quickest ? seconds(quickest.cpu_seconds) : null, small(quickest ? `${methodName(quickest)}, CPU time` : "")],
    ["Solved by", `${best.length} of ${contestants.length}`, small(unsolvedWords(contestants))],
    ["Reach at this noise", ...reachWords(study)],
  ]);
}

const UNSOLVED = ["failed", "timeout", "crashed", "non_finite", "unsupported"];

function unsolvedWords(rows) {
  const words = UNSOLVED
    .map((status) => [rows.filter((row) => row[`n_${status}`] > 0).length, status.replace("_", "-")])
    .filter(([number]) => number)
    .map(([number, status]) => `${number} ${status}`);
  return words.length ? `the others: ${listing(words)}` : "every estimator gave a result";
}

function reachWords(study) {
  const row = study.tables.reach.records().find((entry) =>
    ["signal", "samples", "noise_model", "noise_level"].every((axis) => entry[axis] === choice[axis]));
  if (!row) return [null];
  const words = row.reach >= 0 ? `order ${row.reach}` : "no order";
  return [words, make("small", {}, `highest with an nRMSE below ${figure(row.threshold)}`)];
}
