// Which estimators are drawn: those that the reader picked, or three that the page proposes.
import { choice } from "./address.js";

/** Rows of the chosen cell that are drawn. */
export function shownPicks(study) {
  const rows = new Map(study.rows(choice).map((row) => [row.key, row]));
  if (choice.pick.length) return choice.pick.map((key) => rows.get(key)).filter(Boolean);
  return proposed(study.contestants(choice));
}

/** The best estimator, and the best ones of two other families. */
function proposed(best) {
  const found = [];
  for (const row of best) {
    if (found.length < 3 && !found.some((other) => other.family === row.family)) found.push(row);
  }
  return found;
}
