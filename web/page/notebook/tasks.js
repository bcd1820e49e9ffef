/** Hints come one by one; a solution can be put into its cell. */
import { h } from '../../figures/parts/dom.js';

/** @param {import('./notebook.js').Notebook} notebook @param {HTMLElement} main */
export function setUpTasks(notebook, main) {
  for (const task of main.querySelectorAll('.task')) {
    const hints = /** @type {HTMLDetailsElement[]} */ ([...task.querySelectorAll('details.hint')]);
    hints.forEach((hint, i) => {
      hint.hidden = i > 0;
      hint.addEventListener('toggle', () => {
        if (hint.open && hints[i + 1]) hints[i + 1].hidden = false;
      });
    });
    for (const solution of /** @type {NodeListOf<HTMLElement>} */ (
      task.querySelectorAll('details.solution')
    )) {
      const source = solution.querySelector('pre')?.textContent ?? '';
      const cell = notebook.cell(solution.dataset.for ?? '');
      if (!cell) continue;
      const use = () => {
        cell.source = source;
        cell.element.scrollIntoView({ block: 'nearest' });
      };
      solution.append(h('button', { type: 'button', onclick: use }, 'Use this solution'));
    }
  }
}
