// The workloads in jax-js, in a page: a training step and a sampler's step are compiled as a whole (jit).

import { classesOf, fall, makeBatches, none, shapes, sizeOf, T, update } from './draws.mjs';
import { models } from './jaxjs-models.mjs';
import { answering } from './measure.mjs';
import { peakOnThreads } from './peak.mjs';
import { load, makeModel } from './wasm-workloads.mjs';
import { workloads } from './workloads.mjs';

/** @type {any} */
const { defaultDevice, init, jit, numpy: np, tree, valueAndGrad } = /** @type {any} */ (globalThis).jax;

/** @typedef {import('./wasm-workloads.mjs').Core} Core */
/** @typedef {import('./wasm-workloads.mjs').Engine} Engine */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('./measure.mjs').Work} Work */
/** @typedef {any} Value */

/** @param {ArrayLike<number>} values @param {number[]} shape @returns {Value} */
const array = (values, shape) => np.array(Float32Array.from(values), { shape });

/** @param {Workload} workload @param {Float32Array} values */
const samples = (workload, values) =>
  array(values, [values.length / sizeOf(workload), ...shapes[workload.model]]);

/** One-hot, with the label of none; nothing for a network without classes. @param {number[] | null} labels */
function oneHot(labels) {
  if (!labels) return {};
  const rows = labels.flatMap((label) => [0, 1, 2, none].map((each) => Number(each === label)));
  return { labels: array(rows, [labels.length, none + 1]) };
}

/**
 * The weights as PyTorch has them; a transposed convolution of stride 1 is one with its filter turned round.
 * @param {Core} core
 * @param {import('../../build/bridge/table.js').Id<'model'>} model
 * @param {Workload} workload
 */
function readWeights({ api }, model, workload) {
  /** @type {Record<string, Value>} */
  const weights = {};
  for (let i = 0; i < api.model_params(model); i++) {
    const { name, rank, shape } = api.model_param_info(model, i);
    const values = array(api.model_get_param(model, i), [...shape.slice(0, rank)]);
    const transposed = workload.model === 'simpleUnet' && name.startsWith('up') && rank === 4;
    weights[name] = transposed ? np.flip(values, [2, 3]).transpose([1, 0, 2, 3]) : values;
  }
  return weights;
}

/**
 * What a workload needs: weights, the schedule's tables, and the generator behind the draws of the weights.
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 */
function make(core, engine, workload) {
  const { rng, schedule, model, end } = makeModel(core, engine, workload);
  const weights = readWeights(core, model, workload);
  const unit = core.api.model_takes_fraction(model) ? T : 1;
  const times = (/** @type {number[]} */ t) =>
    array(
      t.map((value) => value / unit),
      [t.length, 1],
    );
  const table = (/** @type {'alpha_bar' | 'sqrt_alpha_bar' | 'sqrt_one_minus_alpha_bar'} */ name) =>
    core.api.schedule_table(schedule, name);
  return { rng, weights, times, table, end };
}

// ---- Training ----------------------------------------------------------------------------------------------

/**
 * A step of training: [loss, weights and both of Adam's averages after it].
 * @param {Workload} workload
 */
function compileStep({ model }) {
  const net = models[model];
  const lossOf = (/** @type {Value} */ p, /** @type {Value} */ { x, eps, t, labels }) => {
    const loss = np.square(net(p, x, t, labels).sub(eps)).mean();
    tree.dispose(p);
    return loss;
  };
  /** rates: the learning rate over the first bias correction, and the root of the second. */
  return jit(
    (/** @type {Value} */ p, /** @type {Value} */ m, /** @type {Value} */ v, /** @type {Value} */ given) => {
      const { x0, eps, signal, noise, t, labels, rates } = given;
      const x = x0.mul(signal).add(eps.ref.mul(noise));
      const [loss, grads] = valueAndGrad(lossOf)(tree.ref(p), { x, eps, t, ...(labels && { labels }) });
      const first = tree.map(
        (/** @type {Value} */ m, /** @type {Value} */ g) => m.mul(0.9).add(g.mul(0.1)),
        m,
        tree.ref(grads),
      );
      const second = tree.map(
        (/** @type {Value} */ v, /** @type {Value} */ g) => v.mul(0.999).add(np.square(g).mul(0.001)),
        v,
        grads,
      );
      const [rate, root] = [rates.ref.slice(0), rates.slice(1)];
      const after = tree.map(
        (/** @type {Value} */ w, /** @type {Value} */ m, /** @type {Value} */ v) =>
          w.sub(m.mul(rate.ref).div(np.sqrt(v).div(root.ref).add(1e-8))),
        p,
        tree.ref(first),
        tree.ref(second),
      );
      for (const each of [rate, root]) each.dispose();
      return [loss, after, first, second];
    },
  );
}

/**
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeTraining(core, engine, workload) {
  const { batch = 0, lr = 1e-3 } = workload;
  const { rng, weights, times, table, end: endCore } = make(core, engine, workload);
  const [signal, noise] = [table('sqrt_alpha_bar'), table('sqrt_one_minus_alpha_bar')];
  const next = makeBatches(core, rng, workload);
  const step = compileStep(workload);
  const zeros = () => tree.map((/** @type {Value} */ w) => np.zeros(w.shape), tree.ref(weights));
  let [p, m, v] = [weights, zeros(), zeros()];
  const over = [batch, ...shapes[workload.model].map(() => 1)];
  let count = 0;

  async function run() {
    const { x0, t, eps, labels } = next();
    count++;
    const rates = array([lr / (1 - 0.9 ** count), Math.sqrt(1 - 0.999 ** count)], [2]);
    const scale = (/** @type {Float32Array} */ values) =>
      array(
        t.map((i) => values[i]),
        over,
      );
    let loss;
    [loss, p, m, v] = step(p, m, v, {
      ...{
        x0: samples(workload, x0),
        eps: samples(workload, eps),
        signal: scale(signal),
        noise: scale(noise),
      },
      ...{ t: times(t), rates, ...oneHot(labels) },
    });
    return (await loss.data())[0];
  }
  const end = () => {
    tree.dispose([p, m, v]);
    step.dispose();
    endCore();
  };
  return { run, end };
}

// ---- Sampling ----------------------------------------------------------------------------------------------

/**
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeSampling(core, engine, workload) {
  const { n = 0, steps = 0, method = 0, guidance = 0 } = workload;
  const { rng, weights, times, table, end: endCore } = make(core, engine, workload);
  const alphaBar = table('alpha_bar');
  const net = models[workload.model];
  const randn = () => samples(workload, core.api.torch_randn(rng, n * sizeOf(workload)));
  const step = jit((/** @type {Value} */ p, /** @type {Value} */ { x, t, labels, z, by }) => {
    const both = guidance ? np.concatenate([x.ref, x.ref], 0) : x.ref;
    let eps = net(p, both, t, labels);
    tree.dispose(p);
    if (guidance) {
      const [free, own] = np.split(eps, 2, 0);
      eps = free.ref.add(own.sub(free).mul(guidance));
    }
    const [keep, remove, add] = [by.ref.slice(0), by.ref.slice(1), by.slice(2)];
    return x.mul(keep).sub(eps.mul(remove)).add(z.mul(add));
  });
  const labels = guidance ? [...Array(n).fill(none), ...classesOf(n)] : null;

  async function run() {
    const list = fall(steps);
    let x = randn();
    for (const [i, t] of list.entries()) {
      const { keep, remove, add } = update(alphaBar, method, t, list[i + 1] ?? -1);
      x = step(tree.ref(weights), {
        ...{ x, t: times(Array((guidance ? 2 : 1) * n).fill(t)), ...oneHot(labels) },
        ...{ z: add > 0 ? randn() : np.zeros(x.shape), by: array([keep, remove, add], [3]) },
      });
    }
    const values = await x.data();
    return (
      values.reduce((/** @type {number} */ sum, /** @type {number} */ v) => sum + Math.abs(v), 0) /
      values.length
    );
  }
  const end = () => {
    tree.dispose(weights);
    step.dispose();
    endCore();
  };
  return { run, end };
}

// ---- Answers -----------------------------------------------------------------------------------------------

/** @param {{seconds: number, threads: number, device: string}} settings */
export async function start({ seconds, threads, device }) {
  // It takes as many threads as there are processors; here it may have as many as the others.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads });
  const devices = await init();
  if (!devices.includes(device)) throw new Error(`this browser has no ${device} for it`);
  defaultDevice(device);
  const { core, engine } = await load({ module: '/build/wasm/noisebook-simd128', mode: 'exact', threads: 1 });
  const peak = device === 'wasm' ? await peakOnThreads('exact', threads) : async () => 0;
  const start = (/** @type {Workload} */ workload) => {
    // Of MiniUNet(16), a step of training took 39 s on two busy cores, its losses right, and 50 steps of DDIM over 100 s.
    if (device === 'wasm' && shapes[workload.model].length > 1)
      throw new Error(
        "jax-js's convolutions are too slow in WebAssembly: a training step takes half a minute",
      );
    return (workload.batch ? makeTraining : makeSampling)(core, engine, workload);
  };
  return {
    ready: { ready: true, kernels: device, threads },
    answer: answering(workloads, start, seconds, peak),
  };
}
