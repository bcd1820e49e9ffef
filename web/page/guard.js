/** What can go wrong around a lesson, told in a sentence: no kernel, storage that keeps nothing, the lesson in two tabs. */
import { onOtherTab, UNKEPT } from './memory.js';
import { say } from './say.js';

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
  onOtherTab((key, value) => {
    for (const cell of notebook.cells) if (cell.key === key) cell.changedElsewhere(value);
  });
}
