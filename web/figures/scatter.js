/** One or more panels of points side by side. */
import { numbered, ofPoints } from './parts/arrays.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { dotsSvg, squaresSvg } from './parts/svg.js';
import { panelled, sets, span, word } from './parts/values.js';

/** @typedef {import('./parts/points.js').PointSet} PointSet */
/** @typedef {{title?: string, sets: PointSet[]}} Panel */
/** @typedef {{panels: Panel[], range?: [number, number]}} Options */

/** @type {import('./parts/values.js').Check} */
const check = panelled(
  'scatter',
  ['title', 'sets'],
  { range: (range) => span('range', range) },
  ({ title = '', sets: list = [] }) => ({ title: word('title', title), sets: sets(list) }),
);

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Points in the plane: `sets` in one panel, or several `panels` side by side.
   * @param {{title?: string, sets?: object[], panels?: object[], range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** @param {Options} options @param {import('./parts/svg.js').Css} css */
export const scatterSvg = ({ panels, range = [-3, 3] }, css) =>
  squaresSvg(panels, range, css, ({ sets: list }, place) => dotsSvg(list, place, css));

/** @param {HTMLElement} el @param {Options} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let state = options;
  const figure = createPanels(el, options, (row, panel) =>
    createPoints(row, { ...panel, range: state.range }),
  );
  return {
    ...figure,
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      figure.update(state);
    },
    arrays: () => numbered(state.panels.map((panel) => panel.sets.map(ofPoints))),
    svg: (css) => scatterSvg(state, css),
  };
}
