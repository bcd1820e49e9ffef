/** The network room: what learns, and what it takes. */
import { h } from '../../../figures/parts/dom.js';
import { space } from '../runs/table.js';
import { createSetting } from '../setting.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @type {Omit<import('../setting.js').Setting, 'section'>[]} */
const SETTINGS = [
  { name: 'width', label: 'Width' },
  { name: 'depth', label: 'Depth' },
  {
    name: 'activation',
    label: 'Activation',
    options: [
      ['silu', 'SiLU'],
      ['relu', 'ReLU'],
      ['gelu', 'GELU'],
      ['tanh', 'tanh'],
    ],
  },
];

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpNetworkRoom(root, studio) {
  const words = h('p', { class: 'network-size', role: 'status' });
  const fields = SETTINGS.map((setting) => createSetting(studio, { ...setting, section: 'network' }));
  root.append(h('div', { class: 'settings' }, ...fields), words);
  studio.on('network', () => {
    const { size, refusal } = studio;
    words.textContent = size
      ? `${size.parameters.toLocaleString('en')} parameters, ${space(size.bytes)} of memory${Number.isNaN(size.stepMs) ? '' : `, about ${size.stepMs.toPrecision(2)} ms a step`}.`
      : refusal && `Not like that: ${refusal}.`;
  });
}
