// Tables that are wider than the window say so, and fade at the side where they go on.
import { make } from "./elements.js";

/** Watches every table's box that is in the page now. */
export function hintAtScrolling() {
  const watcher = new ResizeObserver((entries) => entries.forEach(({ target }) => update(target.closest(".tablebox"))));
  for (const box of document.querySelectorAll(".tablebox")) {
    box.before(make("p", { class: "hint", hidden: true }, "Wider than the window: scroll the table sideways →"));
    box.addEventListener("scroll", () => update(box), { passive: true });
    watcher.observe(box);
    // What is drawn into it later is watched too.
    new MutationObserver(() => {
      for (const table of box.children) watcher.observe(table);
      update(box);
    }).observe(box, { childList: true });
    for (const table of box.children) watcher.observe(table);
  }
}

function update(box) {
  if (!box) return;
  const cut = box.scrollWidth > box.clientWidth + 1;
  box.previousElementSibling.hidden = !cut;
  box.classList.toggle("goes-on", cut && box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
}
