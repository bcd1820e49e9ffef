/** What weights say of themselves: those of a lesson or a file become a run of the studio by it, as far as they tell. */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';

/** @typedef {{text: string, shape: number[], n_classes: number, objective: string, inputs: string[]}} Told */

/** @param {import('./worker.js').Context} context @param {{file: Uint8Array}} asked @returns {Told} throws a sentence */
export function weightsTold({ core }, { file }) {
  const rng = new Rng(core.memory, 0);
  try {
    const model = new Model(core.memory, core.engine, rng, { file, max_batch: 1 });
    const { sample_shape: shape, n_classes, objective } = model;
    const text = model.describe();
    model.dispose();
    const inputs = [...text.matchAll(/^input (\S+)/gm)].map(([, name]) => name);
    return { text, shape, n_classes, objective, inputs };
  } finally {
    rng.dispose();
  }
}
