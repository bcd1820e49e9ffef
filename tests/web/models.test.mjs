import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {...string} sources */
const run = (...sources) => runCells({ core }, ...sources);
/** @param {RegExp} pattern @param {...string} sources */
const fails = (pattern, ...sources) => cellFails({ core }, pattern, ...sources);

/** A small one of each kind, in the core's order. */
const SMALL = `const models = [
  lab.SimpleNoisePredictor({ hidden_dim: 16, time_dim: 8 }),
  lab.MiniUNet({ base_channels: 8, time_dim: 8, image_size: 8, max_batch: 4 }),
  lab.SimpleUNet({ in_channels: 1, base_channels: 4, image_size: 6, max_batch: 4 }),
  lab.ConditionalUNet({ in_channels: 3, base_channels: 4, image_size: 6, n_classes: 5, max_batch: 4 }),
  lab.ConditionalDiffusion({ hidden_dim: 16, time_dim: 8, n_classes: 3 }),
];`;

test('every kind: its name, its sizes, the course as default', async () => {
  const { scope } = await run(
    SMALL,
    `const courses = [lab.SimpleNoisePredictor(), lab.MiniUNet({ max_batch: 1 }), lab.SimpleUNet({ max_batch: 1 }),
       lab.ConditionalUNet({ max_batch: 1 }), lab.ConditionalDiffusion()];`,
  );
  const kinds = scope.models.map((/** @type {any} */ m) => m.kind);
  const { api } = core;
  assert.deepEqual(
    kinds,
    kinds.map((/** @type {string} */ name) => api.model_kind_name(api.model_kind_find(name))),
  );
  // As tests/golden counts PyTorch's parameters.
  assert.equal(scope.courses[0].n_parameters, 38882);
  assert.equal(scope.courses[1].config.base_channels, 32);
  assert.deepEqual(scope.courses[1].config, {
    kind: 'mini-unet',
    in_channels: 1,
    base_channels: 32,
    time_dim: 128,
    image_height: 32,
    image_width: 32,
    attention: false,
    max_batch: 1,
  });
  assert.deepEqual(scope.courses[2].sample_shape, [3, 64, 64]);
  assert.equal(scope.courses[3].n_classes, 10);
  assert.equal(scope.courses[4].n_classes, 3);
  assert.deepEqual(
    scope.courses.map((/** @type {any} */ m) => m.takes_fraction),
    [true, false, false, false, true],
  );
});

test('every kind: forward, backward, state_dict, weights to a file and back', async () => {
  const { scope } = await run(
    SMALL,
    `const seen = models.map((model) => {
       const x = lab.randn([3, ...model.sample_shape]);
       const t = model.takes_fraction ? lab.rand([3]) : lab.randint(0, 100, [3]);
       const labels = model.n_classes ? [0, 1, model.n_classes] : null;
       const y = model.forward(x, t, labels);
       model.backward(y);
       const none = Object.values(model.gradients()).filter((g) => g.data.every((v) => v === 0)).length;
       const twin = lab[{ 'simple-noise-predictor': 'SimpleNoisePredictor', 'mini-unet': 'MiniUNet', 'simple-unet': 'SimpleUNet',
         'conditional-unet': 'ConditionalUNet', 'conditional-diffusion': 'ConditionalDiffusion' }[model.kind]](
         Object.fromEntries(Object.entries(model.config).filter(([name]) => name !== 'kind')));
       const other = twin.forward(x, t, labels);
       twin.load(model.save());
       const loaded = twin.forward(x, t, labels);
       const count = Object.values(model.state_dict()).reduce((n, { length }) => n + length, 0);
       return { model, x, y, other, loaded, none, count };
     });`,
  );
  for (const { model, x, y, other, loaded, none, count } of scope.seen) {
    assert.deepEqual(y.shape, x.shape);
    assert.ok(!other.equals(y), model.kind);
    assert.ok(loaded.equals(y), model.kind);
    assert.equal(none, 0, model.kind);
    assert.equal(count, model.n_parameters);
  }
});

test('a fingerprint is zlib.crc32 of the weights: the same where they are, another after a single bit', async () => {
  const { scope } =
    await run(`const net = lab.MiniUNet({ base_channels: 8, image_size: 8, generator: lab.generator(1) });
    const again = lab.MiniUNet({ base_channels: 8, image_size: 8, generator: lab.generator(2) });
    const state = net.state_dict(), prints = [net.fingerprint(), again.fingerprint()];
    again.load(net.save());
    prints.push(again.fingerprint());
    const [name] = Object.keys(state).slice(-1);
    const bits = state[name].map((v, i) => v);
    new Uint8Array(bits.data.buffer, bits.data.byteOffset)[0] ^= 1;
    again.load_state_dict({ ...state, [name]: bits });
    prints.push(again.fingerprint());`);
  const bytes = Buffer.concat(
    Object.values(scope.state).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
  const [mine, other, loaded, changed] = scope.prints;
  assert.equal(mine, crc32(bytes).toString(16).padStart(8, '0'));
  assert.equal(loaded, mine);
  assert.notEqual(other, mine);
  assert.notEqual(changed, mine);
});

test('labels matter, none is the last label, and t may be one number', async () => {
  const { scope } =
    await run(`const m = lab.ConditionalUNet({ in_channels: 1, base_channels: 4, image_size: 4, n_classes: 5 });
    const x = lab.randn([2, 1, 4, 4]), t = lab.full([2], 7);
    const zero = m.forward(x, t, [0, 0]), one = m.forward(x, t, lab.tensor([2], [1, 1]));
    const last = m.forward(x, 7, [5, 5]), none = m.forward(x, t);`);
  assert.ok(!scope.zero.equals(scope.one));
  assert.ok(scope.last.equals(scope.none));
});

test('wrong shapes, labels and names are told what is accepted', async () => {
  await fails(
    /mini-unet has no option "base_channel": it takes in_channels, base/,
    'lab.MiniUNet({ base_channel: 8 })',
  );
  await fails(/base_channels = 12: it takes a multiple of 8/, 'lab.MiniUNet({ base_channels: 12 })');
  await fails(/image_height = 14: it takes a multiple of 4/, 'lab.MiniUNet({ image_size: 14 })');
  await fails(/image_size = 8.5: a whole number/, 'lab.MiniUNet({ image_size: 8.5 })');
  await fails(/in_channels = 2: it takes 1 or 3/, 'lab.SimpleUNet({ in_channels: 2 })');
  const net = 'const m = lab.MiniUNet({ base_channels: 8, image_size: 8, max_batch: 2 })';
  await fails(/takes \[n, 1, 8, 8\]/, net, 'm.forward(lab.zeros([2, 64]), 1)');
  await fails(
    /\[3\]; for 2 samples it takes \[2\]/,
    net,
    'm.forward(lab.zeros([2, 1, 8, 8]), lab.zeros([3]))',
  );
  await fails(/no classes/, net, 'm.forward(lab.zeros([2, 1, 8, 8]), 1, [0, 0])');
  await fails(/at most 2/, net, 'const x = lab.zeros([3, 1, 8, 8]); m.backward(m.forward(x, 1))');
  const points = 'const m = lab.ConditionalDiffusion({ hidden_dim: 8 }), x = lab.zeros([2, 2])';
  await fails(/label 4 of sample 1: it takes 0 to 3, 3 being no class/, points, 'm.forward(x, 0.5, [0, 4])');
  await fails(/1 labels for 2 samples/, points, 'm.forward(x, 0.5, [0])');
  await fails(/labels\[0\] = 0.5 is not a whole number/, points, 'm.forward(x, 0.5, [0.5, 1])');
  await fails(/takes t \/ T.*t.div/, points, 'm.forward(x, lab.randint(0, 9, [2]), [0, 1])');
});

const CLASSES = `lab.seed(5);
  const { points, labels } = lab.classes(40);
  const data = points.float(), schedule = lab.schedule('linear', { T: 40, beta_end: 0.2 });
  const model = lab.ConditionalDiffusion({ hidden_dim: 16, time_dim: 8 });`;

test('a trainer takes labels, drops some, and keeps an average of the weights', async () => {
  const { scope } = await run(
    CLASSES,
    `const trainer = lab.Trainer({ model, schedule, data, labels, label_dropout: 0.1, ema_decay: 0.9, batch_size: 32 });
     const first = trainer.step(), report = await trainer.epoch();
     const weights = model.save();
     trainer.use_ema(true); const average = model.save();
     let refused = ''; try { trainer.step() } catch (error) { refused = error.message }
     trainer.use_ema(false); const again = model.save();`,
  );
  assert.equal(scope.first.per_epoch, 4);
  assert.equal(scope.report.epoch, 1);
  assert.notDeepEqual(scope.weights, scope.average);
  assert.deepEqual(scope.weights, scope.again);
  assert.match(scope.refused, /average|ema/i);
  await fails(/ema_decay/, CLASSES, 'lab.Trainer({ model, schedule, data, labels }).use_ema(true)');
  await fails(/label dropout 2/, CLASSES, 'lab.Trainer({ model, schedule, data, labels, label_dropout: 2 })');
  await fails(
    /119 labels|labels for 120/,
    CLASSES,
    'lab.Trainer({ model, schedule, data, labels: labels.slice(1) })',
  );
  await fails(/label/, CLASSES, 'lab.Trainer({ model, schedule, data, labels: labels.add(1) })');
});

test('without shuffling the order is kept: the first batch decides the first loss', async () => {
  const { scope } = await run(
    CLASSES,
    `const first = (list, generator) => {
       const m = lab.ConditionalDiffusion({ hidden_dim: 16, time_dim: 8, generator: lab.generator(1) });
       return lab.Trainer({ model: m, schedule, data: list, keep_order: true, batch_size: 40, generator }).step().loss;
     };
     const whole = first(data, lab.generator(2)), part = first(data.slice(0, 40), lab.generator(2));`,
  );
  assert.equal(scope.whole, scope.part);
});

test('loss by noise level: one number a level, the same each time', async () => {
  const { scope } = await run(
    CLASSES,
    `const state = lab.get_rng_state();
     const ask = (seed) => lab.loss_by_level({ model, schedule, x_0: data, labels, timesteps: [0, 10, 39], seed });
     const a = ask(1), b = ask(1), c = ask(2), after = lab.get_rng_state();`,
  );
  assert.equal(scope.a.length, 3);
  assert.ok(scope.a instanceof Float64Array);
  assert.deepEqual(scope.a, scope.b);
  assert.notDeepEqual(scope.a, scope.c);
  assert.deepEqual(scope.state, scope.after);
  await fails(
    /timestep|0\.\.39|0 to 39/,
    CLASSES,
    'lab.loss_by_level({ model, schedule, x_0: data, timesteps: [40] })',
  );
});

test('images are sampled in their shape, and evaluations are counted', async () => {
  const { scope } = await run(`lab.seed(2);
    const schedule = lab.schedule('linear', { T: 30, beta_end: 0.2 });
    const model = lab.ConditionalUNet({ in_channels: 1, base_channels: 4, image_size: 4, n_classes: 5 });
    const x_T = lab.randn([3, 1, 4, 4]), labels = [0, 1, 2];
    const plain = lab.DDIM({ model, schedule, x_T, labels, steps: 6 });
    const guided = lab.DDIM({ model, schedule, x_T, labels, steps: 6, guidance_scale: 3, clip_x0: true });
    const one = lab.DDIM({ model, schedule, x_T, labels, steps: 6, guidance_scale: 1 });
    const a = await plain.run(), b = await guided.run(), c = await one.run();
    const drawn = lab.DDPM({ model, schedule, labels: [1, 1], steps: 2 });`);
  assert.deepEqual(scope.a.shape, [3, 1, 4, 4]);
  assert.deepEqual(scope.guided.x_0.shape, [3, 1, 4, 4]);
  assert.deepEqual([scope.plain.evaluations, scope.guided.evaluations, scope.one.evaluations], [6, 12, 6]);
  assert.ok(scope.a.equals(scope.c));
  assert.ok(!scope.a.equals(scope.b));
  assert.deepEqual(scope.drawn.x.shape, [2, 1, 4, 4]);
});

test('the exact score of two points, and the engine', async () => {
  const { scope } = await run(`const s = lab.schedule('linear', { T: 10, beta_end: 0.2 });
    const score = lab.exact_score(s, 4, lab.tensor([2, 2], [-1, 0, 1, 0]), lab.tensor([2, 2], [0, 0, 0, 1]));
    const variance = 1 - s.alpha_bar[4], engine = lab.engine;`);
  assert.deepEqual([...scope.score.data.slice(0, 3)].map(Math.abs), [0, 0, 0]);
  assert.ok(Math.abs(scope.score.at(1, 1) + 1 / scope.variance) < 1e-12);
  assert.deepEqual(Object.keys(scope.engine), ['kernels', 'threads', 'mode']);
  assert.equal(scope.engine.mode, 'exact');
  await fails(
    /timesteps are 0 to 9/,
    'lab.exact_score(lab.schedule("linear", { T: 10 }), 10, lab.zeros([1, 2]), lab.zeros([1, 2]))',
  );
  await fails(
    /it takes points/,
    'lab.exact_score(lab.schedule("linear"), 1, lab.zeros([1, 3]), lab.zeros([1, 2]))',
  );
});

test('a kept model of any kind comes back, with its trainer and its average', async () => {
  const { scope } = await run(
    CLASSES,
    `const trainer = lab.Trainer({ model, schedule, data, labels, label_dropout: 0.2, ema_decay: 0.9, batch_size: 32 });
     for (let i = 0; i < 6; i++) trainer.step();
     await lab.store.save('points', trainer);
     const on = [trainer.step().loss, trainer.step().loss]; trainer.use_ema(true); const average = model.save();
     const kept = await lab.store.load('points');
     const next = lab.Trainer({ model: kept.model, schedule, data, labels, label_dropout: 0.2, ema_decay: 0.9, batch_size: 32,
       generator: lab.generator(0) });
     next.load(kept.trainer);
     const onAgain = [next.step().loss, next.step().loss]; next.use_ema(true); const averageAgain = kept.model.save();
     const net = lab.MiniUNet({ base_channels: 8, image_size: 8, attention: true, max_batch: 3 });
     await lab.store.save('images', net, { epochs: 2 });
     const { model: same, info } = await lab.store.load('images');
     const x = lab.randn([2, 1, 8, 8]), equal = net.forward(x, 3).equals(same.forward(x, 3));`,
  );
  assert.deepEqual(scope.on, scope.onAgain);
  assert.deepEqual(scope.average, scope.averageAgain);
  assert.deepEqual(scope.same.config, scope.net.config);
  assert.equal(scope.info.epochs, 2);
  assert.ok(scope.equal);
});

test('what a trainer can be asked for beyond the loop is heeded, checked, and part of its state', async () => {
  const { scope } = await run(`const schedule = lab.schedule('cosine', { T: 50 });
    const data = lab.randn([40, 2], { generator: lab.generator(1) });
    const given = { stratified: true, warmup: 3, decay_steps: 6, lr_end: 0.5, optimizer: 'muon',
      objective: 'v', loss_weight: 'min-snr', weight_limit: 1 };
    const trained = (more) => {
      const model = lab.SimpleNoisePredictor({ hidden_dim: 16, generator: lab.generator(2) });
      const trainer = lab.Trainer({ model, schedule, data, batch_size: 10, generator: lab.generator(3), ...more });
      const losses = Array.from({ length: 8 }, () => trainer.step().loss);
      return { losses: losses.join(), trainer };
    };
    const plain = trained({}), all = trained(given), again = trained(given);
    const one_by_one = Object.keys(given).map((name) => trained({ ...given, [name]: undefined }).losses);
    again.trainer.load(all.trainer.save());
    let refused = '';
    try { trained({ ...given, warmup: 2 }).trainer.load(all.trainer.save()); } catch (error) { refused = error.message; }`);
  assert.equal(scope.all.losses, scope.again.losses);
  assert.notEqual(scope.all.losses, scope.plain.losses);
  for (const losses of scope.one_by_one) assert.notEqual(losses, scope.all.losses);
  assert.match(scope.refused, /warmup = 3: this trainer has 2/);
  const { scope: weighed } = await run(`const schedule = lab.schedule('cosine', { T: 50 });
    const data = lab.randn([40, 2], { generator: lab.generator(1) });
    const after = (loss_weight) => {
      const model = lab.SimpleNoisePredictor({ hidden_dim: 16, generator: lab.generator(2) });
      const trainer = lab.Trainer({ model, schedule, data, loss_weight, weight_limit: 3, generator: lab.generator(3) });
      for (let i = 0; i < 8; i++) trainer.step();
      return Array.from(lab.loss_by_level({ model, schedule, x_0: data, timesteps: [5, 45] }));
    };
    const snr = Array.from(schedule.snr);
    const [drawn, named] = [after(snr.map((s) => Math.min(s, 3) / s)), after('min-snr')], ones = after(lab.full([50], 1));
    const uniform = after('one');`);
  const apart = (/** @type {number[]} */ a, /** @type {number[]} */ b) =>
    Math.max(...a.map((v, i) => Math.abs(v - b[i])));
  assert.ok(apart(weighed.drawn, weighed.named) < 1e-6, `${weighed.drawn}, ${weighed.named}`);
  assert.ok(apart(weighed.drawn, weighed.uniform) > 1e-4);
  assert.deepEqual(weighed.ones, weighed.uniform);
  const trainer = (/** @type {string} */ more) =>
    `lab.Trainer({ model: lab.SimpleNoisePredictor(), schedule: lab.schedule('cosine'), data: lab.zeros([4, 2]), ${more} })`;
  await fails(/no loss weight is named "w": there are one, min-snr, v/, trainer("loss_weight: 'w'"));
  await fails(/loss_weight has 3 numbers for 1000 timesteps/, trainer('loss_weight: [1, 1, 1]'));
  await fails(/loss_weight must be a tensor or a list of numbers, got 2/, trainer('loss_weight: 2'));
  await fails(
    /the weight nan of timestep 7/,
    trainer('loss_weight: lab.full([1000], 1).data.fill(NaN, 7, 8)'),
  );
  await fails(/no optimizer is named "sgd": there are adam, muon/, trainer("optimizer: 'sgd'"));
  await fails(/no objective is named "x_0": there are eps, x0, v, flow/, trainer("objective: 'x_0'"));
  await fails(/warmup/, trainer('warmup: 1.5'));
  await fails(/it takes a later step, or 0/, trainer('warmup: 5, decay_steps: 4'));
});
