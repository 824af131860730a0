// Figures by Plotly, in the page's colours; each is drawn when it comes into sight.
import { readBlock } from "./packed.js";
import { byId } from "./elements.js";
import { figure } from "./wording.js";

// Okabe and Ito's colours and others that colour-blind readers tell apart too (a test measures it),
// for a light and a dark ground: on neither is the contrast below 3 : 1.
const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#332288", "#5b3a00", "#882255"];
const DARK = ["#56b4e9", "#ff8c42", "#009e73", "#e6a3c8", "#f7e58c", "#8866ee", "#b06a3a"];
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down"];

let library;
const waiting = new Map();
const inSight = new Set();
let watcher;

/** Plotly, which is unpacked when the first figure needs it. */
function plotly() {
  // From an address, unlike from text, it is compiled beside the page's own thread.
  library ??= readBlock("plotly").then((code) => new Promise((resolve, reject) => {
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const script = document.createElement("script");
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("Plotly could not be started"));
    script.src = address;
    document.head.append(script);
  }));
  return library;
}

export const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark";

/** How the series of number `index` looks: colour, dash and symbol all say the same. */
export function look(index) {
  const place = index % LIGHT.length;
  return { color: (isDark() ? DARK : LIGHT)[place], dash: DASHES[place], symbol: SYMBOLS[place] };
}

export function tone(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** `color` as #rrggbb with an opacity. */
export function faint(color, opacity) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
  return `rgba(${red},${green},${blue},${opacity})`;
}

/**
 * Draws the figure `id` when it is in sight: `describe` gives `traces`, `layout`, `label` (the
 * figure in words) and `onclick` (called with the data of the point), or a promise of them.
 */
export function drawFigure(id, describe) {
  watcher ??= new IntersectionObserver(whenSeen, { rootMargin: "200px" });
  waiting.set(id, describe);
  watcher.observe(byId(id));
  if (inSight.has(id)) drawNow(id);
}

function whenSeen(entries) {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inSight.add(target.id);
    else inSight.delete(target.id);
    if (isIntersecting) drawNow(target.id);
  }
}

async function drawNow(id) {
  const describe = waiting.get(id);
  if (!describe) return;
  waiting.delete(id);
  const [Plotly, drawing] = await Promise.all([plotly(), describe()]);
  if (waiting.has(id) || !drawing) return;
  const box = byId(id);
  box.setAttribute("aria-label", drawing.label);
  await Plotly.react(box, drawing.traces, themed(drawing.layout, box), {
    responsive: true, displaylogo: false, displayModeBar: false, scrollZoom: false,
  });
  box.removeAllListeners?.("plotly_click");
  if (drawing.onclick) box.on("plotly_click", (event) => drawing.onclick(event.points[0].customdata));
  box.dataset.drawn = String(Number(box.dataset.drawn ?? 0) + 1);
}

const AXIS = { zeroline: false, ticks: "outside", ticklen: 4, automargin: true };

function themed(layout, box) {
  const line = tone("line");
  const narrow = box.clientWidth < 640;
  const font = { family: tone("sans"), size: narrow ? 11 : 13, color: tone("ink") };
  const axes = Object.fromEntries(Object.entries(layout)
    .filter(([name]) => /^[xy]axis/.test(name))
    .map(([name, axis]) => [name, { ...AXIS, gridcolor: line, linecolor: line, tickcolor: line, ...axis }]));
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font,
    margin: { l: narrow ? 48 : 64, r: 12, t: 12, b: 48 },
    hoverlabel: { bgcolor: tone("card"), bordercolor: line, font: { ...font, size: 12 } },
    showlegend: false, dragmode: narrow ? false : "zoom", ...layout, ...axes,
  };
}

/** Values whose largest is not this multiple of the least have ticks between the powers of ten. */
const NARROW = 30;
/** Ticks of a decade, the fewer first, and how many are enough. */
const [TICKS, ENOUGH] = [[[1, 2, 5], [1, 2, 3, 5, 7], [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]], 3];

/** A logarithmic axis of `values` with ticks at the powers of ten, and between them if they are few. */
export function powers(values) {
  const seen = values.filter((value) => value > 0);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  if (!(high < NARROW * low)) return { type: "log", dtick: 1, exponentformat: "power" };
  const decades = [-1, 0, 1, 2].map((place) => 10 ** (Math.floor(Math.log10(low)) + place));
  const ticks = TICKS.map((steps) => decades.flatMap((decade) => steps.map((step) => step * decade)));
  const chosen = ticks.find((all) => all.filter((tick) => tick >= low && tick <= high).length >= ENOUGH) ?? ticks.at(-1);
  return { type: "log", tickvals: chosen, ticktext: chosen.map((tick) => figure(tick, 2)) };
}
