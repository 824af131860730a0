// What the reader chose, and its form in the address, so that a view can be sent to somebody.
import { isNumber } from "./wording.js";

const NUMBERS = { samples: "samples", level: "noise_level", order: "order" };
const WORDS = { signal: "signal", noise: "noise_model" };
const LISTS = ["family", "language", "tag", "pick"];
const PLAIN = { who: "ranked", search: "", sort: "median", ranksort: "place", columns: "few", heat: "some" };

export const choice = {};
const followers = [];

/** Calls `draw` after every change of the choice. */
export function follow(draw) {
  followers.push(draw);
}

/** Changes the choice, then the address and all that is drawn. */
export function change(part) {
  Object.assign(choice, part);
  writeAddress();
  followers.forEach((draw) => draw());
}

/** Takes an estimator into the picture, or out of it. */
export function togglePick(key, shown) {
  const drawn = choice.pick.length ? choice.pick : shown;
  change({ pick: drawn.includes(key) ? drawn.filter((other) => other !== key) : [...drawn, key] });
}

/** The view that the page opens with: a noise level and an order that are neither easy nor lost. */
export function openingChoice(axes) {
  const near = (values, wish) => values.reduce((best, value) =>
    Math.abs(Math.log((value || 1e-12) / wish)) < Math.abs(Math.log((best || 1e-12) / wish)) ? value : best);
  return {
    signal: axes.signal[0],
    samples: axes.samples[0],
    noise_model: axes.noise_model[0],
    noise_level: near(axes.noise_level, 0.01),
    order: axes.order.includes(1) ? 1 : axes.order[0],
    ...PLAIN,
    ...Object.fromEntries(LISTS.map((name) => [name, []])),
  };
}

/** Sets the choice from the address; what it does not say, or says wrongly, is as on opening. */
export function readAddress(axes) {
  const said = new URLSearchParams(location.hash.slice(1));
  Object.assign(choice, openingChoice(axes));
  for (const [name, axis] of Object.entries({ ...NUMBERS, ...WORDS })) {
    const value = name in NUMBERS ? Number(said.get(name)) : said.get(name);
    if (said.has(name) && axes[axis].includes(value)) choice[axis] = value;
  }
  for (const name of LISTS) choice[name] = said.getAll(name);
  for (const name of Object.keys(PLAIN)) choice[name] = said.get(name) ?? PLAIN[name];
}

/** Writes the choice to the address; what is as on opening is left out, but never the cell. */
export function writeAddress() {
  const said = new URLSearchParams();
  for (const [name, axis] of Object.entries({ ...WORDS, ...NUMBERS })) {
    const value = choice[axis];
    said.set(name, isNumber(value) ? String(value) : value);
  }
  for (const name of LISTS) choice[name].forEach((value) => said.append(name, value));
  for (const [name, usual] of Object.entries(PLAIN)) {
    if (choice[name] !== usual) said.set(name, choice[name]);
  }
  history.replaceState(null, "", `#${said}`);
}
