/** One or more panels of points side by side. */
import { h } from './dom.js';
import { create as createPoints } from './points.js';

/** @typedef {{title?: string, sets?: import('./points.js').PointSet[]}} Panel */
/** @typedef {Panel & {panels?: Panel[], range?: [number, number]}} Options */

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let state = options;
  const row = h('div', { class: 'panels' });
  el.append(row);
  const list = () => state.panels ?? [{ title: state.title, sets: state.sets }];
  const figures = list().map((panel) => createPoints(row, { ...panel, range: state.range }));
  return {
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      list().forEach((panel, i) => {
        figures[i]?.update(panel);
      });
    },
    destroy() {
      for (const figure of figures) figure.destroy();
      row.remove();
    },
  };
}
