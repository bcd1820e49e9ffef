// The workloads in WebAssembly, for Node and for a page's worker alike: nothing but the core's exports.

import { madPeak } from './peak.mjs';

/**
 * The core's exports that are used here.
 * @typedef {object} Core
 * @property {WebAssembly.Memory} wasmMemory
 * @property {(bytes: number) => number} _malloc
 * @property {(pointer: number) => void} _free
 * @property {() => number} _nbw_error
 * @property {() => number} _nbw_version
 * @property {(mode: number, threads: number) => number} _nbw_engine_create
 * @property {(engine: number) => void} _nbw_engine_destroy
 * @property {(engine: number) => number} _nbw_engine_kernels
 * @property {(seed: number) => number} _nbw_rng_create
 * @property {(rng: number) => void} _nbw_rng_destroy
 * @property {(rng: number, n: number, noise: number, out: number) => number} _nbw_data_swiss_roll
 * @property {(kind: number, T: number, start: number, end: number) => number} _nbw_schedule_create
 * @property {(schedule: number) => void} _nbw_schedule_destroy
 * @property {(kind: number, sizes: number) => void} _nbw_model_default
 * @property {(engine: number, kind: number, sizes: number, rng: number) => number} _nbw_model_create_sized
 * @property {(model: number) => void} _nbw_model_destroy
 * @property {(model: number, schedule: number, rng: number, data: number, n: number, batch: number,
 *   lr: number, labels: number, label_dropout: number, ema_decay: number, keep_order: number) => number}
 *   _nbw_trainer_create
 * @property {(trainer: number) => void} _nbw_trainer_destroy
 * @property {(trainer: number, out: number) => number} _nbw_trainer_step
 * @property {(model: number, schedule: number, rng: number, n: number, steps: number, variance: number,
 *   method: number, eta: number, clip_x0: number, timesteps: number, labels: number, guided: number,
 *   guidance_scale: number, x_T: number) => number} _nbw_sampler_create
 * @property {(sampler: number) => void} _nbw_sampler_destroy
 * @property {(sampler: number) => number} _nbw_sampler_step
 * @property {(sampler: number) => number} _nbw_sampler_t
 */

/** @typedef {{run: () => void, prepare?: () => void, end: () => void}} Work */
/** @typedef {{module: string, mode: 'exact' | 'fast', seconds: number}} Settings */

/**
 * Zero-terminated text in the core's memory.
 * @param {Core} core
 * @param {number} pointer
 */
function text(core, pointer) {
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
 * The model, schedule and generator of exercise 5, seed 42.
 * @param {Core} core
 * @param {number} engine
 */
function makeModel(core, engine) {
  const rng = core._nbw_rng_create(42);
  const schedule = core._nbw_schedule_create(1, 1000, 1e-4, 0.02);
  const sizes = core._malloc(9 * 4);
  core._nbw_model_default(0, sizes);
  const model = core._nbw_model_create_sized(engine, 0, sizes, rng);
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
 * 5,000 points of the swiss roll as floats; free the address.
 * @param {Core} core
 * @param {number} n
 */
function swissRoll(core, n) {
  const numpy = core._nbw_rng_create(42);
  const points = core._malloc(16 * n);
  const data = core._malloc(8 * n);
  check(core, numpy !== 0 && core._nbw_data_swiss_roll(numpy, n, 0.1, points) === 0);
  const { buffer } = core.wasmMemory;
  new Float32Array(buffer, data, 2 * n).set(new Float64Array(buffer, points, 2 * n));
  core._free(points);
  core._nbw_rng_destroy(numpy);
  return data;
}

/**
 * @param {Core} core
 * @param {number} engine
 * @returns {Work}
 */
function trainMlp(core, engine) {
  const data = swissRoll(core, 5000);
  const { rng, schedule, model, end } = makeModel(core, engine);
  const trainer = core._nbw_trainer_create(model, schedule, rng, data, 5000, 128, 1e-3, 0, 0, 0, 0);
  check(core, trainer !== 0);
  core._free(data);
  const report = core._malloc(7 * 8);
  const step = () => check(core, core._nbw_trainer_step(trainer, report) === 0);
  return {
    run: step,
    // The last batch of an epoch is a small one: it is taken, but not timed.
    prepare() {
      const [, , taken, , inEpoch, perEpoch] = new Float64Array(core.wasmMemory.buffer, report, 7);
      if (taken > 0 && inEpoch + 1 === perEpoch) step();
    },
    end() {
      core._free(report);
      core._nbw_trainer_destroy(trainer);
      end();
    },
  };
}

/**
 * @param {Core} core
 * @param {number} engine
 * @returns {Work}
 */
function ddpmMlp(core, engine) {
  const { rng, schedule, model, end } = makeModel(core, engine);
  return {
    run() {
      const sampler = core._nbw_sampler_create(model, schedule, rng, 500, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      check(core, sampler !== 0);
      while (core._nbw_sampler_t(sampler) >= 0) check(core, core._nbw_sampler_step(sampler) === 0);
      core._nbw_sampler_destroy(sampler);
    },
    end,
  };
}

/** @type {Record<string, {make: (core: Core, engine: number) => Work, warmup: number}>} */
const makers = {
  'train-mlp': { make: trainMlp, warmup: 80 },
  'ddpm-mlp': { make: ddpmMlp, warmup: 1 },
};

/**
 * Times runs one by one until `seconds` have passed, at least one.
 * @param {Work} work
 * @param {number} warmup runs before that
 * @param {number} seconds
 */
function measure(work, warmup, seconds) {
  /** @type {number[]} */
  const times = [];
  const timed = () => {
    work.prepare?.();
    const start = performance.now();
    work.run();
    return performance.now() - start;
  };
  for (let i = 0; i < warmup; i++) timed();
  const end = performance.now() + 1e3 * seconds;
  while (times.length === 0 || performance.now() < end) times.push(timed());
  return times;
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/**
 * Loads a module and says how to ask it.
 * @param {Settings} settings
 */
export async function start({ module, mode, seconds }) {
  const { default: create } = await import(module);
  /** @type {Core} */
  const core = await create();
  const engine = core._nbw_engine_create(mode === 'fast' ? 1 : 0, 1);
  check(core, engine !== 0);
  const kernels = text(core, core._nbw_engine_kernels(engine));
  const version = text(core, core._nbw_version());
  const ready = { ready: true, kernels, mode, threads: 1, version };
  const peak = madPeak(mode);

  /** @param {string} line 'run NAME' */
  function answer(line) {
    const [word, name] = line.trim().split(/\s+/);
    if (word !== 'run' || !name) return { error: "expected 'run NAME'" };
    if (!Object.hasOwn(makers, name)) return { error: 'unknown workload' };
    const { make, warmup } = makers[name];
    try {
      const work = make(core, engine);
      const times = measure(work, warmup, seconds);
      work.end();
      return { name, ms_median: median(times), ms_all: times, peak_gflops: peak() };
    } catch (error) {
      return { error: `${name} failed: ${error instanceof Error ? error.message : error}` };
    }
  }
  return { ready, answer };
}
