/** What a model's network takes and gives, read from its text, which has a line for each call that made it. */

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('../../../build/bridge/table.js').InputKind} InputKind */
/** @typedef {{name: string, shape: number[], count: number}} Port `shape` without the batch, of `count` numbers */
/** @typedef {Port & {kind: InputKind}} Input */
/** @typedef {{inputs: Input[], outputs: Port[]}} Ports */

/** @param {Memory} memory @param {string} text as model_describe gives it @returns {Ports} */
export function portsOf({ api, bridge }, text) {
  const net = api.network_read(text);
  /** @param {string} name @param {number} value */
  const port = (name, value) => {
    const { rank, shape } = api.network_shape(net, value);
    const its = shape.slice(0, rank);
    return { name, shape: its, count: its.reduce((a, b) => a * b, 1) };
  };
  try {
    const lines = text.split('\n').map((line) => line.split(' '));
    // Inputs are the first values.
    const inputs = lines
      .filter(([verb]) => verb === 'input')
      .map(([, name, kind], i) => ({ ...port(name, i), kind: /** @type {InputKind} */ (kind) }));
    const outputs = lines
      .filter(([verb]) => verb === 'output')
      .map(([, name, value]) => port(name, Number(value)));
    return { inputs, outputs };
  } finally {
    bridge.destroy(net);
  }
}
