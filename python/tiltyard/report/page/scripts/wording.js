// Numbers and names as the page writes them.

const SUPERSCRIPT = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** A blank at which no line ends. */
const HARD = "\u00a0";

export const isNumber = (value) => typeof value === "number" && !Number.isNaN(value);

/** Three digits; powers of ten where a plain number would be long. */
export function figure(value, digits = 3) {
  if (!isNumber(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return minus(Number(value.toPrecision(digits)).toString());
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const plain = Number(mantissa).toString();
  const power = `10${superscript(Number(exponent))}`;
  return minus(plain === "1" ? power : `${plain} × ${power}`);
}

const minus = (text) => text.replace("-", "−");
const superscript = (number) => [...String(number)].map((c) => SUPERSCRIPT[c]).join("");

export const percent = (value) => (isNumber(value) ? `${figure(100 * value, 2)}${HARD}%` : "–");

export function seconds(value) {
  if (!isNumber(value)) return "–";
  return value < 1 ? `${figure(1000 * value, 2)}${HARD}ms` : `${figure(value, 2)}${HARD}s`;
}

export const plainName = (name) => String(name).replaceAll("_", " ");
/** With a capital, unless capitals follow, as in kWh. */
const capital = (text) => (/^.[A-Z]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));

/** A name as a heading. */
export const label = (name) => capital(plainName(name));

/** A noun with its article; of letters that are spelled, as in mAh, the first counts. */
export const one = (noun) => `${/^([aeiou]|[fhlmnrsx]([A-Z]|$))/.test(noun) ? "an" : "a"} ${noun}`;

export function plural(noun) {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return `${noun}${/(s|x|z|ch|sh)$/.test(noun) ? "es" : "s"}`;
}

/** A value in its unit: "%" of a share, "s" of seconds, or none. */
export const measured = (value, unit) => ({ "%": percent, s: seconds }[unit] ?? figure)(value);

export const languageName = (name) => capital(name);

let languagesAreTold = true;
/** Says once whether readers are told in which language a method is written. */
export function tellLanguages(told) {
  languagesAreTold = told;
}
/** The language of a method in brackets; nothing where it is not told. */
export const inLanguage = (row) => (languagesAreTold ? ` (${languageName(row.language)})` : "");
export const methodName = (row) => `${row.method}${inLanguage(row)}`;
/** `columns` without that of the language where it is not told. */
export const toldColumns = (columns) => columns.filter(({ name }) => languagesAreTold || name !== "language");

export function count(number, noun) {
  return `${number.toLocaleString("en").replace(",", " ")} ${number === 1 ? noun : plural(noun)}`;
}

/** "a, b and c"; more than `most` are counted. `all`: their number, if these are only the first. */
export function listing(words, most = Infinity, all = words.length) {
  if (all > most) return `${words.slice(0, most).join(", ")} and ${all - Math.min(most, words.length)} more`;
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
