/** The network room: what learns, and what it takes. */
import { h } from '../../../figures/parts/dom.js';
import { codeFor } from '../../../kernel/studio/network.js';
import { space } from '../runs/table.js';
import { createSetting } from '../setting.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @type {Omit<import('../setting.js').Setting, 'section'>[]} */
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
  { name: 'width', label: 'Width' },
  { name: 'depth', label: 'Depth' },
  { name: 'attention', label: 'Attention (U-Nets)', type: 'checkbox' },
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

/** The code that the settings stand for; changed, it is the reader's own. @param {Studio} studio */
function codeView(studio) {
  const text = h('textarea', {
    'aria-label': "The network's code",
    spellcheck: false,
    rows: 24,
    class: 'network-code',
  });
  const change = h('button', { type: 'button' }, 'Change the code');
  const take = h('button', { type: 'button' }, 'Try the code');
  const isOwn = () => studio.state.get().network.kind === 'code';
  const show = () => {
    const own = isOwn();
    try {
      text.value = codeFor(studio.state.get());
    } catch (error) {
      text.value = `// ${error instanceof Error ? error.message : error}`;
    }
    text.readOnly = !own;
    change.hidden = own;
    take.hidden = !own;
  };
  change.onclick = () => studio.state.set({ network: { kind: 'code', code: text.value } });
  take.onclick = () => studio.measure();
  text.oninput = () => {
    if (!isOwn()) return;
    try {
      studio.state.set({ network: { code: text.value } });
    } catch (error) {
      studio.tell(error instanceof Error ? error.message : String(error));
    }
  };
  // Chosen in the list, the code begins as that of the blocks of before.
  studio.state.subscribe((config, before) => {
    if (config.network.kind !== 'code' || config.network.code !== '') return;
    const { network } =
      before.network.kind === 'code'
        ? { network: { ...config.network, kind: /** @type {const} */ ('mlp') } }
        : before;
    studio.state.set({ network: { code: codeFor({ ...config, network }) } });
  });
  studio.on('state', show);
  show();
  return h('details', {}, h('summary', {}, 'Show the code'), text, h('div', { class: 'row' }, change, take));
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpNetworkRoom(root, studio) {
  const words = h('p', { class: 'network-size', role: 'status' });
  const fields = SETTINGS.map((setting) => createSetting(studio, { ...setting, section: 'network' }));
  root.append(h('div', { class: 'settings' }, ...fields), words, codeView(studio));
  studio.on('network', () => {
    const { size, refusal } = studio;
    words.textContent = size
      ? `${size.parameters.toLocaleString('en')} parameters, ${space(size.bytes)} of memory${Number.isNaN(size.stepMs) ? '' : `, about ${size.stepMs.toPrecision(2)} ms a step`}.`
      : refusal && `Not like that: ${refusal}.`;
  });
}
