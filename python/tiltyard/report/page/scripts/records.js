// Failures and alarms, as they were recorded.
import { byId, make } from "./elements.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { methodKey } from "./study.js";
import { count, languageName } from "./wording.js";

const FAILURES = [
  { name: "method", label: "Estimator", head: true },
  { name: "language", label: "Language", show: (row) => languageName(row.language) },
  { name: "status", label: "Status", show: (row) => row.status.replace("_", " ") },
  { name: "message", label: "Message", words: true },
  { name: "orders", label: "Orders" },
  { name: "configurations", label: "Configurations", number: true },
  { name: "rows", label: "Rows", number: true },
];
const ALARMS = [
  { name: "kind", label: "Kind", head: true, show: (row) => make("span", { style: "white-space: nowrap" }, row.kind) },
  { name: "method", label: "Estimator" },
  { name: "language", label: "Language" },
  { name: "where", label: "Where", words: true },
  { name: "message", label: "What was seen", words: true },
];

export function drawRecords(study) {
  const failures = study.tables.failures.records();
  const refusals = failures.filter((row) => row.status === "unsupported");
  const refused = new Set(refusals.map(methodKey)).size;
  byId("failures-lead").textContent = failures.length
    ? `An estimator's failure is a result: it is counted in the column “Solved”, and ranked last. ${failures.length === refusals.length ? "Here nothing failed" : `${count(failures.length - refusals.length, "reason")} for a failure`}; ${count(refused, "method")} ${refused === 1 ? "does" : "do"} not offer every order.`
    : "Every estimator gave a result everywhere.";
  const rank = (row) => (row.status === "unsupported" ? 1 : 0);
  const rows = [...failures].sort((a, b) => rank(a) - rank(b));
  if (rows.length) drawTable(byId("failures"), { caption: "Reasons for missing results", columns: FAILURES, rows });
  offer("failures", () => [`${study.facts.study.study}-failures.csv`, ...recordRows(failures, study.tables.failures.names)]);

  const alarms = study.tables.alarms.records();
  byId("alarms-lead").textContent = alarms.length
    ? `${count(alarms.length, "alarm")}: what looks wrong in these results, and is shown rather than hidden.`
    : "None. Looked for were: estimators with identical errors, estimates that are constant or a step function, errors that do not fall with the noise, and exact derivatives that fail their audit.";
  if (alarms.length) drawTable(byId("alarms"), { caption: "Alarms", columns: ALARMS, rows: alarms });
  offer("alarms", () => [`${study.facts.study.study}-alarms.csv`, ...recordRows(alarms, study.tables.alarms.names)]);
}
