// What the study's signals and noise models are.
import { fill, termList } from "./elements.js";
import { addPanel } from "./panels.js";
import { plainName } from "./wording.js";

addPanel({
  prepare({ facts }) {
    const { signals, noise_models: models } = facts.kind;
    fill("signals", termList("facts", [...signals, ...models].map(({ name, description }) => [plainName(name), description])));
  },
});
