/** A button that opens a short list of actions. */
import { h } from '../../figures/parts/dom.js';
import { say } from './say.js';

/** @typedef {{label: string, act: () => unknown}} Item */

/**
 * @param {string} label @param {() => Item[] | Promise<Item[]>} items asked for when it opens
 * @param {{name?: string, menu?: HTMLDetailsElement}} [options] name: what it is called where the label alone says too little;
 *   menu: where it stands in the page already, empty
 */
export function createMenu(label, items, { name = label, menu = h('details', { class: 'menu' }) } = {}) {
  const list = h('div', { class: 'menu-list' });
  const summary = h('summary', { 'aria-label': name, title: name }, label);
  menu.replaceChildren(summary, list);
  const close = () => {
    menu.open = false;
    summary.focus();
  };
  menu.addEventListener('toggle', async () => {
    if (!menu.open) return;
    /** @type {Item[]} */
    let now = [];
    try {
      now = await items();
    } catch {
      menu.open = false;
      say('What this menu offers could not be loaded. Check the connection, then open it once more.');
    }
    const buttons = now.map(({ label, act }) =>
      h(
        'button',
        {
          type: 'button',
          class: 'quiet',
          onclick: () => {
            close();
            act();
          },
        },
        label,
      ),
    );
    list.replaceChildren(...buttons);
    list.classList.toggle('to-right', summary.getBoundingClientRect().left < innerWidth / 2);
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && menu.open) close();
  });
  // Away from it, by pointer or by Tab.
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(/** @type {Node} */ (relatedTarget))) menu.open = false;
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!menu.contains(/** @type {Node} */ (target))) menu.open = false;
  });
  return menu;
}
