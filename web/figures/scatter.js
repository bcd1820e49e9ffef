/** One or more panels of points side by side. */
import { createPanels } from './panel.js';
import { create as createPoints } from './points.js';

/** @typedef {{title?: string, sets?: import('./points.js').PointSet[]}} Panel */
/** @typedef {Panel & {panels?: Panel[], range?: [number, number]}} Options */

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let state = options;
  const list = () => state.panels ?? [{ title: state.title, sets: state.sets }];
  const figure = createPanels(el, { panels: list() }, (row, panel) =>
    createPoints(row, { ...panel, range: state.range }),
  );
  return {
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      figure.update({ panels: list() });
    },
    destroy: figure.destroy,
  };
}
