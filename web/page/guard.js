/** What can go wrong around a lesson, told in a sentence: storage that keeps nothing, the same lesson in two tabs. */
import { onOtherTab, UNKEPT } from './memory.js';
import { say } from './say.js';

/** @param {import('./notebook.js').Notebook} notebook */
export function setUpGuard(notebook) {
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
