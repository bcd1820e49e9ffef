// The workloads in TensorFlow.js with its WebAssembly backend, in a page. Weights, data and every draw come from our
// core, from the same seed as everywhere: so the losses can be compared, and drawing costs it less than its own would.

import { answering } from './measure.mjs';
import { peakOnThreads } from './peak.mjs';
import { models } from './tfjs-models.mjs';
import { load, makeData, makeModel } from './wasm-workloads.mjs';
import { workloads } from './workloads.mjs';

/** @type {any} */
const tf = /** @type {any} */ (globalThis).tf;

/** @typedef {import('./wasm-workloads.mjs').Core} Core */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('./measure.mjs').Work} Work */
/** @typedef {any} Tensor */

const T = 1000;

/**
 * PyTorch's draws, by the core.
 * @param {Core} core
 * @param {import('../../build/bridge/table.js').Id<'rng'>} rng
 */
const makeDraws = ({ api }, rng) => ({
  randn: (/** @type {number} */ n) => api.torch_randn(rng, n),
  rand: (/** @type {number} */ n) => api.torch_rand(rng, n),
  randint: (/** @type {number} */ n) => api.torch_randint(rng, 0, T, n),
  randperm: (/** @type {number} */ n) => api.torch_randperm(rng, n),
});

/**
 * PyTorch's layouts to those of TensorFlow.js. A transposed convolution of stride 1 is one with its filter turned round.
 * @param {string} name
 * @param {Tensor} values
 * @param {boolean} transposed
 */
function convert(name, values, transposed) {
  if (values.shape.length === 4)
    return transposed ? values.reverse([2, 3]).transpose([2, 3, 0, 1]) : values.transpose([2, 3, 1, 0]);
  return values.shape.length === 2 && !name.startsWith('class_embed') ? values.transpose() : values;
}

/**
 * @param {Core} core
 * @param {import('../../build/bridge/table.js').Id<'model'>} model
 * @param {Workload} workload
 */
function readWeights({ api }, model, workload) {
  /** @type {Record<string, Tensor>} */
  const weights = {};
  for (let i = 0; i < api.model_params(model); i++) {
    const { name, rank, shape } = api.model_param_info(model, i);
    const values = api.model_get_param(model, i);
    const transposed = workload.model === 'simpleUnet' && name.startsWith('up');
    weights[name] = tf.tidy(() =>
      tf.variable(convert(name, tf.tensor(values, shape.slice(0, rank)), transposed)),
    );
  }
  return weights;
}

/** The shape of n samples as PyTorch has them. @type {Record<Workload['model'], number[]>} */
const shapes = { mlp: [2], conditional: [2], miniUnet: [1, 32, 32], simpleUnet: [3, 64, 64] };

/** Samples in PyTorch's order as a tensor in ours. @param {Workload} workload @param {Float32Array} values */
function toTensor({ model }, values) {
  const x = tf.tensor(values, [values.length / shapes[model].reduce((a, b) => a * b, 1), ...shapes[model]]);
  return x.shape.length === 4 ? x.transpose([0, 2, 3, 1]) : x;
}

/**
 * What a workload needs: weights, the schedule's tables and the generator behind the draws of the weights.
 * @param {Core} core
 * @param {import('./wasm-workloads.mjs').Engine} engine
 * @param {Workload} workload
 */
function make(core, engine, workload) {
  const { rng, schedule, model, end: endModel } = makeModel(core, engine, workload);
  const weights = readWeights(core, model, workload);
  const unit = core.api.model_takes_fraction(model) ? T : 1;
  const net = models[workload.model];
  const predict = (/** @type {Tensor} */ x, /** @type {number[]} */ t, /** @type {number[]} */ labels) =>
    net(
      weights,
      x,
      tf.tensor2d(
        t.map((value) => value / unit),
        [t.length, 1],
      ),
      labels && tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 4), 'float32'),
    );
  const end = () => {
    endModel();
    tf.dispose(weights);
  };
  const alphaBar = core.api.schedule_table(schedule, 'alpha_bar');
  const signal = core.api.schedule_table(schedule, 'sqrt_alpha_bar');
  const noise = core.api.schedule_table(schedule, 'sqrt_one_minus_alpha_bar');
  return { rng, weights, predict, end, alphaBar, signal, noise };
}

// ---- Training ----------------------------------------------------------------------------------------------

/**
 * @param {Core} core
 * @param {Workload} workload
 */
function readData(core, workload) {
  const { data: values, labels } = makeData(core, workload);
  const size = shapes[workload.model].reduce((a, b) => a * b, 1);
  const classes = labels ?? undefined;
  return { values, classes, size };
}

/**
 * @param {Core} core
 * @param {import('./wasm-workloads.mjs').Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeTraining(core, engine, workload) {
  const { points = 0, batch = 0, lr = 1e-3, keepOrder, labelDropout = 0 } = workload;
  const { rng, weights, predict, end, signal, noise } = make(core, engine, workload);
  const { values, classes, size } = readData(core, workload);
  const draws = makeDraws(core, rng);
  const optimizer = tf.train.adam(lr, 0.9, 0.999, 1e-8);
  const variables = Object.values(weights);
  let at = 0;
  let order = Int32Array.from({ length: points }, (_, i) => i);

  function nextBatch() {
    if (at % points === 0) {
      at = 0;
      if (!keepOrder) order = draws.randperm(points);
    }
    const rows = [...order.subarray(at, at + batch)];
    at += batch;
    const x0 = new Float32Array(batch * size);
    for (const [i, row] of rows.entries()) x0.set(values.subarray(row * size, (row + 1) * size), i * size);
    return { rows, x0 };
  }

  function run() {
    const { rows, x0 } = nextBatch();
    const t = [...draws.randint(batch)];
    const eps = draws.randn(batch * size);
    const dropped = classes && draws.rand(batch);
    const labels = classes && rows.map((row, i) => (dropped && dropped[i] < labelDropout ? 3 : classes[row]));
    return tf.tidy(() => {
      const target = toTensor(workload, eps);
      const over = [batch, ...Array(target.shape.length - 1).fill(1)];
      const scale = (/** @type {Float32Array} */ table) =>
        tf.tensor(
          t.map((i) => table[i]),
          over,
        );
      const x = toTensor(workload, x0)
        .mul(scale(signal))
        .add(target.mul(scale(noise)));
      const loss = () =>
        predict(x, t, /** @type {number[]} */ (labels))
          .sub(target)
          .square()
          .mean();
      return optimizer.minimize(loss, true, variables).dataSync()[0];
    });
  }
  const endAll = () => {
    optimizer.dispose();
    end();
  };
  return { run, end: endAll };
}

// ---- Sampling ----------------------------------------------------------------------------------------------

/** Even timesteps from T-1 to 0. @param {number} steps */
const fall = (steps) =>
  Array.from({ length: steps }, (_, i) => Math.round(((T - 1) * (steps - 1 - i)) / (steps - 1)));

/**
 * @param {Core} core
 * @param {import('./wasm-workloads.mjs').Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeSampling(core, engine, workload) {
  const { n = 0, steps = 0, method, guidance = 0 } = workload;
  const { rng, predict, end, alphaBar } = make(core, engine, workload);
  const draws = makeDraws(core, rng);
  const size = shapes[workload.model].reduce((a, b) => a * b, 1);
  const own = Array.from({ length: n }, (_, i) => Math.floor((3 * i) / n));
  const none = Array(n).fill(3);

  /** @param {Tensor} x @param {number} t */
  function noiseIn(x, t) {
    if (!guidance) return predict(x, Array(n).fill(t), /** @type {any} */ (undefined));
    const both = predict(tf.concat([x, x], 0), Array(2 * n).fill(t), [...none, ...own]);
    const [without, withClass] = tf.split(both, 2, 0);
    return without.add(withClass.sub(without).mul(guidance));
  }

  /** From x_t to x at the next timestep. @param {Tensor} x @param {number} t @param {number} before */
  function step(x, t, before) {
    const eps = noiseIn(x, t);
    const [bar, barBefore] = [alphaBar[t], before >= 0 ? alphaBar[before] : 1];
    if (method === 1) {
      const x0 = x.sub(eps.mul(Math.sqrt(1 - bar))).mul(1 / Math.sqrt(bar));
      return x0.mul(Math.sqrt(barBefore)).add(eps.mul(Math.sqrt(1 - barBefore)));
    }
    const alpha = bar / barBefore;
    const mean = x.sub(eps.mul((1 - alpha) / Math.sqrt(1 - bar))).mul(1 / Math.sqrt(alpha));
    if (before < 0) return mean;
    const variance = ((1 - alpha) * (1 - barBefore)) / (1 - bar);
    return mean.add(toTensor(workload, draws.randn(n * size)).mul(Math.sqrt(variance)));
  }

  function run() {
    const list = fall(steps);
    let x = tf.tidy(() => toTensor(workload, draws.randn(n * size)));
    for (const [i, t] of list.entries()) {
      const next = tf.tidy(() => step(x, t, list[i + 1] ?? -1));
      x.dispose();
      x = next;
    }
    const result = tf.tidy(() => x.abs().mean().dataSync()[0]);
    x.dispose();
    return result;
  }
  return { run, end };
}

// ---- Answers -----------------------------------------------------------------------------------------------

/** @param {{seconds: number, threads: number}} settings */
export async function start({ seconds, threads }) {
  tf.wasm.setWasmPaths('/build/tfjs/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  tf.wasm.setThreadsCount(threads);
  // It takes at most half as many threads as there are processors; here it may have as many as the others.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
  if (!(await tf.setBackend('wasm'))) throw new Error('its WebAssembly backend does not start');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  const kernels = `${tf.version.tfjs}, ${simd ? 'SIMD' : 'no SIMD'}, threads: ${threaded ? tf.wasm.getThreadsCount() : 1}`;
  const { core, engine } = await load({
    module: '/build/wasm/noisebook-simd128',
    mode: 'exact',
    threads: 1,
  });
  const peak = await peakOnThreads('exact', threads);

  const start = (/** @type {Workload} */ workload) =>
    (workload.batch ? makeTraining : makeSampling)(core, engine, workload);
  return { ready: { ready: true, kernels, threads }, answer: answering(workloads, start, seconds, peak) };
}
