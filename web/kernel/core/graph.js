/** A model's network, read from its text, which has a line for each call that made it. */

/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('../../../build/bridge/table.js').InputKind} InputKind */
/** @typedef {{name: string, shape: number[], count: number}} Port `shape` without the batch, of `count` numbers */
/** @typedef {Port & {kind: InputKind}} Input */
/** @typedef {{inputs: Input[], outputs: Port[]}} Ports */
/**
 * A box of a drawing: an input, a layer or a block of layers, or an output.
 * @typedef {object} Node
 * @property {string} name the path of a module, or the name of a function, an input or an output
 * @property {string} of its class; "input" or "output"
 * @property {number[]} shape what it gives, without the batch
 * @property {boolean} side whether it is about time, class, words or parameters alone, and not about x
 * @property {number[]} from the boxes that it reads, by their places in the list
 */

/** With so many layers each one is drawn; else blocks are. */
const MOST_LAYERS = 24;

/** @template T @param {Memory} memory @param {string} text @param {(shapeOf: (value: number) => number[]) => T} fn @returns {T} */
function withShapes({ api, bridge }, text, fn) {
  const net = api.network_read(text);
  try {
    return fn((value) => {
      const { rank, shape } = api.network_shape(net, value);
      return shape.slice(0, rank);
    });
  } finally {
    bridge.destroy(net);
  }
}

/** @param {string} text @returns {string[][]} */
const linesOf = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));

/** What it takes and gives. @param {Memory} memory @param {string} text as model_describe gives it @returns {Ports} */
export const portsOf = (memory, text) =>
  withShapes(memory, text, (shapeOf) => {
    /** @param {string} name @param {number} value */
    const port = (name, value) => {
      const shape = shapeOf(value);
      return { name, shape, count: shape.reduce((a, b) => a * b, 1) };
    };
    const lines = linesOf(text);
    // Inputs are the first values.
    const inputs = lines
      .filter(([verb]) => verb === 'input')
      .map(([, name, kind], i) => ({ ...port(name, i), kind: /** @type {InputKind} */ (kind) }));
    const outputs = lines
      .filter(([verb]) => verb === 'output')
      .map(([, name, value]) => port(name, Number(value)));
    return { inputs, outputs };
  });

/** Reads the lines one by one into boxes. */
class Reader {
  /** @type {Node[]} */
  nodes = [];
  /** The box that gives a value. @type {number[]} */
  #makers = [];
  /** @type {Map<string, string>} */
  #classes = new Map();
  #depth = 0;
  /** The box of the block that is being read. */
  #block = -1;

  /** @param {(value: number) => number[]} shapeOf @param {boolean} blocks whether a block is one box */
  constructor(shapeOf, blocks) {
    this.shapeOf = shapeOf;
    this.blocks = blocks;
  }

  /** @param {string} name @param {string} of @param {number[]} values @param {boolean} [side] */
  #add(name, of, values, side) {
    const from = [...new Set(values.map((value) => this.#makers[value]))];
    const all = from.every((i) => this.nodes[i].side);
    this.nodes.push({ name, of, shape: [], side: side ?? all, from });
    return this.nodes.length - 1;
  }

  /** @param {number} node gives the next value */
  #gives(node) {
    this.nodes[node].shape = this.shapeOf(this.#makers.length);
    this.#makers.push(node);
  }

  /** @param {string[]} line */
  read([verb, name, ...rest]) {
    if (verb === 'input') this.#gives(this.#add(name, 'input', [], !['x', 'cond'].includes(rest[0])));
    else if (verb === 'module') this.#classes.set(name, rest[0]);
    else if (verb === 'enter') this.#enter(name, rest[0]);
    else if (verb === 'leave') this.#leave();
    else if (verb === 'output') {
      const node = this.#add(name, 'output', [Number(rest[0])], false);
      this.nodes[node].shape = this.shapeOf(Number(rest[0]));
    } else if (verb === 'apply' || verb === 'call') this.#step(name, rest);
  }

  /** @param {string} name @param {string} of */
  #enter(name, of) {
    if (this.blocks && this.#depth === 0) this.#block = this.#add(name, of, []);
    this.#depth++;
  }

  #leave() {
    this.#depth--;
    if (this.#depth > 0 || this.#block < 0) return;
    const node = this.nodes[this.#block];
    node.side = node.from.length > 0 && node.from.every((i) => this.nodes[i].side);
    this.#block = -1;
  }

  /** @param {string} name @param {string[]} rest values, then settings */
  #step(name, rest) {
    const values = rest.filter((word) => /^\d+$/.test(word)).map(Number);
    if (this.#block < 0) return this.#gives(this.#add(name, this.#classes.get(name) ?? name, values));
    const { from } = this.nodes[this.#block];
    for (const value of values) {
      const maker = this.#makers[value];
      if (maker !== this.#block && !from.includes(maker)) from.push(maker);
    }
    this.#gives(this.#block);
  }
}

/** Its boxes, each after those that it reads. @param {Memory} memory @param {string} text @returns {Node[]} */
export const nodesOf = (memory, text) =>
  withShapes(memory, text, (shapeOf) => {
    const lines = linesOf(text);
    const layers = lines.filter(([verb]) => verb === 'apply' || verb === 'call').length;
    const reader = new Reader(shapeOf, layers > MOST_LAYERS);
    for (const line of lines) reader.read(line);
    return reader.nodes;
  });
