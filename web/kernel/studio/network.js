/** The network that settings stand for, as the lab.nn code that a cell would have. */

import { numbersIn } from './dataset.js';
import { unetCode } from './unet.js';

/** @typedef {import('./config.js').RunConfig} RunConfig */

const ACTIVATIONS = { relu: 'ReLU', silu: 'SiLU', gelu: 'GELU', tanh: 'Tanh' };
/** Samples with more numbers are told by the numbers alone. */
const FEW_NUMBERS = 3;
/** Sines and cosines of a coordinate at these frequencies: a network finds fine lines much sooner by them. */
const FREQUENCIES = [1, 2, 3, 4, 6, 8];

/**
 * What the network is told of x: how many numbers, and the lines that make them.
 * @param {number[]} shape @param {number} size
 */
function told(shape, size) {
  if (shape.length > 1) return { width: size, lines: [`const h = [x.reshape(-1, ${size})];`] };
  if (size > FEW_NUMBERS) return { width: size, lines: ['const h = [x];'] };
  return {
    width: size * (1 + 2 * FREQUENCIES.length),
    lines: [
      'const h = [x];  // and sines and cosines of it, for fine lines',
      `for (const k of [${FREQUENCIES.join(', ')}])`,
      `  for (let axis = 0; axis < ${size}; axis++)`,
      '    h.push(nn.sinusoidal(x.narrow(1, axis, 1).mul(k), 2));',
    ],
  };
}

/** @param {number[]} shape */
const inputOf = (shape) =>
  shape.length === 2 ? `{ shape: [${shape.join(', ')}], axes: 'series' }` : `[${shape.join(', ')}]`;
/** @param {number[]} shape */
function backTo(shape) {
  if (shape.length === 1) return '';
  return `.reshape(-1, ${shape.join(', ')}${shape.length === 2 ? ", { axes: 'series' }" : ''})`;
}

/**
 * Code whose last line gives the model, lab.model(...): it runs right after lab.seed. Of kind 'code' it is the reader's own.
 * @param {RunConfig} config @returns {string}
 */
export function codeFor(config) {
  const { data, network } = config;
  const known = data.labels !== null && data.classes.length > 0;
  if (network.kind === 'code') return network.code;
  if (network.kind === 'mlp') return mlpCode(config, known);
  return unetCode(config, known, network.activation);
}

/** @param {RunConfig} config @param {boolean} known whether it is told the class */
function mlpCode({ data: { shape, classes }, network }, known) {
  const size = numbersIn(shape);
  const { width, lines } = told(shape, size);
  const act = ACTIVATIONS[network.activation];
  const first = `${width} + width${known ? ' + width' : ''}`;
  const layers = Array.from(
    { length: network.depth },
    (_, i) => `      nn.Linear(${i ? 'width' : first}, width), nn.${act}(),`,
  );
  const embedding = `    this.label = nn.Embedding(${classes.length} + 1, width);  // the last row: no class\n`;
  return `const { nn } = lab;
class Net extends nn.Module {
  constructor(width) {
    super();
    this.time = nn.Sequential(nn.Linear(32, width), nn.${act}());
${known ? embedding : ''}    this.net = nn.Sequential(
${layers.join('\n')}
      nn.Linear(width, ${size}));
  }
  forward(x, t${known ? ', label' : ''}) {
${lines.map((line) => `    ${line}`).join('\n')}
    h.push(this.time(nn.sinusoidal(t, 32))${known ? ', this.label(label)' : ''});
    return this.net(nn.cat(h, 1))${backTo(shape)};
  }
}
lab.model(new Net(${network.width}), {
  x: ${inputOf(shape)}, t: 'timestep'${known ? `, label: { classes: ${classes.length} }` : ''},
});`;
}
