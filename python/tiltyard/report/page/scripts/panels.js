// Sections that the kind of study adds to the page.

export const panels = [];

/**
 * Adds a panel. All of it is optional: `prepare(study)` is called once, `draw(study)` after every
 * change of the choice; `answer(study)` gives pairs for the answer's list of figures; `details(study)`
 * gives elements for the answer in place of the page's own words on spread and ties; `warnings(study)`
 * gives texts for the head of the page.
 */
export function addPanel(panel) {
  panels.push(panel);
}
