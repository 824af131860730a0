// What the reader chose, and its form in the address, so that a view can be sent to somebody.

const LISTS = ["family", "language", "tag", "pick"];
const PLAIN = { who: "ranked", search: "", sort: "median", ranksort: "place", columns: "few", heat: "some" };
const TAKEN = new Set([...LISTS, ...Object.keys(PLAIN)]);

/** Keeps a further part of the choice in the address: `name`, and its value on opening. */
export function hold(name, usual) {
  PLAIN[name] = usual;
  TAKEN.add(name);
}

/** `cell` has a value for each axis; the rest is how it is shown. */
export const choice = { cell: {} };
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

/** Goes to another cell; axes that `part` does not have stay. */
export function goTo(part) {
  change({ cell: { ...choice.cell, ...part } });
}

/** Takes a method into the picture, or out of it. */
export function togglePick(key, shown) {
  const drawn = choice.pick.length ? choice.pick : shown;
  change({ pick: drawn.includes(key) ? drawn.filter((other) => other !== key) : [...drawn, key] });
}

/** The cell that the page opens with: as the kind of study wishes, or the nearest to that. */
export function openingCell(study) {
  const far = (value, wish) => (typeof wish === "number"
    ? Math.abs(Math.log((value || 1e-12) / (wish || 1e-12)))
    : Number(value !== wish));
  return Object.fromEntries(study.axes.map(({ name, values }) => {
    const wish = study.facts.opening[name];
    if (wish === undefined) return [name, values[0]];
    return [name, values.reduce((best, value) => (far(value, wish) < far(best, wish) ? value : best))];
  }));
}

/** Name of an axis in the address. */
const said = ({ name }) => (TAKEN.has(name) ? `cell-${name}` : name);

/** Sets the choice from the address; what it does not say, or says wrongly, is as on opening. */
export function readAddress(study) {
  const address = new URLSearchParams(location.hash.slice(1));
  const cell = openingCell(study);
  for (const axis of study.axes) {
    const value = axis.values.find((one) => String(one) === address.get(said(axis)));
    if (value !== undefined) cell[axis.name] = value;
  }
  Object.assign(choice, { cell });
  for (const name of LISTS) choice[name] = address.getAll(name);
  for (const name of Object.keys(PLAIN)) choice[name] = address.get(name) ?? PLAIN[name];
}

/** Writes the choice to the address; what is as on opening is left out, but never the cell. */
export function writeAddress() {
  const address = new URLSearchParams();
  for (const [name, value] of Object.entries(choice.cell)) address.set(said({ name }), String(value));
  for (const name of LISTS) choice[name].forEach((value) => address.append(name, value));
  for (const [name, usual] of Object.entries(PLAIN)) {
    if (choice[name] !== usual) address.set(name, choice[name]);
  }
  history.replaceState(null, "", `#${address}`);
}
