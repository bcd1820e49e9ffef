/**
 * lab.nn.Module: what a network is made of, written as in PyTorch. A module is a function, so that `this.net(x)` works:
 * Module's constructor returns one whose prototype is the class, and the fields of the class are set on it.
 */
import { shown } from '../check.js';

/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {import('./trace.js').Trace} Trace */

/** Modules count up as they are made: initial weights are drawn in this order, as PyTorch's __init__ does. @type {WeakMap<Module, number>} */
const created = new WeakMap();
let next = 0;

/** @param {Module} module @returns {number} */
export const orderOf = (module) => /** @type {number} */ (created.get(module));

/** The network that is being traced, for the length of a call of traced(). @type {Trace | null} */
let current = null;

export const currentTrace = () => current;

/** Runs fn while modules that are called belong to `trace`. @template T @param {Trace} trace @param {() => T} fn @returns {T} */
export function traced(trace, fn) {
  if (current) throw new Error('a network is made inside the forward of another: make it before, or after');
  current = trace;
  // A cell's line lies below all modules that stand inside one another. The engine's usual ten frames do not reach it.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 200;
  try {
    return fn();
  } finally {
    current = null;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Its class. @param {Module} module @returns {string} */
export const classOf = (module) => module.constructor.name || 'Module';

/** @param {Module} module @param {unknown[]} values */
function call(module, values) {
  if (current) return current.run(module, values);
  throw new Error(
    `${classOf(module)} is called outside of a network: lab.model(module, { x: [2], t: 'fraction' }) makes a model, which can be called with tensors`,
  );
}

/** Of a reader: `class Predictor extends lab.nn.Module`, with modules as its fields and a forward. */
export class Module {
  constructor() {
    /** @type {any} */
    const module = (/** @type {unknown[]} */ ...values) => call(module, values);
    // A function's own, which a field of that name could not be assigned to.
    delete module.name;
    delete module.length;
    Object.setPrototypeOf(module, new.target.prototype);
    created.set(module, next++);
    // biome-ignore lint/correctness/noConstructorReturn: a module is a function
    return module;
  }

  /**
   * What it makes of its inputs, as a class that extends Module says. @param {...any} _values @returns {any}
   */
  forward(..._values) {
    throw new TypeError(`${classOf(this)} has no forward`);
  }

  /** As PyTorch prints one. @returns {string} */
  toString() {
    const children = childrenOf(this).map(
      ([name, child]) => `  (${name}): ${String(child).replaceAll('\n', '\n  ')}\n`,
    );
    return `${classOf(this)}(${children.length ? `\n${children.join('')}` : ''})`;
  }
}

/** The modules among a module's fields, by name. @param {Module} module @returns {[string, Module][]} */
export function childrenOf(module) {
  /** @type {[string, Module][]} */
  const children = [];
  for (const [name, value] of Object.entries(module)) {
    if (value instanceof Module) children.push([name, value]);
    else if (Array.isArray(value) && value.some((each) => each instanceof Module))
      throw new TypeError(
        `${classOf(module)}: "${name}" is a plain list of modules, which are not found there: use lab.nn.ModuleList(list)`,
      );
  }
  return children;
}

/** @param {string} where @param {unknown[]} given modules one by one, or a list of them @returns {Module[]} */
function modulesOf(where, given) {
  const list = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  list.forEach((each, i) => {
    if (!(each instanceof Module))
      throw new TypeError(`${where} takes modules, got ${shown(each)} in place ${i}`);
  });
  return list;
}

/** A layer of the core; nn/index.js makes a class of each. */
export class Layer extends Module {
  /** @param {Kind} kind @param {string} settings as the core reads them */
  constructor(kind, settings) {
    super();
    Object.defineProperty(this, 'kind', { value: kind });
    Object.defineProperty(this, 'settings', { value: settings });
  }

  /** @override */
  toString() {
    const { kind, settings } = layerOf(this);
    return `${kind.name}(${settings.replaceAll(' ', ', ')})`;
  }
}

/** `first`: the numbers that its weight begins with, where those are a reader's own. @param {Layer} layer @returns {{kind: Kind, settings: string, first?: Float32Array}} */
export const layerOf = (layer) => /** @type {any} */ (layer);

/** Its input. */
export class Identity extends Module {
  /** @override @param {any} value */
  forward(value) {
    return value;
  }
}

/** One module after the other. */
export class Sequential extends Module {
  /** @param {...any} modules */
  constructor(...modules) {
    super();
    Object.assign(this, modulesOf('Sequential', modules));
  }

  /** @override @param {any} value */
  forward(value) {
    return childrenOf(this).reduce((h, [, module]) => /** @type {any} */ (module)(h), value);
  }
}

/** Modules by number, which its owner's forward calls: `for (const block of this.blocks) h = block(h)`. */
export class ModuleList extends Module {
  /** @param {...any} modules */
  constructor(...modules) {
    super();
    Object.assign(this, modulesOf('ModuleList', modules));
  }

  get length() {
    return childrenOf(this).length;
  }

  /** @param {Module} module */
  append(module) {
    Object.assign(this, { [this.length]: modulesOf('ModuleList', [module])[0] });
    return this;
  }

  *[Symbol.iterator]() {
    for (const [, module] of childrenOf(this)) yield module;
  }

  /** @override @returns {never} */
  forward() {
    throw new TypeError('a ModuleList has no forward: call the modules in it one by one');
  }
}
