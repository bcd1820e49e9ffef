/** The network that settings stand for, as the lab.nn code that a cell would have. */

/** @typedef {import('./config.js').RunConfig} RunConfig */

/**
 * Code whose last line gives the model, lab.model(...): it runs right after lab.seed. Of kind 'code' it is the reader's own.
 * @param {RunConfig} config @returns {string}
 */
export function codeFor({ data, network, training }) {
  if (network.kind === 'code') return network.code;
  const size = data.shape.reduce((a, b) => a * b, 1);
  const labels = data.labels !== null && data.classes.length > 0;
  const { width, depth } = network;
  const flat = data.shape.length === 1 ? 'x' : `x.reshape(-1, ${size})`;
  const series = data.shape.length === 2;
  const back =
    data.shape.length === 1
      ? ''
      : `.reshape(-1, ${data.shape.join(', ')}${series ? ", { axes: 'series' }" : ''})`;
  const act = { relu: 'ReLU', silu: 'SiLU', gelu: 'GELU', tanh: 'Tanh' }[network.activation];
  const hidden = Array.from(
    { length: depth },
    (_, i) =>
      `      nn.Linear(${i ? 'width' : `size + width${labels ? ' + width' : ''}`}, width), nn.${act}(),`,
  );
  return `const { nn } = lab;
class Net extends nn.Module {
  constructor(size, width) {
    super();
    this.time = nn.Sequential(nn.Linear(32, width), nn.${act}());${
      labels
        ? `\n    this.label = nn.Embedding(${data.classes.length} + 1, width);  // the last row: no class`
        : ''
    }
    this.net = nn.Sequential(
${hidden.join('\n')}
      nn.Linear(width, size));
  }
  forward(x, t${labels ? ', label' : ''}) {
    const time = this.time(nn.sinusoidal(t, 32));
    return this.net(nn.cat([${flat}, time${labels ? ', this.label(label)' : ''}], 1))${back};
  }
}
lab.model(new Net(${size}, ${width}), {
  x: ${data.shape.length === 2 ? `{ shape: [${data.shape.join(', ')}], axes: 'series' }` : `[${data.shape.join(', ')}]`}, t: 'timestep'${labels ? `, label: { classes: ${data.classes.length} }` : ''},
}, { max_batch: ${Math.max(training.batch, 32)} });`;
}
