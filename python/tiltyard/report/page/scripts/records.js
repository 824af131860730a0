// Failures and alarms, as they were recorded.
import { byId, make } from "./elements.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { methodKey } from "./study.js";
import { count, label, languageName, listing, one, plainName, plural, toldColumns } from "./wording.js";

const failureColumns = ({ words, facts }) => toldColumns([
  { name: "method", label: label(words.method), head: true },
  { name: "language", label: "Language", show: (row) => languageName(row.language) },
  { name: "status", label: "Status", show: (row) => plainName(row.status) },
  { name: "message", label: "Message", words: true },
  ...facts.within.map((name) => ({ name: `${name}s`, label: label(`${name}s`) })),
  { name: "configurations", label: "Configurations", number: true },
  { name: "rows", label: "Rows", number: true },
]);
const alarmColumns = ({ words }) => toldColumns([
  { name: "kind", label: "Kind", head: true, show: (row) => make("span", { style: "white-space: nowrap" }, row.kind) },
  { name: "method", label: label(words.method) },
  { name: "language", label: "Language" },
  { name: "where", label: "Where", words: true },
  { name: "message", label: "What was seen", words: true },
]);

export function drawRecords(study) {
  const { facts, words } = study;
  const failures = study.tables.failures.records();
  const refusals = failures.filter((row) => row.status === "unsupported");
  const refused = new Set(refusals.map(methodKey)).size;
  byId("failures-lead").textContent = failures.length
    ? `That ${one(words.method)} fails is a result: it is counted in the column “Solved”, and ranked last. ${failures.length === refusals.length ? "Here nothing failed" : `${count(failures.length - refusals.length, "reason")} for a failure`}${refused ? `; ${count(refused, words.method)} ${refused === 1 ? "does" : "do"} not offer every row` : ""}.`
    : `Every ${words.method} gave a result everywhere.`;
  const rank = (row) => (row.status === "unsupported" ? 1 : 0);
  const rows = [...failures].sort((a, b) => rank(a) - rank(b));
  if (rows.length) drawTable(byId("failures"), { caption: "Reasons for missing results", columns: failureColumns(study), rows });
  offer("failures", () => [`${facts.name}-failures.csv`, ...recordRows(failures, study.tables.failures.names)]);

  const alarms = study.tables.alarms.records();
  byId("alarms-lead").textContent = alarms.length
    ? `${count(alarms.length, "alarm")}: what looks wrong in these results, and is shown rather than hidden.`
    : `None. Looked for were: ${listing([`${plural(words.method)} with identical ${words.score}`, ...words.alarms])}.`;
  if (alarms.length) drawTable(byId("alarms"), { caption: "Alarms", columns: alarmColumns(study), rows: alarms });
  offer("alarms", () => [`${facts.name}-alarms.csv`, ...recordRows(alarms, study.tables.alarms.names)]);
}
