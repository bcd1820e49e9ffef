/** A run of the studio: the bits of lab's own calls, going on from a checkpoint, what it refuses, when it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, patched, readConfig, SCHEDULES } from '../../web/kernel/studio/config.js';
import { codeFor } from '../../web/kernel/studio/network.js';
import { measured, modelOf, Run, sizeOf } from '../../web/kernel/studio/run.js';
import { Turns } from '../../web/kernel/studio/turns.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** Points on a ring, of two classes. @param {number} n @returns {import('../../web/kernel/studio/protocol.js').Data} */
function ring(n, held = 0) {
  const angle = (/** @type {number} */ i) => (i * 2.399963) % (2 * Math.PI);
  const values = Float32Array.from({ length: 2 * n }, (_, i) =>
    i % 2 ? Math.sin(angle(i >> 1)) : Math.cos(angle(i >> 1)),
  );
  const labels = Int32Array.from({ length: n }, (_, i) => (values[2 * i] > 0 ? 1 : 0));
  return {
    kind: 'points',
    shape: [2],
    values,
    labels,
    classes: ['left', 'right'],
    name: 'ring',
    transform: { offset: 0, scale: 1 },
    held,
  };
}

/** @param {Partial<import('../../web/kernel/studio/config.js').TrainingConfig>} training */
const configOf = (training) =>
  patched(defaults(), {
    data: { kind: 'points', shape: [2], classes: ['left', 'right'], labels: 'labels.npy' },
    network: { width: 16, depth: 2 },
    training: { epochs: 3, batch: 32, ...training },
  });

/** @param {Run} run */
function finish(run) {
  while (run.isTraining) run.advance(0);
  return run;
}

for (const training of [
  { ema: 0, decay: false, label_dropout: 0 },
  { ema: 0.9, warmup: 0.3, label_dropout: 0.2 },
  { objective: /** @type {const} */ ('flow'), optimizer: /** @type {const} */ ('muon') },
  { objective: /** @type {const} */ ('v'), schedule: 'linear', timesteps: 100 },
])
  test(`the bits of lab.seed, lab.model and lab.Trainer: ${JSON.stringify(training)}`, async () => {
    const config = configOf(training);
    const data = ring(100, 10);
    const { kernel } = await createKernel({ core });
    const ours = finish(await Run.begin(kernel, config, data));
    const { kernel: other } = await createKernel({ core });
    const { ema, warmup, decay, label_dropout, optimizer, objective, schedule, timesteps, lr, seed } =
      config.training;
    const steps = 3 * Math.ceil(90 / 32);
    const error = await other.run(
      'reference',
      `lab.seed(${seed});
const model = (() => { ${codeFor(config).replace(/\nlab\.model/, '\nreturn lab.model')} })();
const rows = ${JSON.stringify([...data.values].slice(0, 180))};
const x = lab.tensor([90, 2], rows);
const trainer = lab.Trainer({
  model, data: x, labels: ${JSON.stringify([...(data.labels ?? [])].slice(0, 90))},
  ${objective === 'flow' ? '' : `schedule: lab.schedule('${schedule}', { T: ${timesteps} }),`}
  batch_size: 32, lr: ${lr}, ema_decay: ${ema}, warmup: ${Math.trunc(warmup * steps)},
  decay_steps: ${decay ? steps : 0}, label_dropout: ${label_dropout}, optimizer: '${optimizer}', objective: '${objective}' });
for (let i = 0; i < ${steps}; i++) trainer.step();
if (${ema}) trainer.use_ema(true);
const weights = model.save();`,
    );
    assert.equal(error, null, error?.message);
    assert.deepEqual(Buffer.from(ours.weights()), Buffer.from(other.evaluator.scope.weights));
    ours.dispose();
  });

test('a run goes on from its checkpoint with the same bits, whatever was asked in between', async () => {
  const config = configOf({ ema: 0.9 });
  const data = ring(100, 10);
  const { kernel } = await createKernel({ core });
  const whole = finish(await Run.begin(kernel, config, data));
  const expected = whole.checkpoint();
  whole.dispose();
  const first = await Run.begin(kernel, config, data);
  for (let i = 0; i < 4; i++) first.advance(0);
  assert.ok((await measured(kernel, config, data)).stepMs > 0);
  first.snapshot().dispose();
  first.advance(0);
  const kept = structuredClone(first.checkpoint());
  assert.equal(kept.step, 5);
  first.dispose();
  const { kernel: later } = await createKernel({ core });
  const second = finish(await Run.begin(later, config, data, kept));
  assert.equal(second.step, whole.step);
  const got = second.checkpoint();
  assert.deepEqual(Buffer.from(got.weights), Buffer.from(expected.weights));
  assert.deepEqual(got.losses.epochs, expected.losses.epochs);
  assert.deepEqual(got.losses.curve.length, expected.losses.curve.length);
  second.dispose();
});

test('what would not fit is refused with the figure, before anything starts', async () => {
  const { kernel } = await createKernel({ core });
  const series = { ...ring(0), kind: /** @type {const} */ ('series'), shape: [1, 2048], labels: null };
  const long = { ...series, classes: [], values: new Float32Array(2048 * 4096) };
  const config = patched(defaults(), {
    data: { kind: 'series', shape: [1, 2048] },
    network: { width: 1024, depth: 16 },
    training: { batch: 4096 },
  });
  await assert.rejects(Run.begin(kernel, config, long), /take [\d,]+ MB of memory, and a page has 800 MB/);
  const data = ring(100);
  const { parameters, bytes, most } = await sizeOf(kernel, configOf({}), data);
  assert.ok(parameters > 500 && bytes > 4 * parameters && bytes < most);
  const run = await Run.begin(kernel, configOf({}), data);
  run.dispose();
});

test('the figure is what a model of that batch takes, of vectors, too', async () => {
  const { kernel } = await createKernel({ core });
  const config = patched(configOf({ batch: 1000 }), { network: { width: 128 } });
  const data = ring(1000);
  const { bytes, parameters } = await sizeOf(kernel, config, data);
  const model = await modelOf(kernel, config, 1000);
  const said = bytes - data.values.byteLength - 12 * parameters;
  assert.ok(Math.abs(said / model.memory_bytes - 1) < 0.02, `${said} for ${model.memory_bytes}`);
  model.dispose();
});

test('what does not go together is refused', async () => {
  const { kernel } = await createKernel({ core });
  const other = { ...ring(20), shape: [4] };
  await assert.rejects(Run.begin(kernel, configOf({}), other), /shape \[2\].*\[4\]/);
  await assert.rejects(Run.begin(kernel, configOf({}), ring(5, 5)), /nothing to train on: 5 samples/);
  const code = (/** @type {string} */ text) =>
    patched(configOf({}), { network: { kind: 'code', code: text } });
  await assert.rejects(Run.begin(kernel, code('1 + 1'), ring(20)), /must end with the model/);
  await assert.rejects(Run.begin(kernel, code('import("x")'), ring(20)), /cannot import/);
});

test('the stop rule, and a loss that is no number', async () => {
  const { kernel } = await createKernel({ core });
  const patient = finish(
    await Run.begin(kernel, configOf({ epochs: 200, lr: 1e-8, stop: { patience: 2, seconds: 0 } }), ring(50)),
  );
  assert.equal(patient.ended, 'patience');
  assert.ok(patient.epoch < 200);
  patient.dispose();
  const timed = finish(
    await Run.begin(kernel, configOf({ epochs: 1e5, stop: { patience: 0, seconds: 0.001 } }), ring(50)),
  );
  assert.equal(timed.ended, 'seconds');
  timed.dispose();
  const far = { ...ring(50), values: ring(50).values.map((each) => each * 1e30) };
  const wild = await Run.begin(kernel, configOf({}), far);
  assert.throws(() => finish(wild), /not finite at step 1.*learning rate 0\.004/);
  wild.dispose();
});

test('a config keeps to what settings take, and says what they take', () => {
  const config = defaults();
  assert.deepEqual(readConfig(JSON.stringify(config)), config);
  assert.ok(Object.isFrozen(config.training.stop));
  const refused = (/** @type {any} */ patch, /** @type {RegExp} */ words) =>
    assert.throws(() => patched(config, patch), words);
  refused({ training: { batch: 0 } }, /training\.batch = 0: it takes a whole number from 1 to 4,096/);
  refused({ training: { lr: Number.NaN } }, /training\.lr/);
  refused({ training: { stop: { patience: -1, seconds: 0 } } }, /training\.stop.*patience: a whole number/);
  refused({ training: { speed: 1 } }, /training has no setting "speed": it has seed,/);
  refused({ colour: {} }, /a run has no part "colour"/);
  refused({ network: { kind: 'unet' } }, /it takes pictures, and the data are points/);
  refused({ data: { kind: 'pictures' } }, /have a shape of 3 numbers/);
  refused({ data: { file: '../x' } }, /data\.file/);
  assert.throws(() => readConfig('{'), /no JSON/);
  assert.throws(() => readConfig('{}'), /no run of the studio/);
  assert.throws(() => readConfig({ ...config, noisebook_run: 2 }), /newer Noisebook \(version 2/);
  assert.throws(() => readConfig('"'.repeat(3e5)), /300,000 characters/);
  const next = patched(config, { training: { batch: 7 } });
  assert.equal(next.training.batch, 7);
  assert.equal(config.training.batch, 128);
});

test('the schedules are those of the core', () => {
  let told = '';
  try {
    core.api.schedule_find('none of them');
  } catch (error) {
    told = /** @type {Error} */ (error).message;
  }
  assert.deepEqual(
    told
      .replace(/^.*there are /, '')
      .split(', ')
      .sort(),
    [...SCHEDULES].sort(),
  );
});

test('every kind of data has a network of its settings, that trains, with labels and without', async () => {
  const { kernel } = await createKernel({ core });
  for (const [kind, shape] of /** @type {const} */ ([
    ['points', [2]],
    ['series', [1, 8]],
    ['pictures', [1, 4, 4]],
  ]))
    for (const labels of [null, Int32Array.from({ length: 12 }, (_, i) => i % 2)]) {
      const size = shape.reduce((/** @type {number} */ a, b) => a * b, 1);
      const values = Float32Array.from({ length: 12 * size }, (_, i) => Math.fround(Math.sin(i)));
      const data = { ...ring(0), kind, shape: [...shape], values, labels, held: 0 };
      const config = patched(configOf({ epochs: 1 }), {
        data: { kind, shape: [...shape], labels: labels && 'labels.npy' },
        network: { activation: 'gelu' },
      });
      const run = finish(await Run.begin(kernel, config, data));
      assert.equal(run.model.n_classes, labels ? 2 : 0);
      assert.deepEqual(run.model.sample_shape, [...shape]);
      run.dispose();
    }
});

test('a run that is begun while settings are measured has the bits of its seed all the same', async () => {
  const config = configOf({});
  const data = ring(40);
  const { kernel } = await createKernel({ core });
  /** Measuring is asked for so many turns of the loop after the run. @param {number | null} later */
  const weights = async (later) => {
    const turns = new Turns();
    const begun = turns.take(() => Run.begin(kernel, config, data));
    assert.equal(turns.busy, true);
    for (let i = 0; i < (later ?? 0); i++) await null;
    const measuring = later === null ? null : turns.take(() => sizeOf(kernel, config, data));
    const run = finish(await begun);
    await measuring;
    assert.equal(turns.busy, false);
    try {
      return Buffer.from(run.weights());
    } finally {
      run.dispose();
    }
  };
  const alone = await weights(null);
  for (let later = 0; later < 40; later++) assert.deepEqual(await weights(later), alone, `after ${later}`);
  const turns = new Turns();
  await assert.rejects(
    turns.take(() => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await turns.take(() => 3), 3);
});
