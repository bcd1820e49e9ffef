/** What one looks at while a run trains: its loss at each noise level, and a few samples. Training goes on in between. */

import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { Sampler } from '../core/sampler.js';
import { lossByLevel } from '../core/training.js';
import { labOf, scheduleOf } from './run.js';

/** @typedef {import('./worker.js').Context} Context */
/** @typedef {import('./run.js').Run} Run */

const LEVELS = 16;
/** So many samples are looked at: more would take too long in the midst of training. */
const JUDGED = { points: 256, series: 48, pictures: 16 };

/** So many labels, of each class in turn. @param {Model} model @param {number} count */
export const turns = ({ n_classes }, count) =>
  n_classes > 0 ? Int32Array.from({ length: count }, (_, i) => i % n_classes) : null;

// Model and schedule are copies: while others are answered, another run may take the place of this one.

/** @param {Context} context @returns {Promise<import('./protocol.js').Answer<'levels'>>} */
export async function levelsOf({ run, kernel, tick }) {
  const schedule = run && run.step > 0 ? scheduleOf(labOf(kernel), run.config) : null;
  if (!run || !schedule) return null;
  const { x, labels } = run.judged(JUDGED[run.data.kind]);
  const timesteps = Array.from({ length: LEVELS }, (_, i) =>
    Math.round((i * (schedule.T - 1)) / (LEVELS - 1)),
  );
  const model = run.snapshot();
  try {
    const losses = [];
    for (const t of timesteps) {
      const parts = { model, schedule, x_0: x, labels: model.n_classes > 0 ? labels : null, seed: 0 };
      losses.push(...lossByLevel({ ...parts, timesteps: [t] }));
      await tick();
    }
    return { timesteps, losses };
  } finally {
    model.dispose();
    schedule.dispose();
  }
}

/** @param {Context} context @param {import('./protocol.js').Ask<'preview'>} asked @returns {Promise<import('./protocol.js').Answer<'preview'>>} */
export async function previewOf({ run, kernel, core, tick }, { count, steps, seed, kept }) {
  if (!kept && (!run || run.step === 0)) return null;
  const step = kept ? 0 : (run?.step ?? 0);
  const schedule = scheduleOf(labOf(kernel), kept?.config ?? /** @type {Run} */ (run).config);
  const model = kept
    ? new Model(core.memory, core.engine, new Rng(core.memory, 0), { file: kept.weights, max_batch: 1 })
    : /** @type {Run} */ (run).snapshot();
  const rng = new Rng(core.memory, seed);
  const labels = turns(model, count);
  const flow = model.objective === 'flow';
  /** @type {Sampler | null} */
  let sampler = null;
  try {
    sampler = new Sampler({
      model,
      schedule,
      rng,
      n: count,
      steps: schedule ? Math.min(steps, schedule.T) : steps,
      method: flow ? 'euler' : 'ddim',
      ...(labels && { labels }),
    });
    while (sampler.t >= 0) {
      sampler.step();
      await tick();
    }
    const samples = Float32Array.from(sampler.x.data);
    return samples.every(Number.isFinite) ? { samples, labels, step } : null;
  } finally {
    sampler?.dispose();
    rng.dispose();
    model.dispose();
    schedule?.dispose();
  }
}
