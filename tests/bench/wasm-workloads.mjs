// The workloads in WebAssembly, for Node and for a page's worker alike: nothing but the core's exports.

import { answering } from './measure.mjs';
import { peakOnThreads } from './peak.mjs';
import { kinds, workloads } from './workloads.mjs';

/** @typedef {Awaited<ReturnType<typeof import('@wasm/noisebook-simd128.mjs').default>>} Core */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('./measure.mjs').Work} Work */
/** module: its address without .wasm.
 * @typedef {{module: string, mode: 'exact' | 'fast', threads: number, seconds: number}} Settings */

const seed = 42;
const sampleSizes = { mlp: 2, conditional: 2, miniUnet: 32 * 32, simpleUnet: 3 * 64 * 64 };
const sizeNames = [
  'input',
  'hidden',
  'time',
  'maxBatch',
  'channels',
  'base',
  'image',
  'classes',
  'attention',
];

/**
 * Zero-terminated text in the core's memory, which may be shared.
 * @param {Core} core
 * @param {number} pointer
 */
export function text(core, pointer) {
  const bytes = new Uint8Array(core.wasmMemory.buffer, pointer);
  return new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
}

/**
 * What a core function that creates or acts returned, checked.
 * @param {Core} core
 * @param {boolean} good
 */
function check(core, good) {
  if (!good) throw new Error(text(core, core._nbw_error()));
}

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
  /** @type {Core} */
  const core = await create({ workers: threads - 1, wasmBinary: await fetchBytes(`${module}.wasm`) });
  const engine = core._nbw_engine_create(mode === 'fast' ? 1 : 0, threads);
  check(core, engine !== 0);
  return { core, engine };
}

/**
 * The model of a workload, its schedule, and the generator behind the draws of the weights.
 * @param {Core} core
 * @param {number} engine
 * @param {Workload} workload
 */
export function makeModel(core, engine, { model: kind, base, schedule: table = 0, batch }) {
  const rng = core._nbw_rng_create(seed);
  const schedule = core._nbw_schedule_create(table, 1000, 1e-4, 0.02);
  const sizes = core._malloc(4 * sizeNames.length);
  core._nbw_model_default(kinds[kind], sizes);
  const view = new Int32Array(core.wasmMemory.buffer, sizes, sizeNames.length);
  if (base) view[sizeNames.indexOf('base')] = base;
  if (batch) view[sizeNames.indexOf('maxBatch')] = batch;
  const model = core._nbw_model_create_sized(engine, kinds[kind], sizes, rng);
  core._free(sizes);
  check(core, rng !== 0 && schedule !== 0 && model !== 0);
  const end = () => {
    core._nbw_model_destroy(model);
    core._nbw_schedule_destroy(schedule);
    core._nbw_rng_destroy(rng);
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
 * The data set in the core's memory: free both addresses (labels is 0 where there are none).
 * @param {Core} core
 * @param {Workload} workload
 */
export function makeData(core, { model, points = 0 }) {
  const count = points * sampleSizes[model];
  const data = core._malloc(4 * count);
  const floats = () => new Float32Array(core.wasmMemory.buffer, data, count);
  if (model === 'miniUnet' || model === 'simpleUnet') {
    fillPictures(floats(), model === 'miniUnet' ? 32 : 64);
    return { data, labels: 0 };
  }
  const numpy = core._nbw_rng_create(seed);
  const doubles = core._malloc(8 * count);
  const labels = model === 'conditional' ? core._malloc(4 * points) : 0;
  const status = labels
    ? core._nbw_data_classes(numpy, points / 3, doubles, labels)
    : core._nbw_data_swiss_roll(numpy, points, 0.1, doubles);
  check(core, status === 0);
  floats().set(new Float64Array(core.wasmMemory.buffer, doubles, count));
  core._free(doubles);
  core._nbw_rng_destroy(numpy);
  return { data, labels };
}

/**
 * @param {Core} core
 * @param {number} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeTraining(core, engine, workload) {
  const { points, batch, lr = 1e-3, labelDropout = 0, keepOrder } = workload;
  const { rng, schedule, model, end } = makeModel(core, engine, workload);
  const { data, labels } = makeData(core, workload);
  const order = keepOrder ? 1 : 0;
  const trainer = core._nbw_trainer_create(
    ...[model, schedule, rng, data, points, batch, lr, labels, labelDropout, 0, order],
  );
  check(core, trainer !== 0);
  core._free(data);
  core._free(labels);
  const report = core._malloc(7 * 8);
  return {
    run() {
      check(core, core._nbw_trainer_step(trainer, report) === 0);
      return new Float64Array(core.wasmMemory.buffer, report, 1)[0];
    },
    end() {
      core._free(report);
      core._nbw_trainer_destroy(trainer);
      end();
    },
  };
}

/** @param {Float32Array} values */
const meanSize = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

/**
 * Where the model has classes, the samples are as many of each, class after class.
 * @param {Core} core
 * @param {number} engine
 * @param {Workload} workload
 * @returns {Work}
 */
function makeSampling(core, engine, workload) {
  const { n = 0, steps, method, guidance = 0 } = workload;
  const { rng, schedule, model, end } = makeModel(core, engine, workload);
  const labels = guidance ? core._malloc(4 * n) : 0;
  if (labels) {
    const classes = core._nbw_model_classes(model);
    new Int32Array(core.wasmMemory.buffer, labels, n).forEach((_, i, all) => {
      all[i] = Math.floor((i * classes) / n);
    });
  }
  return {
    run() {
      const sampler = core._nbw_sampler_create(
        ...[model, schedule, rng, n, steps, 0, method, 0, 0, 0, labels, guidance ? 1 : 0, guidance, 0],
      );
      check(core, sampler !== 0);
      while (core._nbw_sampler_t(sampler) >= 0) check(core, core._nbw_sampler_step(sampler) === 0);
      const count = n * core._nbw_model_sample_size(model);
      const x = new Float32Array(core.wasmMemory.buffer, core._nbw_sampler_x(sampler), count);
      const result = meanSize(x);
      core._nbw_sampler_destroy(sampler);
      return result;
    },
    end() {
      core._free(labels);
      end();
    },
  };
}

/**
 * Loads a module and says how to ask it: 'check NAME' for the losses of the first steps or the mean size of the numbers
 * in a set of samples, 'run NAME' for times.
 * @param {Settings} settings
 */
export async function start({ module, mode, threads, seconds }) {
  const { core, engine } = await load({ module, mode, threads });
  const kernels = text(core, core._nbw_engine_kernels(engine));
  const version = text(core, core._nbw_version());
  const ready = { ready: true, kernels, mode, threads, version };
  const peak = await peakOnThreads(mode, threads);

  const start = (/** @type {Workload} */ workload) =>
    (workload.batch ? makeTraining : makeSampling)(core, engine, workload);
  return { ready, answer: answering(workloads, start, seconds, peak) };
}
