// Sections that the kind of study adds to the page.

export const panels = [];

/**
 * Adds a panel. All of it is optional: `prepare(study)` is called once, `draw(study)` after every
 * change of the choice; `answer(study)` gives pairs for the answer's list of figures.
 */
export function addPanel(panel) {
  panels.push(panel);
}
