// Reads the study, then draws what the address asks for.
import { choice, change, follow, readAddress, writeAddress } from "./address.js";
import { drawAnswer } from "./answer.js";
import { drawChooser, updateChooser } from "./chooser.js";
import { drawCost, prepareCost } from "./cost.js";
import { drawCurves } from "./curves.js";
import { byId } from "./elements.js";
import { drawFilters, updateFilters } from "./filters.js";
import { drawHeatmap, prepareHeatmap } from "./heatmap.js";
import { drawMethods, prepareMethods } from "./methods.js";
import { drawNoise, prepareNoise } from "./noise.js";
import { isDark } from "./plotting.js";
import { drawProvenance, updateProvenance } from "./provenance.js";
import { drawRanks, prepareRanks } from "./ranks.js";
import { drawReach, prepareReach } from "./reach.js";
import { drawRecords } from "./records.js";
import { listenForSaving } from "./saving.js";
import { readStudy } from "./study.js";
import { count, listing, plainName } from "./wording.js";

const DRAWN = [drawAnswer, drawCurves, drawMethods, drawHeatmap, drawNoise, drawReach, drawCost, drawRanks, updateProvenance];
const PREPARED = [drawChooser, drawFilters, prepareMethods, prepareHeatmap, prepareNoise, prepareReach, prepareCost, prepareRanks, drawRecords, drawProvenance];

function drawHead({ facts, axes, ranks }) {
  const config = facts.study;
  byId("study-title").textContent = `Which estimator recovers derivatives? Study “${plainName(config.study)}”`;
  byId("study-line").textContent = `${count(axes.signal.length, "signal")} (${listing(axes.signal.map(plainName), 4)}), ${count(axes.noise_level.length, "noise level")}, ${count(config.trials, "trial")} a cell, orders ${axes.order[0]} to ${axes.order.at(-1)}, ${count(ranks.size, "competing estimator")}${config.julia ? "" : "; Julia's estimators are switched off"}.`;
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
  const drawAll = () => {
    updateChooser();
    updateFilters();
    DRAWN.forEach((draw) => draw(study));
  };
  readAddress(study.axes);
  drawHead(study);
  PREPARED.forEach((prepare) => prepare(study));
  listenForSaving();
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
    readAddress(study.axes);
    drawAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { nameTheme(); change({}); });
  document.documentElement.dataset.ready = choice.signal;
}

start().catch((error) => {
  byId("study-line").textContent = `The page could not be drawn: ${error.message}`;
  throw error;
});
