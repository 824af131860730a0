// Making elements, without any markup from data.

/** An element with attributes and children; a function as attribute `onclick` is a listener. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function fill(id, ...children) {
  byId(id).replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

/** A list of terms and what they mean; pairs without a meaning are left out. */
export function termList(name, pairs) {
  const shown = pairs.filter(([, meaning]) => meaning !== null && meaning !== undefined && meaning !== "");
  return make("dl", { class: name }, shown.map(([term, ...meaning]) =>
    make("div", {}, make("dt", {}, term), make("dd", {}, ...meaning))));
}

/** A name that may be broken after its underscores. */
export function breakable(name) {
  const parts = name.split("_");
  return parts.flatMap((part, index) => (index < parts.length - 1 ? [`${part}_`, make("wbr")] : [part]));
}

export function badge(text, kind = "") {
  return make("span", { class: `badge ${kind}`.trim() }, text);
}
