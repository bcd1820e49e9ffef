// What a library in a page takes from our core: data and every draw, from the same seed as everywhere. So its losses can be
// compared, and drawing costs it less than its own would.

import { makeData } from './wasm-workloads.mjs';

/** @typedef {import('./wasm-workloads.mjs').Core} Core */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('../../build/bridge/table.js').Id<'rng'>} Rng */

export const T = 1000;

/** The shape of a sample as PyTorch has it. @type {Record<Workload['model'], number[]>} */
export const shapes = { mlp: [2], conditional: [2], miniUnet: [1, 32, 32], simpleUnet: [3, 64, 64] };

/** The numbers of a sample. @param {Workload} workload */
export const sizeOf = ({ model }) => shapes[model].reduce((a, b) => a * b, 1);

/** The label of none of the three classes. */
export const none = 3;

/** n labels, class after class. @param {number} n */
export const classesOf = (n) => Array.from({ length: n }, (_, i) => Math.floor((3 * i) / n));

/** Even timesteps from T-1 to 0. @param {number} steps */
export const fall = (steps) =>
  Array.from({ length: steps }, (_, i) => Math.round(((T - 1) * (steps - 1 - i)) / (steps - 1)));

/**
 * The batches of a training, each with what PyTorch would draw for it: timesteps, noise, and labels of which some are
 * dropped.
 * @param {Core} core
 * @param {Rng} rng
 * @param {Workload} workload
 */
export function makeBatches(core, rng, workload) {
  const { api } = core;
  const { points = 0, batch = 0, keepOrder, labelDropout = 0 } = workload;
  const { data: values, labels: classes } = makeData(core, workload);
  const size = sizeOf(workload);
  let at = 0;
  let order = Int32Array.from({ length: points }, (_, i) => i);
  return () => {
    if (at % points === 0) {
      at = 0;
      if (!keepOrder) order = api.torch_randperm(rng, points);
    }
    const rows = [...order.subarray(at, at + batch)];
    at += batch;
    const x0 = new Float32Array(batch * size);
    for (const [i, row] of rows.entries()) x0.set(values.subarray(row * size, (row + 1) * size), i * size);
    const t = [...api.torch_randint(rng, 0, T, batch)];
    const eps = api.torch_randn(rng, batch * size);
    const dropped = classes && api.torch_rand(rng, batch);
    const labels =
      classes && rows.map((row, i) => (dropped && dropped[i] < labelDropout ? none : classes[row]));
    return { x0, t, eps, labels };
  };
}

/**
 * How a sampler goes from t to the timestep before: x_before = x * keep - eps * remove + z * add.
 * @param {Float32Array} alphaBar
 * @param {number} method 0 DDPM, 1 DDIM
 * @param {number} t
 * @param {number} before -1 after the last
 */
export function update(alphaBar, method, t, before) {
  const [bar, barBefore] = [alphaBar[t], before >= 0 ? alphaBar[before] : 1];
  if (method === 1) {
    const keep = Math.sqrt(barBefore / bar);
    return { keep, remove: keep * Math.sqrt(1 - bar) - Math.sqrt(1 - barBefore), add: 0 };
  }
  const alpha = bar / barBefore;
  const keep = 1 / Math.sqrt(alpha);
  const variance = ((1 - alpha) * (1 - barBefore)) / (1 - bar);
  return { keep, remove: (keep * (1 - alpha)) / Math.sqrt(1 - bar), add: Math.sqrt(variance) };
}
