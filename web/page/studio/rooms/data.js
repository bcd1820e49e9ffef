/** The data room: what is learned. */
import { h } from '../../../figures/parts/dom.js';
import { PRESETS, pointsOf } from '../../play/shapes.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpDataRoom(root, studio) {
  const choose = (/** @type {string} */ name) =>
    studio.setDataset({
      kind: 'points',
      shape: [2],
      values: pointsOf(PRESETS[name].strokes),
      labels: null,
      classes: [],
      name: PRESETS[name].title,
      transform: { offset: 0, scale: 1 },
      held: 300,
    });
  root.append(
    ...Object.entries(PRESETS).map(([name, { title }]) =>
      h('button', { type: 'button', onclick: () => choose(name) }, title),
    ),
  );
}
