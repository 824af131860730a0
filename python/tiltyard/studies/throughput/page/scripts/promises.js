// What others promise, held against what was measured, over the whole study.
import { goTo } from "./address.js";
import { badge, byId, make } from "./elements.js";
import { addPanel } from "./panels.js";
import { plainNumber, withInterval, withMachine } from "./measured_rows.js";
import { offer, recordRows } from "./saving.js";
import { drawTable } from "./sorting.js";
import { count, listing } from "./wording.js";

addPanel({ prepare });

const LOOKS = { holds: "", "does not hold": "warn", "not testable here": "plain" };

function prepare(study) {
  const rows = study.tables.claims.records();
  offer("promises", () => [`${study.facts.name}-claims.csv`, ...recordRows(rows, study.tables.claims.names)]);
  if (!rows.length) {
    byId("promises-lead").textContent = "Nobody promises anything of this work that is known here.";
    return;
  }
  const counts = Object.keys(LOOKS).map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]).filter(([, number]) => number);
  byId("promises-lead").textContent = `${count(rows.length, "row")}, one for each promise and workload that it is about: ${listing(counts.map(([verdict, number]) => `“${verdict}” ${number}`))}. A promise about more workers than there were cores is not judged: the serial fraction that was measured says whether it is contradicted, or compatible and untested. Each row is of one machine.`;
  drawTable(byId("promises"), {
    caption: "Promises and measurements; press a workload to go there",
    columns: withMachine(rows, [
      { name: "number", label: "No.", head: true },
      { name: "sentence", label: "Promise", words: true, show: (row) => make("span", {}, row.sentence, make("span", { class: "small" }, ` ${row.source}`)) },
      { name: "workload", label: "Workload", show: (row) => (row.workload ? make("button", { type: "button", class: "link", onclick: () => goTo({ workload: row.workload }) }, row.workload) : null) },
      { name: "promised", label: "Promised" },
      { name: "measured", label: "Measured", number: true, show: (row) => (row.unit ? `${withInterval(row, "measured", row.unit.endsWith("/s") ? plainNumber : undefined)} ${row.unit}` : null) },
      { name: "strategy", label: "By", show: (row) => [row.strategy, row.base && `to ${row.base}`].filter(Boolean).join(" ") || null },
      { name: "verdict", label: "Verdict", show: (row) => badge(row.verdict, LOOKS[row.verdict]) },
      { name: "outlook", label: "Serial fraction says", words: true, show: (row) => outlookWords(row) },
      { name: "reason", label: "Because", words: true },
    ]),
    rows: rows.map((row, place) => ({ ...row, key: String(place) })),
  });
}

function outlookWords(row) {
  if (!row.outlook) return null;
  return `${row.outlook} (allowed ${row.allows}, measured ${withInterval(row, "serial_fraction")})`;
}
