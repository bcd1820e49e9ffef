/** Someone else's changes are shown beside the cells, and taken over only if the reader says so. */
import { h } from '../../figures/parts/dom.js';
import { isDrawing } from '../../kernel/painting.js';
import { count, diffElement, warning } from './difference.js';
import { normalised } from './text.js';

/** @typedef {import('../notebook/notebook.js').Notebook} Notebook */
/** @typedef {import('../notebook/cell.js').Cell} Cell */
/** @typedef {import('./share.js').Changes} Changes */
/** @typedef {import('./offers.js').Offer} Offer */
/** @typedef {{cell: Cell, source: string, element: HTMLElement}} Difference */

const KICKERS = {
  link: 'Someone else’s code, not yet taken over',
  file: 'From the imported file, not yet taken over',
};

/** @param {Changes['controls']} controls */
function controlWords(controls) {
  return Object.values(controls)
    .flatMap((values) =>
      Object.entries(values).map(([name, value]) =>
        isDrawing(value) ? `a drawing as ${name}` : `${name} = ${value}`,
      ),
    )
    .join(', ');
}

/** @param {Notebook} notebook @param {Changes} changes */
function known(notebook, changes) {
  const has = (/** @type {string} */ id) => notebook.cell(id) !== undefined;
  const cells = Object.entries(changes.cells)
    .map(([id, source]) => /** @type {[string, string]} */ ([id, normalised(source)]))
    .filter(([id, source]) => notebook.cell(id)?.source !== source);
  return {
    cells: cells.filter(([id]) => has(id)),
    controls: Object.fromEntries(Object.entries(changes.controls).filter(([id]) => has(id))),
    strange: cells.filter(([id]) => !has(id)).length,
  };
}

const button = (/** @type {string} */ label, /** @type {() => void} */ onclick, primary = false) =>
  h('button', { type: 'button', onclick, class: primary ? 'primary' : '' }, label);

/** A link to a cell that leaves the address as it is. @param {Cell} cell */
const linkTo = ({ id, element }) =>
  h(
    'a',
    {
      href: `#cell-${id}`,
      onclick: (/** @type {Event} */ event) => {
        event.preventDefault();
        element.scrollIntoView();
        element.querySelector('pre')?.focus({ preventScroll: true });
      },
    },
    id,
  );

/** @param {Notebook} notebook @param {[string, string][]} cells @param {Offer['by']} by @returns {Difference[]} */
function showDifferences(notebook, cells, by) {
  return cells.map(([id, source]) => {
    const cell = /** @type {Cell} */ (notebook.cell(id));
    const element = diffElement(cell.source, source, KICKERS[by], 'What would change');
    cell.element.prepend(element);
    return { cell, source, element };
  });
}

/** @param {Notebook} notebook @param {HTMLElement} main @param {Offer} offer */
export function review(notebook, main, { by, changes, fault, forget }) {
  const text = h('p', {});
  const careful = h('p', { class: 'careful' });
  const buttons = h('p', { class: 'review-buttons' });
  const name = by === 'link' ? 'Shared link' : 'Imported cells';
  const banner = h('section', { class: 'review-banner', tabindex: -1, 'aria-label': name }, text, buttons);
  // Until the reader decides, a reload shows the changes again.
  const end = () => {
    forget();
    banner.remove();
  };
  main.querySelector('.title')?.after(banner);
  banner.focus({ preventScroll: true });
  if (!changes) {
    text.textContent = fault;
    buttons.append(button('Close', end));
    return;
  }
  const { cells, controls, strange } = known(notebook, changes);
  const diffs = showDifferences(notebook, cells, by);
  const close = () => {
    for (const { element } of diffs) element.remove();
    careful.remove();
  };
  const moved = controlWords(controls);
  const parts = [
    ...(cells.length ? [count(cells.length, 'changed cell')] : []),
    ...(moved ? [`controls at ${moved}`] : []),
    ...(strange ? [`${count(strange, 'cell')} that this lesson does not have`] : []),
  ];
  if (!parts.length) {
    if (by === 'file') return end();
    text.textContent = 'This link brings nothing that you do not have already.';
    buttons.append(button('Close', end));
    return;
  }
  const whose =
    by === 'link' ? 'This link brings someone else’s work' : 'A progress file was imported that brings';
  text.textContent = `${whose}: ${parts.join('; ')}. Nothing of it has run, and your own text is as it was. Read the marked cells before you keep them.`;
  careful.textContent = warning(cells.map(([, source]) => source));
  if (careful.textContent) text.after(careful);
  const keep = () => {
    close();
    forget();
    const mine = diffs.map(({ cell }) => cell.source);
    for (const { cell, source } of diffs) cell.takeOver(source);
    notebook.linked = controls;
    text.textContent = 'Kept. Run the cells when you are ready.';
    const undo = () => {
      const later = diffs.filter(({ cell, source }) => cell.source !== source);
      diffs.forEach(({ cell, source }, i) => {
        if (cell.source === source) cell.takeBack(mine[i]);
      });
      notebook.linked = {};
      if (!later.length) return end();
      text.textContent = `Undone, but for ${count(later.length, 'cell')} that you have edited since: there, “Your version” brings back what you had.`;
      buttons.replaceChildren(button('Close', end));
    };
    buttons.replaceChildren(button('Close', end), button('Undo', undo));
    banner.focus({ preventScroll: true });
  };
  const discard = () => {
    close();
    end();
  };
  const links = diffs.map(({ cell }) => linkTo(cell));
  buttons.append(button('Keep', keep, true), button('Discard', discard), ...links);
}
