// Where the results come from, what the page leaves out, and how to compute one of them again.
import { choice } from "./address.js";
import { byId, fill, make, termList } from "./elements.js";
import { plainName } from "./wording.js";

export function drawProvenance(study) {
  const { facts } = study;
  const config = facts.study;
  const own = facts.signals.map((signal) => [plainName(signal.name), signal.description]);
  const noise = facts.noise_models.map((model) => [plainName(model.name), model.description]);
  const whole = config.merge.estimates ? `${facts.tables}/results.parquet` : `${facts.folder}/evaluations`;
  fill("provenance",
    make("h3", {}, "Compute one cell again by hand"),
    make("p", {}, "Into a folder of its own, from the same seed; the numbers are the same."),
    make("pre", { id: "reproduce", tabindex: "0" }),
    make("h3", {}, "What this page leaves out"),
    make("p", { id: "left-out" }, facts.left_out.length
      ? `To stay small it does not hold ${facts.left_out.join("; ")}. All of it is in ${whole} and the tables in ${facts.tables}. Curves are rounded to single precision; tables are not.`
      : `Nothing: all estimates are here, rounded to single precision. ${whole} has them in double precision.`),
    make("h3", {}, "Signals and noise"),
    termList("facts", [...own, ...noise]),
    make("h3", {}, "Configuration"),
    termList("facts", Object.entries(config).map(([key, value]) => [plainName(key), plainValue(value)])),
    ...manifestParts(facts.manifest),
  );
}

/** The command for the chosen cell. */
export function updateProvenance(study) {
  const { facts } = study;
  const config = facts.study;
  const found = study.configuration(choice);
  byId("reproduce").textContent = found ? [
    `tiltyard evaluate ${found.configuration}`,
    `  --study ${config.study} --seed ${config.seed}`,
    `  --catalogue ${facts.folder}/catalogue.json --orders ${study.axes.order.join(",")}`,
    `  --time-limit ${config.evaluation.time_limit} --memory-limit ${config.evaluation.memory_limit}`,
    `  --results ${facts.folder}-by-hand`,
  ].join(" \\\n") : "This cell has not been evaluated.";
}

function plainValue(value) {
  if (Array.isArray(value)) return value.map(plainValue).join(", ") || "none";
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).map(([key, part]) => `${plainName(key)}: ${plainValue(part)}`).join("; ") || "none";
}

/** The manifest, whatever it has: short entries first, long ones folded. */
function manifestParts(manifest) {
  const entries = Object.entries(manifest ?? {});
  if (!entries.length) {
    return [make("p", { class: "note" }, "This study has no manifest yet: versions, machine and digests are not known to the page.")];
  }
  const simple = entries.filter(([, value]) => typeof value !== "object" || value === null);
  const folded = entries.filter(([, value]) => typeof value === "object" && value !== null);
  return [
    make("h3", {}, "Manifest"),
    termList("facts", simple.map(([key, value]) => [plainName(key), String(value)])),
    ...folded.map(([key, value]) => make("details", {}, make("summary", {}, plainName(key)), nested(value))),
  ];
}

function nested(value) {
  if (typeof value !== "object" || value === null) return make("span", {}, String(value));
  return termList("facts", Object.entries(value).map(([key, part]) => [key, nested(part)]));
}
