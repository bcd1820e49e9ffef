import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { memoryStorage } from '../../web/kernel/storage.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, inTime, runCells, until } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {...string} sources */
const run = (...sources) => runCells({ core }, ...sources);
/** @param {string} source @param {RegExp} pattern */
const fails = (source, pattern) => cellFails({ core }, pattern, source);

test('the generators give what PyTorch and NumPy give', async () => {
  const { scope } = await run(
    'lab.seed(42); const a = lab.randn([3]), b = lab.rand([2]); lab.seed(42); const p = lab.randperm(5)',
  );
  assert.deepEqual(
    Array.from(scope.a.data, (v) => v.toFixed(4)),
    ['0.3367', '0.1288', '0.2345'],
  );
  assert.deepEqual([...scope.p.data].sort(), [0, 1, 2, 3, 4]);
});

test('a generator of its own leaves the others alone', async () => {
  const { scope } = await run(`lab.seed(1); const a = lab.randn([20]);
    lab.seed(1); lab.randn([9], { generator: lab.generator(3) }); const b = lab.randn([20]);
    const state = lab.get_rng_state(), c = lab.rand([4]); lab.set_rng_state(state); const d = lab.rand([4]);`);
  assert.ok(scope.a.equals(scope.b));
  assert.ok(scope.c.equals(scope.d));
});

test('tensors: rows, columns, rounding', async () => {
  const { scope } = await run(`const x = lab.tensor([3, 2], [1, 2, 3, 4, 5, 6]);
    const y = x.take([2, 0]), z = x.slice(1), w = x.mul(lab.tensor([3, 1], [1, 10, 100])).sub(1);
    const third = lab.full([1], 1).div(3).at(0), t = lab.randint(0, 9, [4]).div(10);`);
  assert.deepEqual([...scope.y.data], [5, 6, 1, 2]);
  assert.deepEqual(scope.z.shape, [2, 2]);
  assert.deepEqual([...scope.w.data], [0, 1, 29, 39, 499, 599]);
  assert.equal(scope.third, Math.fround(1 / 3));
  assert.ok(scope.t.data instanceof Float32Array);
  await fails('lab.zeros([2]).add(lab.zeros([3]))', /do not fit together/);
  await fails('lab.zeros([2, 2]).take([2])', /row 2 of 2/);
});

test('model: parameters, state_dict, safetensors, gradients', async () => {
  const { scope } = await run(`lab.seed(0);
    const m = lab.SimpleNoisePredictor(), state = m.state_dict(), file = m.save();
    const other = lab.SimpleNoisePredictor();
    const x = lab.randn([5, 2]), t = lab.rand([5]);
    const y = m.forward(x, t), before = other.forward(x, t);
    other.load(file); const after = other.forward(x, t);
    other.load_state_dict(state);
    m.forward(x, t); m.backward(lab.full([5, 2], 1)); const grads = m.gradients();`);
  assert.equal(scope.m.n_parameters, 38882);
  assert.deepEqual(scope.state['net.0.weight'].shape, [128, 34]);
  assert.ok(!scope.before.equals(scope.y));
  assert.ok(scope.after.equals(scope.y));
  assert.equal(scope.grads['net.6.bias'].at(0), 5);
  await fails('lab.SimpleNoisePredictor().load(new Uint8Array(40))', /safetensors/);
  await fails('lab.SimpleNoisePredictor().load_state_dict({ a: 1 })', /unknown parameter "a"/);
  await fails(
    'lab.SimpleNoisePredictor().forward(lab.zeros([5, 3]), lab.zeros([5]))',
    /simple-noise-predictor takes \[n, 2\]/,
  );
  await fails('lab.SimpleNoisePredictor({ hidden_dim: 0 })', /hidden_dim/);
});

test('schedules by name, wrong values in plain words', async () => {
  const { scope } = await run('const s = lab.schedule("linear", { T: 10 })');
  assert.equal(scope.s.beta[0], Math.fround(1e-4));
  assert.equal(scope.s.alpha_bar.length, 10);
  await fails('lab.schedule("cubic")', /there are linear, cosine/);
  await fails('lab.schedule("linear", { T: 1 })', /^T = 1: .*2 to 100000/);
  await fails(
    'lab.schedule("linear").q_sample(lab.zeros([1, 2]), lab.full([1], 1000), lab.zeros([1, 2]))',
    /^t\[0\] = 1000: .*0 to 999/,
  );
});

const SETUP = `lab.seed(3);
  const schedule = lab.schedule('cosine', { T: 50 });
  const data = lab.swiss_roll({ n: 300 }).float();
  const model = lab.SimpleNoisePredictor({ hidden_dim: 16, time_dim: 8 });`;

test('a trainer goes on with the same bits after a reload', async () => {
  const { scope } = await run(
    SETUP,
    `const trainer = lab.Trainer({ model, schedule, data, batch_size: 64 });
     await trainer.epoch(); trainer.step();
     await lab.store.save('a', trainer, { note: 'hi' });
     const a = [trainer.step().loss, trainer.step().loss];
     const { model: again, trainer: file, info } = await lab.store.load('a');
     const second = lab.Trainer({ model: again, schedule, data, batch_size: 64, generator: lab.generator(0) });
     second.load(file);
     const b = [second.step().loss, second.step().loss];`,
  );
  assert.deepEqual(scope.a, scope.b);
  assert.equal(scope.info.note, 'hi');
});

test('a loop written out goes on with the same bits after a reload', async () => {
  const { scope } = await run(
    SETUP,
    `const step = (model, adam, generator) => {
       const t = lab.randint(0, 50, [64], { generator }), eps = lab.randn([64, 2], { generator });
       const loss = lab.mse_loss(model.forward(schedule.q_sample(data.slice(0, 64), t, eps), t.div(50)), eps);
       model.backward(loss.grad);
       adam.step();
       return loss.value;
     };
     const generator = lab.generator(4), adam = lab.Adam(model);
     for (let i = 0; i < 5; i++) step(model, adam, generator);
     await lab.store.save('b', adam);
     const state = generator.get_state();
     const a = [step(model, adam, generator), step(model, adam, generator)];
     const kept = await lab.store.load('b');
     const second = lab.Adam(kept.model);
     second.load(kept.adam);
     generator.set_state(state);
     const b = [step(kept.model, second, generator), step(kept.model, second, generator)];`,
  );
  assert.deepEqual(scope.a, scope.b);
});

test('sampler: x_T in, every variance, x_0 out', async () => {
  const { scope } = await run(
    SETUP,
    `const x_T = lab.randn([20, 2]);
     const out = {};
     for (const variance of ['posterior', 'beta', 'zero'])
       out[variance] = await lab.DDPM({ model, schedule, x_T, variance }).run();
     const some = lab.DDPM({ model, schedule, n: 5, steps: 7 }); let steps = 0;
     while (some.t >= 0) { some.step(); steps++ }`,
  );
  assert.equal(scope.steps, 7);
  assert.deepEqual(scope.out.zero.shape, [20, 2]);
  assert.ok(!scope.out.zero.equals(scope.out.posterior));
  await fails(
    'lab.DDPM({ model: lab.SimpleNoisePredictor(), schedule: lab.schedule("cosine"), variance: "none" })',
    /"none": there are posterior, beta, zero/,
  );
});

test('samplers: every method and its knobs; slerp', async () => {
  const { scope } = await run(
    SETUP,
    `const x_T = lab.randn([20, 2]); const T = 50;
     const out = {}; const again = (name) => lab[name]({ model, schedule, x_T, steps: 8 }).run();
     for (const name of ['DDIM', 'DPMSolver', 'PLMS'])
       out[name] = [await again(name), await again(name)];
     const noisy = await lab.DDIM({ model, schedule, x_T, steps: 8, eta: 1 }).run();
     const listed = lab.DDIM({ model, schedule, x_T, timesteps: [T - 1, 3], clip_x0: true });
     const times = []; while (listed.t >= 0) { times.push(listed.t); listed.step() }
     const ends = [lab.slerp(x_T, noisy, 0), lab.slerp(x_T, noisy, 1)];`,
  );
  for (const [first, second] of Object.values(scope.out)) assert.ok(first.equals(second));
  assert.ok(!scope.out.DDIM[0].equals(scope.out.PLMS[0]));
  assert.ok(!scope.out.DDIM[0].equals(scope.noisy));
  assert.deepEqual(scope.times, [scope.T - 1, 3]);
  assert.ok(scope.listed.x.data.every((/** @type {number} */ v) => Math.abs(v) <= 1));
  assert.ok(scope.ends[0].equals(scope.x_T) && scope.ends[1].equals(scope.noisy));
  await fails(`${SETUP} lab.DDIM({ model, schedule, n: 2, eta: 2 })`, /eta = 2/);
  await fails(`${SETUP} lab.PLMS({ model, schedule, n: 2, labels: [0, 1] })`, /it has no classes/);
});

test('a control acts while a loop runs, the latest value wins', async (t) => {
  const { kernel, messages } = await createKernel({ core });
  await kernel.run(
    'a',
    'let v = 0; await lab.interact({ v: lab.slider(0, 9) }, (now) => { v = now.v; lab.print(v) })',
  );
  const controls = messages.find((m) => m.type === 'show' && m.kind === 'controls');
  assert.ok(controls?.type === 'show');
  t.after(() => kernel.flow.act('stop'));
  const running = kernel.run('b', 'while (v !== 7) await lab.tick(); v');
  for (const v of [3, 5, 7]) kernel.input(controls.id, { v });
  assert.equal(await inTime(running), null);
  assert.equal(kernel.evaluator.scope.v, 7);
  const texts = messages.filter((m) => m.type === 'update').map((m) => m.type === 'update' && m.props.text);
  assert.equal(texts.at(-1), '7');
});

test('newer values end what a control’s code still does with older ones, in its cell and after', async (t) => {
  const { kernel, messages } = await createKernel({ core });
  const running = kernel.run(
    'a',
    `const begun = [], ended = [];
     await lab.interact({ v: lab.slider(0, 9) }, async ({ v }) => {
       begun.push(v);
       while (v < 7) await lab.tick();
       ended.push(v);
     });
     await lab.interact({ u: lab.slider(0, 9) }, async ({ u }) => { await lab.tick(); ended.push('u') });`,
  );
  t.after(() => kernel.flow.act('stop'));
  const { scope } = kernel.evaluator;
  await until(() => Object.hasOwn(scope, 'begun') && scope.begun?.length === 1);
  const ids = () => messages.flatMap((m) => (m.type === 'show' && m.kind === 'controls' ? [m.id] : []));
  kernel.input(ids()[0], { v: 3 });
  await until(() => scope.begun.length === 2);
  kernel.input(ids()[0], { v: 7 });
  assert.equal(await inTime(running), null);
  const overtaken = kernel.input(ids()[0], { v: 5 });
  await until(() => scope.begun.length === 4);
  await inTime(kernel.input(ids()[0], { v: 8 }));
  await inTime(overtaken);
  const { begun, ended } = scope;
  assert.deepEqual(begun, [0, 3, 7, 5, 8]);
  assert.deepEqual(ended, [7, 'u', 8]);
  assert.ok(!messages.some((m) => m.type === 'show' && m.kind === 'error'));
});

test('pause, step, resume, stop', async (t) => {
  const { kernel, messages } = await createKernel({ core });
  const paused = () => messages.filter((m) => m.type === 'paused' && m.paused).length;
  /** Whatever waits gets its turn: a loop that did not pause would go on. */
  const turns = async () => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const running = kernel.run('a', 'let n = 0; for (;;) { n++; await lab.tick() }');
  t.after(() => kernel.flow.act('stop'));
  const { scope } = kernel.evaluator;
  await until(() => Object.hasOwn(scope, 'n') && scope.n > 1);
  kernel.flow.act('pause');
  await until(() => paused() === 1);
  const at = scope.n;
  await turns();
  assert.equal(scope.n, at);
  kernel.flow.act('step');
  await until(() => paused() === 2);
  await turns();
  assert.equal(scope.n, at + 1);
  assert.equal(paused(), 2);
  // Twice before the loop comes to its tick: neither is lost.
  kernel.flow.act('step');
  kernel.flow.act('step');
  await until(() => paused() === 3);
  await turns();
  assert.equal(scope.n, at + 3);
  kernel.flow.act('resume');
  await until(() => scope.n > at + 3);
  kernel.flow.act('stop');
  assert.equal((await inTime(running))?.name, 'Stopped');
  assert.equal(await kernel.run('b', 'n'), null);
});

test('a check tells what is missing and is no error', async () => {
  const { messages } = await run(
    `await lab.check('one', true); await lab.check('two', () => 1 === 2, 'Look again.');
     await lab.check('three', async () => { throw new Error('it broke') }, 'Hm.')`,
  );
  const checks = messages.flatMap((m) => (m.type === 'show' && m.kind === 'check' ? [m.props] : []));
  assert.deepEqual(checks, [
    { name: 'one', pass: true, message: '' },
    { name: 'two', pass: false, message: 'Look again.' },
    { name: 'three', pass: false, message: 'Hm. it broke' },
  ]);
});

test('a model that was never saved is undefined', async () => {
  const { kernel } = await createKernel({ core, storage: memoryStorage() });
  await kernel.run('a', 'const m = await lab.store.load("nothing"), i = await lab.store.info("nothing")');
  assert.equal(kernel.evaluator.scope.m, undefined);
  assert.equal(kernel.evaluator.scope.i, undefined);
});

test('objects that go out of use give their memory back', async () => {
  const { kernel } = await createKernel({ core });
  await kernel.run('a', 'for (let i = 0; i < 20; i++) lab.SimpleNoisePredictor().dispose()');
  const { bridge } = core.memory;
  const [objects, size] = [bridge.objects, bridge.memoryBytes];
  await kernel.run('b', 'for (let i = 0; i < 200; i++) lab.SimpleNoisePredictor().dispose()');
  assert.deepEqual([bridge.objects, bridge.memoryBytes], [objects, size]);
});
