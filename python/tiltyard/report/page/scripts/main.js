// Reads the study, then draws what the address asks for.
import { change, choice, follow, readAddress, writeAddress } from "./address.js";
import { drawAnswer } from "./answer.js";
import { drawChooser, updateChooser } from "./chooser.js";
import { drawCost, prepareCost } from "./cost.js";
import { byId, fill, make } from "./elements.js";
import { drawFilters, updateFilters } from "./filters.js";
import { drawHeatmap, prepareHeatmap } from "./heatmap.js";
import { hintAtScrolling } from "./hints.js";
import { drawLevels, prepareLevels } from "./levels.js";
import { drawMethods, prepareMethods } from "./methods.js";
import { panels } from "./panels.js";
import { drawPicks } from "./picks.js";
import { isDark } from "./plotting.js";
import { drawProvenance, updateProvenance } from "./provenance.js";
import { drawRanks, prepareRanks } from "./ranks.js";
import { drawRecords } from "./records.js";
import { listenForSaving } from "./saving.js";
import { readStudy } from "./study.js";
import { count, listing, plainName, tellLanguages } from "./wording.js";

const PREPARED = [drawChooser, drawFilters, prepareMethods, prepareHeatmap, prepareLevels, prepareCost, prepareRanks, drawRecords, drawProvenance];
const DRAWN = [drawAnswer, drawPicks, drawMethods, drawHeatmap, drawLevels, drawCost, drawRanks, updateProvenance];
/** Values of an axis that are listed in the page's head. */
const IN_HEAD = 4;

function drawHead(study) {
  const { facts, words, axes, ranks } = study;
  byId("study-title").textContent = `${words.question} Study “${plainName(facts.name)}”`;
  const parts = axes.map(({ name, noun, values, short }) => (values.length === 1
    ? study.phrase(name, values[0])
    : `${noun} ${listing(short, IN_HEAD)}`));
  const replicates = study.tables.configurations.column(facts.replicate);
  parts.push(`${count(new Set(replicates).size, words.replicate)} a cell`, count(ranks.size, `competing ${words.method}`));
  byId("study-line").textContent = `${[parts.join("; "), ...facts.notes].join("; ")}.`;
  const banner = byId("coverage");
  banner.hidden = facts.merged === facts.expected;
  banner.textContent = `This study is not finished: ${facts.merged} of ${facts.expected} configurations are evaluated (${Math.floor((100 * facts.merged) / facts.expected)} %). All numbers below are of those alone. Missing: ${listing(facts.missing, 4, facts.expected - facts.merged)}.`;
  byId("footer").textContent = `Made by Tiltyard from ${facts.folder}. One file, no network. The address holds the view: copy it to send what you see.`;
}

function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
  change({});
}

const nameTheme = () => { byId("theme").textContent = isDark() ? "Light" : "Dark"; };

async function start() {
  const study = await readStudy();
  const prepared = [...PREPARED, ...panels.map(({ prepare }) => prepare)].filter(Boolean);
  const drawn = [...DRAWN, ...panels.map(({ draw }) => draw)].filter(Boolean);
  const drawAll = () => {
    updateChooser(study);
    updateFilters(study);
    drawn.forEach((draw) => draw(study));
  };
  readAddress(study);
  tellLanguages(study.words.languages);
  drawHead(study);
  fill("warnings", panels.flatMap(({ warnings }) => warnings?.(study) ?? []).map((text) => make("p", { class: "banner" }, text)));
  prepared.forEach((prepare) => prepare(study));
  listenForSaving();
  hintAtScrolling();
  follow(drawAll);
  drawAll();
  writeAddress();
  nameTheme();
  byId("theme").addEventListener("click", switchTheme);
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault(); // the address holds the view
    byId("answer-title").focus();
  });
  window.addEventListener("hashchange", () => {
    readAddress(study);
    drawAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { nameTheme(); change({}); });
  document.documentElement.dataset.ready = JSON.stringify(choice.cell);
}

start().catch((error) => {
  byId("study-line").textContent = `The page could not be drawn: ${error.message}`;
  throw error;
});
