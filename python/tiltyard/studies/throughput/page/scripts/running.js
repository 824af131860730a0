// What to run on the chosen workload, in sentences, and what every strategy takes.
import { change, choice, hold } from "./address.js";
import { badge, byId, make } from "./elements.js";
import { passes } from "./filters.js";
import { filtered, machinesOf, measuredColumn, percentText, plainNumber, rowsOf, secondsText, withMachine } from "./measured_rows.js";
import { addPanel } from "./panels.js";
import { showOnly } from "./picks.js";
import { offer, recordRows } from "./saving.js";
import { drawTable, sorted } from "./sorting.js";
import { count, figure, isNumber, listing, percent, plainName } from "./wording.js";

hold("costsort", "cpu_seconds");
addPanel({ prepare, draw, headline, details, warnings, answer });

/** The fastest and the cheapest strategy on the chosen workload, where they are known. */
function headline(study) {
  const [cheap, fast] = ["cheapest", "fastest"].map((question) => study.tables.answers.records()
    .find((row) => row.workload === choice.cell.workload && row.question === question && row.strategy));
  if (!cheap) return null;
  const strong = (text) => make("strong", {}, text);
  const cpu = `${figure(cheap.value)} CPU seconds`;
  if (!fast) return ["For ", choice.cell.workload, ", the cheapest is ", strong(cheap.strategy), ": ", strong(cpu), "; wall times do not count."];
  const wall = `${figure(fast.value)} s`;
  if (fast.strategy === cheap.strategy) return ["For ", choice.cell.workload, ", run ", strong(fast.strategy), ": expect ", strong(wall), " and ", strong(cpu), "."];
  return ["For ", choice.cell.workload, ", ", strong(fast.strategy), " is fastest, with ", strong(wall), ", and ", strong(cheap.strategy), " cheapest, with ", strong(cpu), "."];
}

/** Disturbed rounds, and rounds of several machines, for the head of the page. */
function warnings(study) {
  const rounds = study.tables.stability.records();
  const counted = rounds.filter((row) => row.counted === true);
  const disturbed = counted.filter((row) => row.disturbed === true);
  const dropped = counted.reduce((sum, row) => sum + (row.wall_dropped ?? 0), 0);
  const said = [...new Set(rounds.flatMap((row) => (row.words ?? "").split("; ")).filter(Boolean))];
  const texts = [];
  if (disturbed.length) texts.push(`${disturbed.length} of ${count(counted.length, "round")} that count ${disturbed.length === 1 ? "was" : "were"} disturbed: others took over a tenth of the cores’ time. Trust ratios and CPU times more than wall times.`);
  if (dropped) texts.push(`Wall times of ${count(dropped, "launch")} are left out, for they waited for cores that others used.`);
  const machine = said.filter((words) => !/^(other programs|the machine’s host|the machine's host|does not count)/.test(words));
  if (machine.length) texts.push(`The machine, and what was seen of launches: ${listing(machine, 6)}.`);
  const machines = machinesOf(rounds);
  if (machines.length > 1) texts.push(`Measured on ${machines.length} machines: each has rows of its own, and no ratio is taken between them.`);
  return texts;
}

/** The five sentences in place of the page's own words on ties, which know no noise floor. */
function details(study) {
  const rows = study.tables.answers.records().filter((row) => row.workload === choice.cell.workload);
  const machines = machinesOf(rows);
  return machines.flatMap((machine) => [
    ...(machines.length > 1 ? [make("h3", {}, `On machine ${machine}`)] : []),
    make("ul", { class: "sentences", "aria-label": "What to run" },
      rows.filter((row) => row.machine === machine).map((row) => make("li", { "data-question": row.question }, row.sentence))),
  ]);
}

/** Share of the limit and rate of the cheapest, for the answer's list. */
function answer(study) {
  const [first] = rowsOf(study, "answers").filter((row) => row.question === "cheapest" && row.strategy);
  const row = first && rowsOf(study, "costs").find((one) => one.strategy === first.strategy && one.machine === first.machine);
  if (!row) return [];
  const small = (text) => make("small", {}, text);
  return [
    ["Share of the limit", isNumber(row.limit_share) ? percent(row.limit_share) : null, small(`of its CPU time is what ${row.limit} takes alone`)],
    [`${plainName(row.unit)} a CPU second`, isNumber(row.units_per_cpu_second) ? plainNumber(row.units_per_cpu_second) : null, small(`${row.strategy}, ${choice.cell.workload}`)],
  ];
}

const columns = (rows) => withMachine(rows, [
  { name: "strategy", label: "Strategy", head: true, show: (row) => named(row) },
  { name: "workers", label: "Workers", number: true },
  measuredColumn("cpu_seconds", "CPU time", secondsText),
  measuredColumn("wall_seconds", "Wall time", secondsText),
  measuredColumn("cpu_ratio", "CPU ÷ base’s"),
  { name: "differs", label: "Really?", show: (row) => ({ more: "dearer", less: "cheaper" }[row.differs] ?? row.differs) },
  { name: "units_per_second", label: `${unitOf(rows)}/s`, number: true, show: (row) => plainNumber(row.units_per_second) },
  measuredColumn("limit_share", "Share of limit", percentText),
  { name: "memory_mb", label: "Memory [MB]", number: true, show: (row) => (isNumber(row.memory_mb) ? `${row.memory_at_least === true ? "≥ " : ""}${figure(row.memory_mb)}` : "–") },
  { name: "warm_cpu_seconds", label: "CPU without start-up", number: true, show: (row) => secondsText(row.warm_cpu_seconds) },
  { name: "ok", label: "Launches", number: true, show: (row) => `${row.ok} of ${row.launches}` },
  { name: "words", label: "To know", words: true, show: (row) => [row.statuses, row.words].filter(Boolean).join("; ") || null },
]);

const unitOf = (rows) => rows.find((row) => row.unit)?.unit ?? "units";

function named(row) {
  const tag = ["again", "limit", "reference", "peer"].find((one) => (row.tags ?? "").split(",").includes(one));
  const apart = isNumber(row.cores) && row.workers > row.cores;
  return make("span", {},
    make("button", { type: "button", class: "link", "data-pick": row.key, onclick: () => showOnly(row.key) }, row.strategy), " ",
    row.differs === "base" ? badge("base") : null, tag ? badge(tag, "plain") : null,
    apart ? badge("more workers than cores", "warn") : null,
    row.ok < row.launches ? badge(row.statuses || "failed", "warn") : null);
}

const chosen = (study) => {
  const rows = filtered(study, rowsOf(study, "costs"), passes);
  return sorted(rows, columns(rows), choice.costsort);
};

function prepare(study) {
  offer("running", () => [`${study.fileName(choice.cell, ["stage"])}-costs.csv`, ...recordRows(chosen(study), study.tables.costs.names)]);
}

function draw(study) {
  const all = rowsOf(study, "costs");
  const rows = chosen(study);
  const [base] = all.filter((row) => row.base);
  const work = all.find((row) => isNumber(row.units));
  byId("running-lead").textContent = [
    `${choice.cell.workload}${work ? `: ${work.units.toLocaleString("en")} ${work.unit}` : ""}. Medians over the rounds with 95 % intervals in brackets; no launch is left out as an outlier.`,
    base ? `Ratios are taken within rounds, to ${base.base}; “cannot tell” is a difference within the noise floor${isNumber(base.noise_floor) ? ` (${percent(base.noise_floor)})` : ""}.` : "",
  ].filter(Boolean).join(" ");
  byId("running-count").textContent = `${count(rows.length, "row")} of ${all.length}; the filters of the table below hold here too.`;
  drawTable(byId("running"), {
    caption: `What each strategy takes on ${choice.cell.workload}; press a name to see it alone in the pictures`,
    columns: columns(rows), rows, sort: choice.costsort, onsort: (costsort) => change({ costsort }),
    rowclass: (row) => ((row.tags ?? "") ? "unranked" : null),
  });
}
