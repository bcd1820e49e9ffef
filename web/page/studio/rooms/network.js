/** The network room: what learns, and what it takes. */
import { h } from '../../../figures/parts/dom.js';
import { createCodeView } from '../network/code.js';
import { createDiagram } from '../network/diagram.js';
import { space } from '../runs/table.js';
import { createSetting } from '../setting.js';

/** @typedef {import('../studio.js').Studio} Studio */

const BLOCKS = ['mlp', 'unet', 'unet1d'];
/** of: the kinds of network that have it, where others do not. @type {(Omit<import('../setting.js').Setting, 'section'> & {of?: string[]})[]} */
const SETTINGS = [
  {
    name: 'kind',
    label: 'Network',
    options: [
      ['mlp', 'MLP'],
      ['unet', 'U-Net (pictures)'],
      ['unet1d', 'U-Net (series)'],
      ['code', 'its code, as I change it'],
    ],
  },
  { name: 'width', label: 'Width', of: BLOCKS },
  { name: 'depth', label: 'Depth', of: BLOCKS },
  { name: 'attention', label: 'Attention', type: 'checkbox', of: ['unet', 'unet1d'] },
  {
    name: 'activation',
    label: 'Activation',
    of: BLOCKS,
    options: [
      ['silu', 'SiLU'],
      ['relu', 'ReLU'],
      ['gelu', 'GELU'],
      ['tanh', 'tanh'],
    ],
  },
];

/** What the settings take, or why they are refused. @param {Studio} studio */
function sizeWords({ size, refusal, wrongLine, state, dataset }) {
  if (size) {
    const step = Number.isNaN(size.stepMs) ? '' : `, about ${size.stepMs.toPrecision(2)} ms a step`;
    return `${size.parameters.toLocaleString('en')} parameters, ${space(size.bytes)} of memory${step}.`;
  }
  if (refusal && wrongLine !== null) return 'The code does not run: what is wrong stands below it.';
  if (refusal) return `Not like that: ${refusal}.`;
  return dataset && state.get().network.kind === 'code'
    ? 'Try the code, and what it takes stands here; it does not run before.'
    : '';
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpNetworkRoom(root, studio) {
  const words = h('p', { class: 'network-size', role: 'status' });
  const fields = SETTINGS.map(({ of: _, ...setting }) =>
    createSetting(studio, { ...setting, section: 'network' }),
  );
  root.append(
    h(
      'div',
      { class: 'network-parts' },
      h('div', {}, h('div', { class: 'settings' }, ...fields), words, createCodeView(studio)),
      createDiagram(studio),
    ),
  );
  const fit = () => {
    const { kind } = studio.state.get().network;
    SETTINGS.forEach(({ of }, i) => {
      fields[i].hidden = of !== undefined && !of.includes(kind);
    });
  };
  studio.on('state', fit);
  fit();
  studio.on('network', () => {
    words.textContent = sizeWords(studio);
  });
}
