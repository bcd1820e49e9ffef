/** A network while forward runs: each call of a module or a function becomes a line of the core's nb_network. */
import { shown } from '../check.js';
import { childrenOf, classOf, Layer, layerOf, Module, orderOf } from './module.js';

/** @typedef {import('../../../build/bridge/table.js').Api} Api */
/** @typedef {import('../../../build/bridge/table.js').Id<'network'>} Net */
/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {new (trace: Trace, id: number) => Value} ValueClass */

/** What forward is given and what modules make of it: a place in the network, and no numbers yet. */
export class Value {
  /** @param {Trace} trace @param {number} id the core's number */
  constructor(trace, id) {
    const { shape, axes } = trace.shapeOf(id);
    Object.defineProperty(this, 'trace', { value: trace });
    Object.defineProperty(this, 'id', { value: id });
    /** PyTorch's, the batch first, which is -1: [-1, channels, height, width]. */
    this.shape = Object.freeze([-1, ...shape]);
    /** What the numbers are: 'features', 'tokens', 'series' or 'image'. */
    this.axes = axes;
    Object.freeze(this);
  }

  /** @param {number} [axis] one number of the shape */
  size(axis) {
    return axis === undefined ? this.shape : this.shape.at(axis);
  }

  toString() {
    return `a value of shape [${this.shape}]`;
  }

  /** a + b would be text: JavaScript has no operators for these. @param {string} hint */
  [Symbol.toPrimitive](hint) {
    if (hint === 'string') return String(this.toString());
    throw new TypeError('values have methods for what operators do in PyTorch: a.add(b), a.mul(b)');
  }
}

/** A class's name as the core takes it. @param {Module} module */
const plainClass = (module) => classOf(module).replace(/[^\w.-]/g, '_');

/** A name as the core takes it: the core's sentence is of bytes. @param {string} what @param {string} name */
function checkName(what, name) {
  if (!/^[\w.-]+$/.test(name))
    throw new TypeError(`"${name}" is no name for ${what}: it takes letters, digits, "_", "-" and "."`);
}

export class Trace {
  /** @type {Map<Module, string>} */
  #paths = new Map();
  /** The core's numbers of layers. @type {Map<Module, number>} */
  #numbers = new Map();
  /** Whose forward runs. @type {Set<Module>} */
  #running = new Set();
  /** @type {Set<Module>} */
  #named = new Set();
  #root;

  /** @param {Api} api @param {Net} net @param {Module} root @param {ValueClass} Values */
  constructor(api, net, root, Values) {
    this.api = api;
    this.net = net;
    this.Values = Values;
    this.#root = root;
    this.#find(root, '', []);
    const layers = [...this.#paths.keys()].filter((module) => module instanceof Layer);
    for (const layer of layers.sort((a, b) => orderOf(a) - orderOf(b))) {
      const { kind, settings } = layerOf(/** @type {Layer} */ (layer));
      const path = /** @type {string} */ (this.#paths.get(layer)) || kind.name;
      this.#numbers.set(layer, this.#checked(api.network_module(net, path, kind.name, settings)));
    }
  }

  /** Every module and its path. @param {Module} module @param {string} path @param {Module[]} owners */
  #find(module, path, owners) {
    if (owners.includes(module)) throw new Error(`"${path}": this ${classOf(module)} is inside itself`);
    const before = this.#paths.get(module);
    if (before !== undefined)
      throw new Error(
        `"${before}" and "${path}" are the same ${classOf(module)}: a module has one name, and can be called twice`,
      );
    this.#paths.set(module, path);
    for (const [name, child] of childrenOf(module)) {
      checkName('a module', name);
      this.#find(child, path ? `${path}.${name}` : name, [...owners, module]);
    }
  }

  /** Throws what the network found. @param {number} id @returns {number} */
  #checked(id) {
    if (id < 0) this.api.network_check(this.net);
    return id;
  }

  /** Without the batch. @param {number} id */
  shapeOf(id) {
    const { axes, rank, shape } = this.api.network_shape(this.net, id);
    return { axes, shape: shape.slice(0, rank) };
  }

  /** @param {string} name @param {import('../../../build/bridge/table.js').InputKind} kind @param {import('../../../build/bridge/table.js').Axes} axes @param {number[]} shape */
  input(name, kind, axes, shape) {
    checkName('an input', name);
    return this.#value(this.api.network_input(this.net, name, kind, axes, Int32Array.from(shape)));
  }

  /** @param {number} id @returns {Value} */
  #value(id) {
    return new this.Values(this, this.#checked(id));
  }

  /** The core's number of what a module or function is given. @param {string} who @param {unknown} given @returns {number} */
  idOf(who, given) {
    const value = given instanceof Layer && layerOf(given).kind.most === 0 ? this.run(given, []) : given;
    if (!(value instanceof Value))
      throw new TypeError(`${who} takes values, as forward is given them, and not ${shown(value)}`);
    const { trace, id } = /** @type {Value & {trace: Trace, id: number}} */ (value);
    if (trace !== this)
      throw new Error(`${who} was given a value of another network: values live in one forward`);
    return id;
  }

  /** @param {string} who @param {unknown[]} values */
  #ids(who, values) {
    return Int32Array.from(values, (value) => this.idOf(who, value));
  }

  /** What a function makes of values. @param {Kind} kind @param {string} settings @param {unknown[]} values @returns {Value} */
  call(kind, settings, values) {
    return this.#value(this.api.network_call(this.net, kind.name, settings, this.#ids(kind.name, values)));
  }

  /** A module is called. @param {Module} module @param {unknown[]} values @returns {any} */
  run(module, values) {
    const path = this.#paths.get(module);
    if (path === undefined)
      throw new Error(
        `${classOf(module)} is not part of ${classOf(this.#root)}: keep it in a field, as this.layer = ..., or in a lab.nn.ModuleList`,
      );
    const number = this.#numbers.get(module);
    const who = path || classOf(module);
    const result =
      number === undefined
        ? this.#forward(module, who, values)
        : this.#value(this.api.network_apply(this.net, number, this.#ids(who, values)));
    if (path && result instanceof Value && !this.#named.has(module)) {
      this.#named.add(module);
      this.api.network_name(this.net, path, this.idOf(who, result));
      this.api.network_check(this.net);
    }
    return result;
  }

  /** @param {Module} module @param {string} who @param {unknown[]} values */
  #forward(module, who, values) {
    if (this.#running.has(module)) throw new Error(`${who}: the forward of ${classOf(module)} calls itself`);
    const { api, net } = this;
    const inside = module !== this.#root;
    this.#running.add(module);
    if (inside) api.network_enter(net, who, plainClass(module));
    const result = module.forward(...values);
    if (inside) api.network_leave(net, result instanceof Value ? this.idOf(who, result) : -1);
    api.network_check(net);
    this.#running.delete(module);
    if (result === undefined || result instanceof Promise)
      throw new TypeError(
        `${who}: the forward of ${classOf(module)} returns ${result ? 'a promise: it cannot be async' : 'nothing'}`,
      );
    return result;
  }

  /** Weights that begin with numbers of a reader's own, by name. @returns {[string, Float32Array][]} */
  firsts() {
    return Array.from(this.#paths).flatMap(([module, path]) => {
      const first = module instanceof Layer ? layerOf(module).first : undefined;
      return first ? [/** @type {[string, Float32Array]} */ ([path, first])] : [];
    });
  }

  /** @param {string} name @param {unknown} value */
  output(name, value) {
    checkName('an output', name);
    this.api.network_output(this.net, name, this.idOf(`output ${name}`, value));
    this.api.network_check(this.net);
  }
}
