/**
 * How many threads are of use, measured once: a browser may report more cores than it gives, and threads that wait for each
 * other on one core make everything slower.
 */

import { Model } from './core/model.js';
import { Rng } from './core/random.js';
import { Core } from './core.js';
import { Tensor } from './tensor.js';

/** @typedef {import('./protocol.js').Wish} Wish */
/** @typedef {{threads: number, ms: number}} Measured */

/** A step on so many points takes some milliseconds, and has work for four threads. */
const POINTS = 256;
const ROUNDS = 3;
/** Fewer threads leave more of the machine to the page: another one must bring at least that much. */
const GAIN = 0.9;

/** @param {Measured[]} measured by the number of threads, from one on @returns {number} */
export function mostUseful(measured) {
  let best = measured[0];
  for (const each of measured) if (each.ms < GAIN * best.ms) best = each;
  return best?.threads ?? 1;
}

/** The best of some rounds of a training step's work. @param {Core} core */
function timeOf(core) {
  const rng = new Rng(core.memory, 1);
  const model = new Model(core.memory, core.engine, rng, {
    kind: 'simple-noise-predictor',
    max_batch: POINTS,
  });
  const x = new Tensor([POINTS, 2], new Float32Array(2 * POINTS).fill(0.5));
  let ms = Number.POSITIVE_INFINITY;
  // The first one makes room, and wakes the threads.
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    model.forward(x, 0.5);
    model.backward(x);
    if (round > 0) ms = Math.min(ms, performance.now() - start);
  }
  model.dispose();
  rng.dispose();
  return ms;
}

/**
 * Tries 1, 2, 4 threads up to what the module has, each for some milliseconds.
 * @param {import('./core.js').Core['wasm']} wasm @param {number} most @param {Wish['mode']} mode @returns {number}
 */
export function measureThreads(wasm, most, mode) {
  /** @type {Measured[]} */
  const measured = [];
  for (let threads = 1; threads <= most; threads = threads < most ? Math.min(2 * threads, most) : most + 1) {
    const core = new Core(wasm, { threads, mode });
    measured.push({ threads, ms: timeOf(core) });
    core.engine.dispose();
  }
  return mostUseful(measured);
}
