/** Opening a shared link: its changes are shown beside the cells, and taken over only if the reader says so. */
import { h } from '../../figures/dom.js';
import { diffLines } from './diff.js';
import { decodeChanges, hasChanges } from './share.js';

/** @typedef {import('../notebook/notebook.js').Notebook} Notebook */
/** @typedef {import('./share.js').Changes} Changes */

/** @param {number} n @param {string} word */
const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

/** @param {string} mine @param {string} theirs */
function diffElement(mine, theirs) {
  const lines = diffLines(mine, theirs).map(({ kind, line }) => {
    const mark = { same: '  ', del: '− ', ins: '+ ' }[kind];
    return h(kind === 'same' ? 'span' : kind, {}, `${mark}${line}\n`);
  });
  return h(
    'div',
    { class: 'review' },
    h('p', { class: 'kicker' }, 'Someone else’s code, not yet taken over'),
    h('pre', { tabindex: 0, 'aria-label': 'What the link changes' }, h('code', {}, ...lines)),
  );
}

/** @param {Changes['controls']} controls */
function controlWords(controls) {
  return Object.values(controls)
    .flatMap((values) => Object.entries(values).map(([name, value]) => `${name} = ${value}`))
    .join(', ');
}

/** @param {Notebook} notebook @param {Changes} changes */
function known(notebook, changes) {
  const has = (/** @type {string} */ id) => notebook.cell(id) !== undefined;
  const cells = Object.entries(changes.cells).filter(([id, source]) => notebook.cell(id)?.source !== source);
  return {
    cells: cells.filter(([id]) => has(id)),
    controls: Object.fromEntries(Object.entries(changes.controls).filter(([id]) => has(id))),
    strange: cells.filter(([id]) => !has(id)).length,
  };
}

/** @param {Notebook} notebook @param {HTMLElement} main @param {Changes | null} changes null: the link was damaged */
function review(notebook, main, changes) {
  const text = h('p', {});
  const buttons = h('p', { class: 'review-buttons' });
  const banner = h(
    'section',
    { class: 'review-banner', tabindex: -1, 'aria-label': 'Shared link' },
    text,
    buttons,
  );
  const button = (/** @type {string} */ label, /** @type {() => void} */ onclick, primary = false) =>
    h('button', { type: 'button', onclick, class: primary ? 'primary' : '' }, label);
  // Until the reader decides, a reload shows the changes again.
  const forget = () => history.replaceState(null, '', location.pathname + location.search);
  const end = () => {
    forget();
    banner.remove();
  };
  main.querySelector('.title')?.after(banner);
  banner.focus({ preventScroll: true });
  if (!changes) {
    text.textContent = 'This link is damaged. The lesson is as you left it. Ask for the link once more.';
    buttons.append(button('Close', end));
    return;
  }
  const { cells, controls, strange } = known(notebook, changes);
  const diffs = cells.map(([id, source]) => {
    const cell = /** @type {import('../notebook/cell.js').Cell} */ (notebook.cell(id));
    const element = diffElement(cell.source, source);
    cell.element.prepend(element);
    return { cell, source, element };
  });
  const close = () => {
    for (const { element } of diffs) element.remove();
  };
  const moved = controlWords(controls);
  const parts = [
    ...(cells.length ? [count(cells.length, 'changed cell')] : []),
    ...(moved ? [`controls at ${moved}`] : []),
    ...(strange ? [`${count(strange, 'cell')} that this lesson does not have`] : []),
  ];
  text.textContent = parts.length
    ? `This link brings someone else’s work: ${parts.join('; ')}. Nothing of it has run, and your own text is as it was. Read the marked cells before you keep them.`
    : 'This link brings nothing that you do not have already.';
  const keep = () => {
    close();
    forget();
    const mine = diffs.map(({ cell }) => cell.source);
    for (const { cell, source } of diffs) cell.source = source;
    notebook.linked = controls;
    text.textContent = 'Kept. Run the cells when you are ready.';
    const undo = () => {
      diffs.forEach(({ cell }, i) => {
        cell.source = mine[i];
      });
      notebook.linked = {};
      end();
    };
    buttons.replaceChildren(button('Close', end), button('Undo', undo));
    banner.focus({ preventScroll: true });
  };
  const discard = () => {
    close();
    end();
  };
  const list = diffs.map(({ cell }) => h('a', { href: `#cell-${cell.id}` }, cell.id));
  if (parts.length) buttons.append(button('Keep', keep, true), button('Discard', discard), ...list);
  else buttons.append(button('Close', end));
}

/** @param {Notebook} notebook @param {HTMLElement} main */
export function setUpReview(notebook, main) {
  const look = async () => {
    const { hash } = location;
    if (!hasChanges(hash)) return;
    main.querySelector('.review-banner')?.remove();
    for (const old of main.querySelectorAll('.review')) old.remove();
    review(notebook, main, await decodeChanges(hash));
  };
  window.addEventListener('hashchange', look);
  look();
}
