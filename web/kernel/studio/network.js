/** The network that settings stand for, as the lab.nn code that a cell would have. */

import { numbersIn } from './dataset.js';
import { unetCode } from './unet.js';

/** @typedef {import('./config.js').RunConfig} RunConfig */

/** What stands for the code of a run whose network is known by its weights alone. */
export const CODE_UNKNOWN = `// This network came as its weights: it can be sampled and judged, and the code that made it is not here.
// To train, choose blocks, or write a network whose last line is lab.model(...).`;

const ACTIVATIONS = { relu: 'ReLU', silu: 'SiLU', gelu: 'GELU', tanh: 'Tanh' };
/** Samples with more numbers are told by the numbers alone. */
const FEW_NUMBERS = 3;
/** Sines and cosines of a coordinate at these frequencies: a network finds fine lines much sooner by them. */
const FREQUENCIES = [1, 2, 3, 4, 6, 8];

/**
 * What the network is told of x: how many numbers, in which expression, and the module that it needs.
 * @param {number[]} shape @param {number} size
 */
function told(shape, size) {
  if (shape.length > 1) return { width: size, x: `x.reshape(-1, ${size})`, module: '' };
  if (size > FEW_NUMBERS) return { width: size, x: 'x', module: '' };
  return {
    width: size * (1 + 2 * FREQUENCIES.length),
    x: 'this.waves(x)',
    module: `class Waves extends nn.Module {  // numbers, with sines and cosines of them, for fine lines
  forward(x) {
    const h = [x];
    for (const k of [${FREQUENCIES.join(', ')}])
      for (let axis = 0; axis < ${size}; axis++)
        h.push(nn.sinusoidal(x.narrow(1, axis, 1).mul(k), 2));
    return nn.cat(h, 1);
  }
}
`,
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
  const { width, x, module } = told(shape, size);
  const act = ACTIVATIONS[network.activation];
  const first = `${width} + width${known ? ' + width' : ''}`;
  const widths = [first, ...Array.from({ length: network.depth - 1 }, () => 'width')];
  return `const { nn } = lab;
${module}class Net extends nn.Module {
  constructor(width) {
    super();
${module && '    this.waves = new Waves();\n'}    this.time = nn.Sequential(nn.Linear(32, width), nn.${act}());
${known ? `    this.label = nn.Embedding(${classes.length} + 1, width);  // the last row: no class\n` : ''}    this.hidden = nn.ModuleList([
${widths.map((n) => `      nn.Sequential(nn.Linear(${n}, width), nn.${act}()),`).join('\n')}
    ]);
    this.out = nn.Linear(width, ${size});
  }
  forward(x, t${known ? ', label' : ''}) {
    let h = nn.cat([${x}, this.time(nn.sinusoidal(t, 32))${known ? ', this.label(label)' : ''}], 1);
    for (const layer of this.hidden) h = layer(h);
    return this.out(h)${backTo(shape)};
  }
}
lab.model(new Net(${network.width}), {
  x: ${inputOf(shape)}, t: 'timestep'${known ? `, label: { classes: ${classes.length} }` : ''},
});`;
}
