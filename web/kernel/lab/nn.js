/** lab.nn, and lab.model, which makes a model of a module. */
import { instance, options, shown, whole } from '../check.js';
import { BATCH } from '../core/model.js';
import { createNn } from '../nn/index.js';
import { classOf, Module, traced } from '../nn/module.js';
import { Trace, Value } from '../nn/trace.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/model.js').Model} Model */
/** @typedef {import('../core/model.js').Wish} Wish */
/** @typedef {import('../core/random.js').Rng} Rng */
/** @typedef {import('../../../build/bridge/table.js').Axes} Axes */
/** @typedef {import('../../../build/bridge/table.js').InputKind} InputKind */
/**
 * A shape without the batch, [features] or [channels, height, width]; or { shape, axes: 'tokens' }, for two numbers 'tokens'
 * (tokens, features) or 'series' (channels, length).
 * @typedef {number[] | {shape: number[], axes?: Axes}} Numbers
 */
/**
 * What forward is given, in this order: x, t, label, and others by names of your own.
 * @typedef {{x: Numbers, t?: 'fraction' | 'timestep', label?: {classes: number},
 *   [name: string]: Numbers | string | {classes: number} | {tokens: number, vocabulary: number} | undefined}} Inputs
 */
/** @typedef {{kind: InputKind, axes: Axes, shape: number[]}} Input */

/** @type {Axes[]} */
const AXES = ['features', 'tokens', 'series', 'image'];

/** @param {string} name @param {unknown} given @returns {{axes: Axes, shape: number[]}} */
function numbersOf(name, given) {
  const { shape, axes = undefined } = Array.isArray(given)
    ? { shape: given }
    : options(/** @type {any} */ (given), `input ${name}`, ['shape', 'axes']);
  if (!Array.isArray(shape) || shape.length < 1 || shape.length > 3)
    throw new TypeError(
      `input ${name} = ${shown(shape)}: it takes a shape without the batch, such as [2] or [1, 32, 32]`,
    );
  for (const each of shape) whole(each, `input ${name}, a size`, 1);
  if (axes === undefined && shape.length === 2)
    throw new TypeError(
      `input ${name} = [${shape}]: say which numbers they are, { shape: [${shape}], axes: 'tokens' } (tokens, features) or 'series' (channels, length)`,
    );
  const found = axes ?? (shape.length === 1 ? 'features' : 'image');
  if (!AXES.includes(found))
    throw new RangeError(`input ${name}: axes = ${shown(axes)}: it takes ${AXES.join(', ')}`);
  return { axes: found, shape };
}

/** @param {string} name @param {any} given @returns {Input} */
function inputOf(name, given) {
  if (name === 'x') return { kind: 'x', ...numbersOf(name, given) };
  if (name === 't') {
    if (given === 'fraction' || given === 'timestep') return { kind: given, axes: 'features', shape: [] };
    throw new TypeError(`input t = ${shown(given)}: it takes 'fraction' (t / T) or 'timestep'`);
  }
  if (name === 'label') {
    const { classes } = options(given, 'input label', ['classes']);
    return { kind: 'labels', axes: 'features', shape: [whole(classes, 'classes', 1)] };
  }
  if (given !== null && typeof given === 'object' && 'tokens' in given) {
    const { tokens, vocabulary } = options(given, `input ${name}`, ['tokens', 'vocabulary']);
    const shape = [whole(tokens, 'tokens', 1), whole(vocabulary, 'vocabulary', 1)];
    return { kind: 'tokens', axes: 'features', shape };
  }
  return { kind: 'cond', ...numbersOf(name, given) };
}

/** @param {unknown} given @returns {[string, Input][]} */
function inputsOf(given) {
  if (given === null || typeof given !== 'object' || !('x' in given))
    throw new TypeError("model takes its inputs by name, such as { x: [2], t: 'fraction' }: x is missing");
  return Object.entries(given).flatMap(([name, each]) =>
    each === undefined ? [] : [[name, inputOf(name, each)]],
  );
}

/** @param {unknown} given @returns {Module} */
function moduleOf(given) {
  if (typeof given === 'function' && given.prototype instanceof Module)
    throw new TypeError(`model takes a module, and ${given.name} is a class: write new ${given.name}()`);
  return instance(given, Module, 'module', 'one of a class that extends lab.nn.Module, or of lab.nn');
}

/** @param {Trace} trace @param {Module} root @param {any} result @param {number[]} sample the shape of x */
function give(trace, root, result, sample) {
  // One that is like x is what the network takes for the noise in it.
  if (result instanceof Value)
    return trace.output(result.shape.slice(1).join() === sample.join() ? 'eps' : 'out', result);
  if (result === null || typeof result !== 'object' || Array.isArray(result))
    throw new TypeError(
      `the forward of ${classOf(root)} returns ${shown(result)}: it takes a value, or values by name as { mean, logvar }`,
    );
  const outputs = Object.entries(result);
  if (outputs.length === 0) throw new TypeError(`the forward of ${classOf(root)} returns no values`);
  for (const [name, value] of outputs) trace.output(name, value);
}

/** @param {Kernel} kernel @param {(wish: Wish, generator?: Rng) => Model} create */
export function networksOf({ core: { memory } }, create) {
  const { nn, Values } = createNn(memory);
  const { api, bridge } = memory;
  return {
    nn,
    /**
     * A model of a module, whose forward runs once, here, to see what it does: then it is a model as any other. `inputs`
     * has what forward is given, in its order. Initial weights are drawn in the order in which the modules were made.
     * Options: max_batch, the most samples of a backward pass; generator.
     * @param {Module} module @param {Inputs} inputs @param {{max_batch?: number, generator?: Rng}} [given]
     * @returns {Model}
     */
    model(module, inputs, given) {
      const root = moduleOf(module);
      const named = inputsOf(inputs);
      const sample = inputOf('x', inputs.x).shape;
      const { generator, max_batch } = options(given, 'model', ['max_batch', 'generator'], {
        max_batch: sample.length === 1 ? BATCH.points : BATCH.others,
      });
      const net = api.network_create();
      try {
        const trace = new Trace(api, net, root, Values);
        const values = named.map(([name, { kind, axes, shape }]) => trace.input(name, kind, axes, shape));
        give(
          trace,
          root,
          traced(trace, () => trace.run(root, values)),
          sample,
        );
        const model = create({ kind: 'network', network: net, max_batch }, generator);
        const names = model.named_parameters().map((each) => each.name);
        for (const [name, values] of trace.firsts())
          api.model_set_param(model.id, names.indexOf(name), values);
        return model;
      } finally {
        bridge.destroy(net);
      }
    },
  };
}
