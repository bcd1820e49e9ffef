// The workloads in WebAssembly, for Node and for a page's worker alike: nothing but the core's functions.

import { Bridge } from '../../web/kernel/bridge.js';
import { answering } from './measure.mjs';
import { peakOnThreads } from './peak.mjs';
import { kinds, workloads } from './workloads.mjs';

/** @typedef {Bridge} Core */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('./measure.mjs').Work} Work */
/** @typedef {import('../../build/bridge/table.js').Id<'engine'>} Engine */
/** module: its address without .wasm.
 * @typedef {{module: string, mode: 'exact' | 'fast', threads: number, seconds: number}} Settings */

const seed = 42;
const sampleSizes = { mlp: 2, conditional: 2, miniUnet: 32 * 32, simpleUnet: 3 * 64 * 64 };
/** As workloads.mjs numbers them. */
const schedules = ['linear', 'cosine-clipped'];
const methods = ['ddpm', 'ddim'];

/**
 * The bytes of a .wasm file, in Node and in a page alike.
 * @param {string} url
 */
async function fetchBytes(url) {
  if (!url.startsWith('file:')) return new Uint8Array(await (await fetch(url)).arrayBuffer());
  const { readFile } = await import('node:fs/promises');
  return readFile(new URL(url));
}

/**
 * A core, and an engine on so many threads, of which a module makes the others as it starts. The relaxed modules have
 * the plain ones' scripts.
 * @param {Omit<Settings, 'seconds'>} settings
 */
export async function load({ module, mode, threads }) {
  const { default: create } = await import(`${module.replace('relaxed', 'simd128')}.mjs`);
  const core = new Bridge(
    await create({ workers: threads - 1, wasmBinary: await fetchBytes(`${module}.wasm`) }),
  );
  return { core, engine: core.api.engine_create(mode, threads) };
}

/**
 * The model of a workload, its schedule, and the generator behind the draws of the weights.
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 */
export function makeModel(core, engine, { model: kind, base, schedule: table = 0, batch }) {
  const { api } = core;
  const rng = api.rng_create(seed);
  const schedule = api.schedule_create(api.schedule_find(schedules[table]), 1000, 1e-4, 0.02);
  const config = api.model_default(api.model_kind_find(kinds[kind]));
  if (base) config.base_channels = base;
  if (batch) config.max_batch = batch;
  const model = api.model_create(engine, config, rng);
  const end = () => {
    for (const id of [model, schedule, rng]) core.destroy(id);
  };
  return { rng, schedule, model, end };
}

/**
 * Pictures by a formula that every language can follow.
 * @param {Float32Array} out
 * @param {number} size
 */
function fillPictures(out, size) {
  for (let i = 0; i < out.length; i++) {
    const [k, r, c] = [Math.floor(i / (size * size)), Math.floor(i / size) % size, i % size];
    out[i] = (7 * k + 3 * r + 5 * c + r * c) % 11 < 5 ? 1 : -1;
  }
}

/**
 * The data set, and its labels where there are some.
 * @param {Core} core
 * @param {Workload} workload
 */
export function makeData(core, { model, points = 0 }) {
  if (model === 'miniUnet' || model === 'simpleUnet') {
    const data = new Float32Array(points * sampleSizes[model]);
    fillPictures(data, model === 'miniUnet' ? 32 : 64);
    return { data, labels: null };
  }
  const { api } = core;
  const numpy = api.rng_create(seed);
  const { out, labels } =
    model === 'conditional'
      ? api.data_classes(numpy, points / 3)
      : { out: api.data_swiss_roll(numpy, points, 0.1), labels: null };
  core.destroy(numpy);
  return { data: Float32Array.from(out), labels };
}

/**
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeTraining(core, engine, workload) {
  const { points = 0, batch = 0, lr = 1e-3, labelDropout = 0, keepOrder = false } = workload;
  const { rng, schedule, model, end } = makeModel(core, engine, workload);
  const { data, labels } = makeData(core, workload);
  const trainer = core.api.trainer_create(model, schedule, rng, data, points, {
    ...{ batch, lr, labels, label_dropout: labelDropout, ema_decay: 0, keep_order: keepOrder },
    ...{ stratified: false, warmup: 0, decay_steps: 0, lr_end: 0, weight_limit: 0 },
    optimizer: core.api.optimizer_find('adam'),
    objective: core.api.objective_find('eps'),
    loss_weight: core.api.loss_weight_find('one'),
  });
  return {
    run: () => core.api.trainer_step(trainer).loss,
    end() {
      core.destroy(trainer);
      end();
    },
  };
}

/** @param {Float32Array} values */
const meanSize = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

/**
 * Where the model has classes, the samples are as many of each, class after class.
 * @param {Core} core
 * @param {Engine} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeSampling(core, engine, workload) {
  const { n = 0, steps = 0, method = 0, guidance = 0 } = workload;
  const { api } = core;
  const { rng, schedule, model, end } = makeModel(core, engine, workload);
  const classes = api.model_classes(model);
  const config = {
    ...{ n, steps, eta: 0, timesteps: null, clip_low: 0, clip_high: 0, any_schedule: false },
    clip: /** @type {const} */ ('off'),
    variance: api.variance_find('posterior'),
    method: api.method_find(methods[method]),
    labels: guidance ? Int32Array.from({ length: n }, (_, i) => Math.floor((i * classes) / n)) : null,
    guidance_scale: guidance,
    guided: guidance !== 0,
  };
  return {
    run() {
      const sampler = api.sampler_create(model, schedule, rng, config, null);
      while (api.sampler_t(sampler) >= 0) api.sampler_step(sampler);
      const result = meanSize(api.sampler_x(sampler));
      core.destroy(sampler);
      return result;
    },
    end,
  };
}

/**
 * Loads a module and says how to ask it: 'check NAME' for the losses of the first steps or the mean size of the numbers
 * in a set of samples, 'run NAME' for times.
 * @param {Settings} settings
 */
export async function start({ module, mode, threads, seconds }) {
  const { core, engine } = await load({ module, mode, threads });
  const kernels = core.api.engine_kernels(engine);
  const ready = { ready: true, kernels, mode, threads, version: core.version };
  const peak = await peakOnThreads(mode, threads);

  const start = (/** @type {Workload} */ workload) =>
    (workload.batch ? makeTraining : makeSampling)(core, engine, workload);
  return { ready, answer: answering(workloads, start, seconds, peak) };
}
