// Where the results come from, what the page leaves out, and how to compute one of them again.
import { choice } from "./address.js";
import { byId, fill, make, termList } from "./elements.js";
import { plainName } from "./wording.js";

export function drawProvenance(study) {
  const { facts } = study;
  const { config } = facts;
  const whole = config.merge.estimates ? `${facts.tables}/results.parquet` : `${facts.folder}/evaluations`;
  fill("provenance",
    make("h3", {}, "Compute one cell again by hand"),
    make("p", {}, "Into a folder of its own, from the same seed; the numbers are the same."),
    make("pre", { id: "reproduce", tabindex: "0" }),
    make("h3", {}, "What this page leaves out"),
    make("p", { id: "left-out" }, facts.left_out.length
      ? `To stay small it does not hold ${facts.left_out.join("; ")}. All of it is in ${whole} and the tables in ${facts.tables}. Packed lists are rounded to single precision; tables are not.`
      : `Nothing of its tables. ${whole} has every evaluation.`),
    make("h3", {}, "Configuration"),
    termList("facts", Object.entries(config).map(([key, value]) => [plainName(key), plainValue(value)])),
    ...manifestParts(facts.manifest),
  );
}

/** The command for the chosen cell. */
export function updateProvenance(study) {
  const { folder } = study.facts;
  const found = study.configuration(choice.cell);
  byId("reproduce").textContent = found ? [
    `tiltyard prepare --config ${folder}/study.json --results ${folder}-by-hand`,
    `tiltyard evaluate ${found.configuration} --config ${folder}/study.json --results ${folder}-by-hand`,
  ].join("\n") : "This cell has not been evaluated.";
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
