/** After a kernel was replaced: which cells had run in the old one, and have to run in the new one. */
import { h } from '../../figures/parts/dom.js';

/** @typedef {import('./cell.js').Cell} Cell */

/** @param {Cell[]} cells in the order they ran @param {() => void} run @returns {HTMLElement[]} nothing if none had run */
export function againNote(cells, run) {
  if (cells.length === 0) return [];
  const links = cells.flatMap(({ id }, i) => [i ? ', ' : '', h('a', { href: `#cell-${id}` }, id)]);
  const words = cells.length === 1 ? 'This cell' : `These ${cells.length} cells`;
  return [
    h(
      'p',
      { class: 'again' },
      `${words} had run, and must run again before other cells can use what they made; kept models stay: `,
      ...links,
      '. ',
      h('button', { type: 'button', onclick: run }, cells.length === 1 ? 'Run it again' : 'Run them again'),
    ),
  ];
}
