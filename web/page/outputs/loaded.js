/** A figure whose module is loaded when it is first needed, its element busy meanwhile; updates wait for it, and so does the reader where it fails. */
import { h } from '../../figures/parts/dom.js';

/** @typedef {import('../../figures/index.js').Figure} Figure */
/** @typedef {import('./outputs.js').View} View */
/** @typedef {{create: (el: HTMLElement, props: any, needed: any, change?: (values: Record<string, any>) => void) => any, needs?: () => Promise<any>}} Module `needs`: what is loaded for it */

/** Props after an update; rows to `push` pile up until there is new `data`. @param {any} props @param {any} next */
export const merged = (props, { push = [], ...next }) => ({
  ...props,
  ...next,
  push: [...(next.data ? [] : (props.push ?? [])), ...push],
});

/**
 * @param {HTMLElement} el @param {any} props @param {() => Promise<Module>} load
 * @param {(el: HTMLElement, error: unknown) => View} [undrawable] tells what its values are at fault for
 * @param {(values: Record<string, any>) => void} [change] takes what a reader moves in it
 * @returns {View}
 */
export function loaded(el, props, load, undrawable, change) {
  /** @type {View | Figure | null} */
  let view = null;
  /** @type {Figure | null} */
  let figure = null;
  let state = props;
  let ended = false;

  /** @param {Module} module @param {any} needed */
  function begin({ create }, needed) {
    if (ended) return;
    el.removeAttribute('aria-busy');
    el.querySelector(':scope > .unloaded')?.remove();
    try {
      view = figure = create(el, state, needed, change);
    } catch (error) {
      if (!undrawable) throw error;
      view = undrawable(el, error);
    }
  }

  /** The script of a figure did not come: the reader can ask for it again, as often as it takes. */
  function offerAgain() {
    el.removeAttribute('aria-busy');
    const again = h('button', { type: 'button', onclick: start }, 'Try again');
    const words = 'The script that draws this could not be loaded. Check the connection. ';
    const note = h('div', { class: 'unloaded', role: 'status' }, words, again);
    el.querySelector(':scope > .unloaded')?.remove();
    el.prepend(note);
  }

  async function start() {
    el.setAttribute('aria-busy', 'true');
    try {
      const module = await load();
      begin(module, await module.needs?.());
    } catch {
      if (!ended) offerAgain();
    }
  }
  start();
  return {
    figure: () => figure,
    update(next) {
      if (view) view.update(next);
      else state = merged(state, next);
    },
    destroy() {
      ended = true;
      view?.destroy();
    },
  };
}
