/** `lab.nn`: modules and functions as torch.nn and torch.nn.functional have them, made of the core's table of layers. */
import { shown } from '../check.js';
import { float32 } from '../memory.js';
import { Tensor } from '../tensor.js';
import { shapedFunctions } from './functions.js';
import { kindsOf, settingsText } from './kinds.js';
import { currentTrace, Identity, Layer, Module, ModuleList, Sequential } from './module.js';
import { Value } from './trace.js';

/** @typedef {import('../../../build/bridge/table.js').Api} Api */
/** @typedef {import('../memory.js').Memory} Memory */
/** @typedef {import('./kinds.js').Kind} Kind */

/**
 * A class that may be called without `new`: lab.nn.Linear(1, 32).
 * @template {new (...given: any[]) => any} C @param {C} Class @returns {C & ((...given: ConstructorParameters<C>) => InstanceType<C>)}
 */
const callable = (Class) =>
  /** @type {any} */ (new Proxy(Class, { apply: (_, __, given) => new Class(...given) }));

/** Refuses settings that the layer does not take, where it is made. @param {Memory} memory @param {Kind} kind @param {string} settings */
function checkSettings({ api, bridge }, kind, settings) {
  const net = api.network_create();
  try {
    api.network_module(net, kind.name, kind.name, settings);
    api.network_check(net);
  } finally {
    bridge.destroy(net);
  }
}

/** @param {Memory} memory @param {Kind} kind */
function layerClass(memory, kind) {
  const Class = class extends Layer {
    /** @param {...unknown} given PyTorch's arguments: by place, then an object of those by name */
    constructor(...given) {
      const settings = settingsText(kind, given);
      checkSettings(memory, kind, settings);
      super(kind, settings);
    }
  };
  Object.defineProperty(Class, 'name', { value: kind.name });
  return callable(Class);
}

/** Whether something can stand for a value. @param {unknown} given */
const isValue = (given) => given instanceof Value || given instanceof Layer;

/**
 * Parameter(16, 64) is zeros of that shape, Parameter(lab.randn([16, 64])) begins with those numbers.
 * @param {Memory} memory @param {Kind} kind
 */
function parameterClass(memory, kind) {
  const Base = layerClass(memory, kind);
  const Class = class extends Base {
    /** @param {...any} given */
    constructor(...given) {
      const [first] = given;
      const begins = first instanceof Tensor;
      if (begins && (first.shape.length > 2 || first.shape.length < 1))
        throw new TypeError(
          `Parameter: a tensor of shape [${first.shape}]: it takes [features] or [tokens, features]`,
        );
      super(...(begins ? first.shape : given));
      if (begins) Object.defineProperty(this, 'first', { value: float32(first, 'Parameter').slice() });
    }
  };
  Object.defineProperty(Class, 'name', { value: kind.name });
  return callable(Class);
}

/** What it makes of values, then settings: cat([a, b], 1), add(a, b), max_pool2d(x, 2). @param {Kind} kind */
function functionOf(kind) {
  return (/** @type {unknown[]} */ ...given) => {
    const trace = currentTrace();
    if (!trace) throw new Error(`${kind.identifier} is called outside of the forward of a network`);
    const [values, rest] = Array.isArray(given[0])
      ? [given[0], given.slice(1)]
      : split(
          given,
          given.findIndex((each) => !isValue(each)),
        );
    if (values.length < kind.least)
      throw new TypeError(
        `${kind.identifier} takes ${kind.least} values, as forward is given them, got ${shown(given[values.length])}`,
      );
    return trace.call(kind, settingsText(kind, rest), values);
  };
}

/** @param {unknown[]} list @param {number} at -1: all of it is the first part */
const split = (list, at) => (at < 0 ? [list, []] : [list.slice(0, at), list.slice(at)]);

/** Values with a method for each function: h.relu(), h.add(e). @param {Record<string, (...given: any[]) => Value>} functions */
function valueClass(functions) {
  const Class = class extends Value {};
  for (const [name, fn] of Object.entries(functions))
    Object.defineProperty(Class.prototype, name, {
      /** @this {Value} @param {...unknown} given */
      value(...given) {
        return fn(this, ...given);
      },
    });
  return Class;
}

/** @param {Memory} memory */
export function createNn(memory) {
  const kinds = kindsOf(memory.api);
  // Without weights and with a name in small letters it is a function only, as in PyTorch.
  const modules = kinds.filter(({ name, identifier }) => name !== identifier);
  /** @type {Record<string, (...given: any[]) => Value>} */
  const functions = Object.fromEntries(
    kinds.filter(({ weights }) => !weights).map((kind) => [kind.identifier, functionOf(kind)]),
  );
  const { most } = /** @type {Kind} */ (kinds.find(({ name }) => name === 'cat'));
  Object.assign(functions, shapedFunctions({ ...functions }, most));
  const Values = valueClass(functions);
  const nn = Object.freeze({
    Module,
    Sequential: callable(Sequential),
    ModuleList: callable(ModuleList),
    Identity: callable(Identity),
    ...Object.fromEntries(
      modules.map((kind) => [kind.name, (kind.most === 0 ? parameterClass : layerClass)(memory, kind)]),
    ),
    ...functions,
  });
  return { nn, Values };
}
