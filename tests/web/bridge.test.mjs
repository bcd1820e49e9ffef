// The bridge between JavaScript and the core: whatever goes in, a sentence or a result comes out, and nothing else changes.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { FUNCTIONS } from '../../build/bridge/table.js';
import { Bridge } from '../../web/kernel/bridge.js';
import { loadCore } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../build/bridge/table.js').Code} Code */

const KINDS = ['rng', 'schedule', 'engine', 'network', 'model', 'adam', 'trainer', 'sampler'];
const ARGUMENTS = 32;

/** @type {import('../../web/kernel/bridge.js').Wasm} */
let wasm;
before(async () => {
  ({ wasm } = await loadCore());
});

/** One small object of each kind, and a model and a generator to be watched. */
function makeObjects() {
  const bridge = new Bridge(wasm);
  const { api } = bridge;
  const rng = api.rng_create(1);
  const watched_rng = api.rng_create(2);
  const schedule = api.schedule_create(api.schedule_find('linear'), 10, 1e-4, 0.02);
  const engine = api.engine_create('exact', 1);
  const kind = api.model_kind_find('simple-noise-predictor');
  const config = { ...api.model_default(kind), hidden_dim: 8, time_dim: 4, max_batch: 16 };
  const model = api.model_create(engine, config, rng);
  const watched = api.model_create(engine, config, watched_rng);
  const network = api.network_read(
    'input x x features 2\nmodule net Linear in_features=2 out_features=2\napply net 0\noutput eps 1',
  );
  const adam = api.adam_create(model, 1e-3, 0.9, 0.999, 1e-8);
  const training = {
    batch: 2,
    lr: 1e-3,
    labels: null,
    label_dropout: 0,
    ema_decay: 0.5,
    keep_order: false,
    stratified: false,
    warmup: 0,
    decay_steps: 0,
    lr_end: 0,
    optimizer: api.optimizer_find('adam'),
    objective: api.objective_find('eps'),
    loss_weight: api.loss_weight_find('one'),
    weight_limit: 0,
    weights: null,
  };
  const trainer = api.trainer_create(
    model,
    schedule,
    rng,
    Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    4,
    training,
  );
  const sampling = {
    ...{ n: 2, steps: 10, eta: 0, timesteps: null, labels: null, guidance_scale: 0, guided: false },
    ...{ clip_low: 0, clip_high: 0, any_schedule: true, clip: /** @type {const} */ ('off') },
    variance: api.variance_find('posterior'),
    method: api.method_find('ddpm'),
  };
  const sampler = api.sampler_create(model, schedule, rng, sampling, null);
  const gone = api.rng_create(3);
  bridge.destroy(gone);
  /** @type {Record<string, number>} */
  const objects = { rng, schedule, engine, network, model, adam, trainer, sampler };
  const saved = () => [api.model_save(watched), api.rng_get_state(watched_rng)];
  const end = () => {
    for (const each of [sampler, trainer, adam, model, network, watched, engine, schedule, rng, watched_rng])
      bridge.destroy(each);
  };
  return { bridge, objects, gone, saved, end };
}

/** The types of a function's arguments, in their order. @param {Code[]} takes @returns {string[]} */
const typesOf = (takes) =>
  takes.flatMap((code) => (typeof code === 'string' ? code.split(':')[1] : typesOf(code.slice(1))));

const isArray = (/** @type {string} */ type) => ['f32', 'f64', 'i32', 'u8', 'text'].includes(type);

/** The same draws each time. */
function drawing() {
  let state = 1;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}

test('every export, called with every kind of wrong argument', { timeout: 120_000 }, () => {
  const { bridge, objects, gone, saved, end } = makeObjects();
  const before = saved();
  const living = bridge.objects;
  const room = wasm._nbw_scratch(65536);
  const io = wasm._nbw_io();
  const draw = drawing();
  const wrong = [0, 1, -1, 2, 17, 0.5, 1e9, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 1e18, 1e300, Number.NaN, Infinity];
  wrong.push(-Infinity, gone, room, room + 1, room + 65528, io, ...Object.values(objects));
  let works = 0;

  /** @param {string} name @param {number[]} values */
  const call = (name, values) => {
    const block = new Float64Array(wasm.wasmMemory.buffer, io, 2 * ARGUMENTS);
    block.fill(0, 0, ARGUMENTS);
    block.set(values);
    const status = wasm[`_nbw_${name}`]();
    assert.ok(status >= 0 && status <= 5, `${name}: status ${status}`);
    const bytes = new Uint8Array(wasm.wasmMemory.buffer, io + 2 * ARGUMENTS * 8 + 4, 256);
    const message = new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)));
    if (status !== 0) assert.match(message, /^[^\r\n]+$/, name);
    const made = block.length && new Float64Array(wasm.wasmMemory.buffer, io, 2 * ARGUMENTS)[ARGUMENTS];
    if (status === 0 && /_create$|from_beta$|_rescale$|_build$|network_read$/.test(name))
      bridge.destroy(made);
    return { status, message };
  };

  for (const [name, [takes]] of Object.entries(FUNCTIONS)) {
    const types = typesOf(takes);
    const right = types.flatMap((type) => {
      if (KINDS.includes(type)) return [objects[type]];
      if (isArray(type)) return [room, type === 'text' ? 16 : 2];
      return [type === 'number' ? 0.5 : ['size', 'int', 'uint'].includes(type) ? 2 : 0];
    });
    const arrays = types.flatMap((type, i) => (isArray(type) ? [typesBefore(types, i)] : []));
    new Uint8Array(wasm.wasmMemory.buffer, room, 65536).fill(0);
    // Arrays get the lengths that the function asks for, one after the other.
    let { status, message } = call(name, right);
    for (const place of arrays) {
      const found = /it takes (\d+)$/.exec(message);
      if (status !== 3 || !found) break;
      right[place + 1] = Number(found[1]);
      ({ status, message } = call(name, right));
    }
    if (status === 0) works++;
    for (let place = 0; place < right.length; place++)
      for (const value of wrong) call(name, replaced(right, place, value));
    for (let round = 0; round < 100; round++) {
      if (round % 25 === 0)
        new Uint8Array(wasm.wasmMemory.buffer, room, 65536).forEach((_, i, all) => {
          all[i] = round === 0 ? 255 : draw(256);
        });
      call(
        name,
        right.map((value) => (draw(100) < 30 ? wrong[draw(wrong.length)] : value)),
      );
    }
    assert.deepEqual(saved(), before, `${name} has changed what it was not given`);
  }
  const all = Object.keys(FUNCTIONS).length;
  assert.ok(works > 0.6 * all, `only ${works} of ${all} work with right arguments`);
  assert.equal(bridge.objects, living);
  end();
});

/** @param {string[]} types @param {number} i @returns {number} the place of argument i */
const typesBefore = (types, i) => types.slice(0, i).reduce((sum, type) => sum + (isArray(type) ? 2 : 1), 0);

/** @param {number[]} list @param {number} place @param {number} value */
const replaced = (list, place, value) => list.map((each, i) => (i === place ? value : each));

test('JavaScript refuses by name before anything is allocated', () => {
  const { bridge, objects, gone, end } = makeObjects();
  const api = /** @type {Record<string, (...values: any[]) => any>} */ (/** @type {unknown} */ (bridge.api));
  assert.throws(() => api.torch_randperm(objects.rng, -1), /n = -1: it takes a whole number from 0/);
  assert.throws(() => api.torch_randn(objects.rng, 1e12), /n = 1000000000000: it takes/);
  assert.throws(() => api.torch_randn(objects.rng, '3'), /n = "3"/);
  assert.throws(() => api.torch_randn(objects.rng, 500_000_000), /not enough memory for 500000000 numbers/);
  assert.throws(() => api.torch_randn(objects.schedule, 3), /rng: a generator is needed, this is a schedule/);
  assert.throws(() => api.torch_randn(gone, 3), /this generator was disposed/);
  assert.throws(() => api.torch_randn(null, 3), /rng = null/);
  assert.throws(() => api.rng_set_state(objects.rng, { length: 2524 }), /state must be a Uint8Array/);
  assert.throws(
    () => api.schedule_table(objects.schedule, 'gamma'),
    /table = "gamma": it takes beta, alpha,/,
  );
  assert.throws(() => api.trainer_set_lr(objects.trainer, Number.NaN), /lr = NaN: it takes a finite number/);
  assert.throws(() => bridge.destroy(objects.model), /still uses this model: dispose of that first/);
  assert.throws(() => bridge.destroy(gone), /this generator was disposed/);
  end();
});

test('what is exported is used by the pages', () => {
  const folder = new URL('../../web/kernel/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const unused = Object.keys(FUNCTIONS).filter((name) => !new RegExp(`api\\.${name}\\b`).test(sources));
  assert.deepEqual(unused, []);
});
