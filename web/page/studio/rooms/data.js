/** The data room: what is learned. */
import { h } from '../../../figures/parts/dom.js';
import { PRESETS, pointsOf } from '../../play/shapes.js';
import { createShow } from '../show.js';

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
  const place = h('div', { class: 'data-shown' });
  const words = h('p', { role: 'status' });
  const drawn = h(
    'p',
    {},
    'Or ',
    h('a', { href: '../' }, 'draw something on the start page'),
    ', and open it here.',
  );
  const buttons = Object.entries(PRESETS).map(([name, { title }]) =>
    h('button', { type: 'button', onclick: () => choose(name) }, title),
  );
  root.append(
    h('div', { class: 'row', role: 'group', 'aria-label': 'Points to begin with' }, ...buttons),
    drawn,
    words,
    place,
  );
  const show = createShow(place);
  studio.on('dataset', () => {
    const { dataset } = studio;
    if (!dataset) return;
    const count = dataset.values.length / dataset.shape.reduce((a, b) => a * b, 1);
    words.textContent = `${dataset.name}: ${count.toLocaleString('en')} samples, ${dataset.held.toLocaleString('en')} of them held out.`;
    show(dataset, dataset.values, dataset.name);
  });
}
