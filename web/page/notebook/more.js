/** What the page's menu has: what can be taken away from a lesson. Loaded when it first opens. */

import { downloadNotebook, pythonLink } from '../common/save.js';
import '../../styles/weights.css';
import { say } from '../common/say.js';
import { chooseMode, engineWish } from '../kernel/engine.js';
import { encodeChanges } from '../share/share.js';

/** @typedef {import('./notebook.js').Notebook} Notebook */

/** @param {Notebook} notebook */
async function copyLink(notebook) {
  const changes = notebook.changes();
  const hash = await encodeChanges(changes);
  const link = `${location.origin}${location.pathname}${hash}`;
  const n = Object.keys(changes.cells).length;
  const what = n ? `your ${n === 1 ? 'edited cell' : `${n} edited cells`}` : 'the lesson as it is';
  try {
    await navigator.clipboard.writeText(link);
    say(`Copied a link to ${what}, with seeds and controls as they are now.`);
  } catch {
    // Without the clipboard, the address bar is the place to copy from.
    history.replaceState(null, '', link);
    say(`The address bar now holds a link to ${what}. Copy it from there.`);
  }
}

/** Exact arithmetic or fast, from the kernel's next start on. @param {Notebook} notebook */
function switchMode(notebook) {
  const mode = engineWish().mode === 'fast' ? 'exact' : 'fast';
  chooseMode(mode);
  const { begun } = notebook;
  if (!begun) notebook.restart();
  const meaning =
    mode === 'fast'
      ? 'Fast: a product is added without being rounded first, so last digits may differ between machines.'
      : 'Exact: the same seed gives the same bits on every machine.';
  say(begun ? `${meaning} It takes effect when you press Restart.` : meaning);
}

/** Where the lesson's code stands in PyTorch, too. @param {Notebook} notebook @returns {import('../common/menu.js').Item[]} */
function openAsPython({ lesson }) {
  if (!document.querySelector('.code-pytorch')) return [];
  return [{ label: 'Open as Python: PyTorch, for Jupyter', act: () => pythonLink(lesson, '').click() }];
}

/** @param {Notebook} notebook @returns {import('../common/menu.js').Item[]} */
export function itemsFor(notebook) {
  return [
    { label: 'Copy a link to this state', act: () => copyLink(notebook) },
    { label: 'Download the notebook (.ipynb)', act: () => downloadNotebook(notebook) },
    ...openAsPython(notebook),
    {
      label: engineWish().mode === 'fast' ? 'Compute exactly again' : 'Compute faster, not bit for bit',
      act: () => switchMode(notebook),
    },
    {
      label: 'Trained models, for PyTorch too',
      act: async () => (await import('./weights.js')).showWeights(),
    },
  ];
}
