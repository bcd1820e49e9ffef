// The workloads in TensorFlow.js with its WebAssembly backend, in a page.

import { classesOf, fall, makeBatches, none, shapes, sizeOf, T, update } from './draws.mjs';
import { answering } from './measure.mjs';
import { peakOnThreads } from './peak.mjs';
import { models } from './tfjs-models.mjs';
import { load, makeModel } from './wasm-workloads.mjs';
import { workloads } from './workloads.mjs';

/** @type {any} */
const tf = /** @type {any} */ (globalThis).tf;

/** @typedef {import('./wasm-workloads.mjs').Core} Core */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('./measure.mjs').Work} Work */
/** @typedef {any} Tensor */

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

/** Samples in PyTorch's order as a tensor in ours. @param {Workload} workload @param {Float32Array} values */
function toTensor(workload, values) {
  const x = tf.tensor(values, [values.length / sizeOf(workload), ...shapes[workload.model]]);
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
 * @param {import('./wasm-workloads.mjs').Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeTraining(core, engine, workload) {
  const { batch = 0, lr = 1e-3 } = workload;
  const { rng, weights, predict, end, signal, noise } = make(core, engine, workload);
  const next = makeBatches(core, rng, workload);
  const optimizer = tf.train.adam(lr, 0.9, 0.999, 1e-8);
  const variables = Object.values(weights);

  function run() {
    const { x0, t, eps, labels } = next();
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

/**
 * @param {Core} core
 * @param {import('./wasm-workloads.mjs').Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeSampling(core, engine, workload) {
  const { n = 0, steps = 0, method = 0, guidance = 0 } = workload;
  const { rng, predict, end, alphaBar } = make(core, engine, workload);
  const randn = () => toTensor(workload, core.api.torch_randn(rng, n * sizeOf(workload)));
  const own = classesOf(n);
  const without = Array(n).fill(none);

  /** @param {Tensor} x @param {number} t */
  function noiseIn(x, t) {
    if (!guidance) return predict(x, Array(n).fill(t), /** @type {any} */ (undefined));
    const both = predict(tf.concat([x, x], 0), Array(2 * n).fill(t), [...without, ...own]);
    const [free, withClass] = tf.split(both, 2, 0);
    return free.add(withClass.sub(free).mul(guidance));
  }

  /** From x_t to x at the next timestep. @param {Tensor} x @param {number} t @param {number} before */
  function step(x, t, before) {
    const { keep, remove, add } = update(alphaBar, method, t, before);
    const mean = x.mul(keep).sub(noiseIn(x, t).mul(remove));
    return add > 0 ? mean.add(randn().mul(add)) : mean;
  }

  function run() {
    const list = fall(steps);
    let x = tf.tidy(randn);
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
