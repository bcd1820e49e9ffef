/** One or more panels of points side by side. */
import { numbered, ofPoints } from './parts/arrays.js';
import { colourName } from './parts/colours.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { svgFile, svgTitle } from './parts/svg.js';
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

const PANEL = 340;

/** @param {Options} options @param {import('./parts/svg.js').Css} css */
export function scatterSvg({ panels, range = [-3, 3] }, css) {
  const [low, high] = range;
  const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * PANEL;
  const zero = place(0).toFixed(1);
  const parts = panels.flatMap((panel, k) => {
    const left = 10 + k * (PANEL + 16);
    const dots = panel.sets.map(({ points, color = 'xt' }) => {
      const n = points.length / 2;
      let path = '';
      for (let i = 0; i < n; i++) {
        const [x, y] = [place(points[2 * i]), PANEL - place(points[2 * i + 1])];
        if (x >= 0 && x <= PANEL && y >= 0 && y <= PANEL) path += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
      }
      const opacity = Math.min(0.9, Math.max(0.3, 900 / n));
      return `<path d="${path}" stroke="${css(colourName(color))}" stroke-width="3" stroke-linecap="round" stroke-opacity="${opacity}"/>`;
    });
    return [
      `<g transform="translate(${left} 34)">`,
      svgTitle(0, -12, panel.title, css),
      `<rect width="${PANEL}" height="${PANEL}" fill="none" stroke="${css('grid')}"/>`,
      `<path d="M${zero} 0V${PANEL}M0 ${PANEL - Number(zero)}H${PANEL}" stroke="${css('grid')}"/>`,
      ...dots,
      '</g>',
    ];
  });
  return svgFile(panels.length * (PANEL + 16) + 4, PANEL + 48, css, parts);
}

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
