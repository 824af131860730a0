// Sections that the kind of study adds to the page.

export const panels = [];

/**
 * Adds a panel. All of it is optional: `prepare(study)` is called once, `draw(study)` after every
 * change of the choice; `answer(study)` gives pairs for the answer's list of figures; `headline(study)`
 * and `details(study)` give elements for the answer in place of the page's own headline, and of its own
 * words on spread and ties, if any; `warnings(study)` gives texts for the head of the page.
 */
export function addPanel(panel) {
  panels.push(panel);
}
