/** What can go wrong around a lesson, told in a sentence: no kernel, storage that keeps nothing, two tabs at the same. */
import { onOtherTab, SITE, UNKEPT } from '../common/memory.js';
import { say } from '../common/say.js';

/** @typedef {import('../../kernel/protocol.js').Kept} Kept */

/** What became of a model, where that is not what one expects. @type {Record<string, (name: string) => string>} */
const FATES = {
  beside: (name) =>
    `Another tab has kept a model as “${name}” since this page was opened. Yours is kept now, and lessons load it; the other one lies beside it. More, Trained models, lets you choose.`,
  aside: (name) =>
    `Another tab has kept its model as “${name}”, and lessons load that one now. Yours lies beside it. More, Trained models, lets you choose.`,
  full: (name) =>
    `This browser’s storage is full, so the model “${name}” stays only as long as this page is open. Make room under More, Trained models, then run the cell that keeps it once more.`,
  damaged: (name) =>
    `What this browser kept as the model “${name}” is damaged or has weights that are not finite, so the lesson goes on without it. More, Trained models, lets you delete it.`,
  fleeting: (name) =>
    `This browser lets us keep nothing, so the model “${name}” stays only as long as this page is open. A cell with lab.save_file('${name}.safetensors', model.save()) offers it as a file.`,
};

/** Models that are saved by several tabs, or cannot be kept. @param {import('./notebook.js').Notebook} notebook */
function guardModels(notebook) {
  const told = new Set();
  const mine = new Set();
  const tell = (/** @type {string} */ fate, /** @type {string} */ name) => {
    if (!FATES[fate] || told.has(fate + name)) return;
    told.add(fate + name);
    say(FATES[fate](name), { stays: true });
  };
  const tabs = new BroadcastChannel(`noisebook-models ${SITE}`);
  notebook.addEventListener('kept', (event) => {
    const { name, how } = /** @type {CustomEvent<Kept>} */ (event).detail;
    mine.add(name);
    tell(how, name);
    if (how === 'beside') tabs.postMessage(name);
  });
  tabs.onmessage = ({ data }) => {
    if (mine.has(data)) tell('aside', data);
  };
}

/** @param {import('./notebook.js').Notebook} notebook */
export function setUpGuard(notebook) {
  const { kernel } = notebook;
  kernel.addEventListener('state', () => {
    if (kernel.state === 'failed') say(kernel.reason, { stays: true });
  });
  let told = false;
  document.addEventListener(UNKEPT, () => {
    if (told) return;
    told = true;
    say(
      'This browser’s storage is full or closed, so your edits are not kept here. Before you leave, take them with you: More, Download the notebook.',
    );
  });
  guardModels(notebook);
  onOtherTab((key, value) => {
    for (const cell of notebook.cells) if (cell.key === key) cell.changedElsewhere(value);
  });
}
