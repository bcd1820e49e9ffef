// Models of networks written with lab.nn: all that a model does, and what only these have.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { memoryStorage } from '../../web/kernel/storage.js';
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

const CHAIN = `const { nn } = lab;
class Encoder extends nn.Module {
  fc1 = nn.Linear(6, 16);
  mean = nn.Linear(16, 3);
  forward(x) { return this.mean(this.fc1(x).relu()); }
}
class Decoder extends nn.Module {
  fc1 = nn.Linear(3, 16);
  fc2 = nn.Linear(16, 6);
  forward(x) { return this.fc2(this.fc1(x).silu()); }
}
class Both extends nn.Module {
  encoder = new Encoder();
  decoder = new Decoder();
  forward(x) { return this.decoder(this.encoder(x)); }
}
lab.seed(3);
const encoder = lab.model(new Encoder(), { x: [6] }), decoder = lab.model(new Decoder(), { x: [3] });
lab.seed(3);
const both = lab.model(new Both(), { x: [6] });
const x = lab.randn([5, 6]), d = lab.randn([5, 6]);`;

test('two networks chained through the gradient of an input are the one that is both', async () => {
  const { scope } = await run(
    CHAIN,
    `const z = encoder.forward(x), out = decoder.forward(z), whole = both.forward(x);
     const { x: d_z } = decoder.backward(d, { inputs: true });
     const { x: d_x } = encoder.backward(d_z, { inputs: true });
     const { x: d_whole } = both.backward(d, { inputs: true });
     const none = both.backward(d);
     const [a, b, all] = [encoder, decoder, both].map((model) => model.gradients());`,
  );
  const { out, whole, d_x, d_whole, a, b, all } = scope;
  assert.ok(out.equals(whole));
  assert.ok(d_x.equals(d_whole));
  assert.ok(d_x.data.some((/** @type {number} */ each) => each !== 0));
  for (const [name, gradient] of Object.entries(all)) {
    const [part, ...path] = name.split('.');
    assert.ok(gradient.equals((part === 'encoder' ? a : b)[path.join('.')]), name);
  }
  assert.equal(scope.none, undefined);
  assert.deepEqual(scope.encoder.outputs, [{ name: 'out', shape: [3] }]);
});

const MANY = `class Net extends lab.nn.Module {
  fc = lab.nn.Linear(2, 4);
  words = lab.nn.Embedding(9, 4);
  to_mean = lab.nn.Linear(4, 2);
  to_logvar = lab.nn.Linear(4, 2);
  forward(x, hint, t, label) {
    const h = this.fc(x).add(this.words(label)).add(this.fc(hint)).silu();
    return { mean: this.to_mean(h), logvar: this.to_logvar(h) };
  }
}
const model = lab.model(new Net(), { x: [2], hint: [2], t: 'fraction', label: { classes: 8 } });
const x = lab.randn([3, 2]), hint = lab.randn([3, 2]), labels = [0, 1, 8];`;

test('further inputs, and several outputs, by name', async () => {
  const { scope } = await run(
    MANY,
    `const one = model.forward(x, 0.5, labels, { hint });
     const d_mean = lab.randn([3, 2]), zeros = lab.zeros([3, 2]);
     const d = model.backward({ mean: d_mean }, { inputs: true });
     const same = model.backward({ mean: d_mean, logvar: zeros }, { inputs: true });
     const other = model.backward({ logvar: d_mean }, { inputs: true });
     const e = 1 / 256, nudge = hint.data.slice(); nudge[3] += e;
     const moved = model.forward(x, 0.5, labels, { hint: lab.tensor([3, 2], nudge) });`,
  );
  const { one, moved, d, same, other, d_mean, e } = scope;
  assert.deepEqual(Object.keys(one), ['mean', 'logvar']);
  assert.deepEqual(one.mean.shape, [3, 2]);
  assert.ok(!one.mean.equals(one.logvar));
  assert.deepEqual(Object.keys(d), ['x', 'hint']);
  assert.ok(d.hint.equals(same.hint) && d.x.equals(same.x));
  assert.ok(!d.hint.equals(other.hint));
  const change = one.mean.data.reduce(
    (/** @type {number} */ sum, /** @type {number} */ value, /** @type {number} */ i) =>
      sum + (moved.mean.data[i] - value) * d_mean.data[i],
    0,
  );
  assert.ok(Math.abs(change / e - d.hint.data[3]) < 0.02, `${change / e}, ${d.hint.data[3]}`);
  await fails(/input "hint" is missing/, MANY, 'model.forward(x, 0.5, labels)');
  await fails(
    /no input "mask": its further inputs are hint/,
    MANY,
    'model.forward(x, 0.5, labels, { mask: x })',
  );
  await fails(
    /hint has shape \[3\]; it takes \[3, 2\]/,
    MANY,
    'model.forward(x, 0.5, labels, { hint: lab.zeros([3]) })',
  );
  await fails(/gradients by name, of mean, logvar, got a Tensor/, MANY, 'model.backward(x)');
  await fails(/label 9 of sample 1/, MANY, 'model.forward(x, 0.5, [0, 9, 1], { hint })');
  await fails(/this network takes no t/, CHAIN, 'both.forward(x, 0.5)');
  await fails(/labels/, CHAIN, 'both.forward(x, null, [0, 1, 2, 3, 4])');
});

const PREDICTOR = `class Predictor extends lab.nn.Module {
  time_embed = lab.nn.Sequential(lab.nn.Linear(1, 8), lab.nn.ReLU());
  net = lab.nn.Sequential(lab.nn.Linear(10, 16), lab.nn.SiLU(), lab.nn.Linear(16, 2));
  forward(x, t) { return this.net(lab.nn.cat([x, this.time_embed(t)], 1)); }
}
const model = lab.model(new Predictor(), { x: [2], t: 'fraction' });
const schedule = lab.schedule('linear', { T: 20 });
const x = lab.randn([4, 2]);`;

test('it is looked into by the paths of its modules, trained and sampled', async () => {
  const { scope } = await run(
    PREDICTOR,
    `const names = model.layers().map(({ name }) => name);
     const hidden = model.activations(x, 0.5, 'net.1'), eps = model.activations(x, 0.5, 'net.2');
     const out = model.forward(x, 0.5);
     const trainer = lab.Trainer({ model, schedule, data: x });
     const { loss } = trainer.step();
     const samples = await lab.DDIM({ model, schedule, n: 3, steps: 5 }).run();
     const adam = lab.Adam(model, { lr: 0.01 }); model.forward(x, 0.5); model.backward(x); adam.step();`,
  );
  const { names, hidden, eps, out, loss, samples, model } = scope;
  assert.deepEqual(names, ['time_embed.0', 'time_embed.1', 'time_embed', 'net.0', 'net.1', 'net.2', 'net']);
  assert.deepEqual(hidden.shape, [4, 16]);
  assert.ok(eps.equals(out));
  assert.ok(loss > 0);
  assert.deepEqual(samples.shape, [3, 2]);
  assert.equal(model.skips, false);
});

test('it is stored and comes back from its text, with its weights, and training goes on', async () => {
  const storage = memoryStorage();
  const { scope } = await runCells(
    { core, storage },
    PREDICTOR,
    `const trainer = lab.Trainer({ model, schedule, data: x }); trainer.step();
     await lab.store.save('mine', trainer, { epochs: 1 });
     const before = model.forward(x, 0.5);
     trainer.step();
     const after = model.forward(x, 0.5);`,
  );
  const again = await runCells(
    { core, storage },
    `const { model, info, trainer: saved } = await lab.store.load('mine'); let x = null;`,
  );
  again.scope.x = scope.x;
  const error = await again.kernel.run(
    'on',
    `const back = model.forward(x, 0.5);
     const schedule = lab.schedule('linear', { T: 20 });
     const trainer = lab.Trainer({ model, schedule, data: x }); trainer.load(saved);
     trainer.step();
     const on = model.forward(x, 0.5);`,
  );
  assert.equal(error, null, error?.message);
  assert.deepEqual(again.scope.info.epochs, 1);
  assert.equal(again.scope.model.kind, 'network');
  assert.equal(again.scope.model.describe(), scope.model.describe());
  assert.ok(again.scope.back.equals(scope.before));
  assert.ok(again.scope.on.equals(scope.after));
  const copy = await run(
    PREDICTOR,
    `const twin = lab.model(new Predictor(), { x: [2], t: 'fraction' });
     const differ = model.forward(x, 0.5).equals(twin.forward(x, 0.5));
     twin.load(model.save());
     const same = model.forward(x, 0.5).equals(twin.forward(x, 0.5));
     const third = lab.model(new Predictor(), { x: [2], t: 'fraction' }, { generator: lab.generator(5) });
     third.load_state_dict(model.state_dict());
     const third_same = model.forward(x, 0.5).equals(third.forward(x, 0.5));`,
  );
  assert.deepEqual([copy.scope.differ, copy.scope.same, copy.scope.third_same], [false, true, true]);
});

test('a word is a further input; one that the vocabulary does not have is refused', async () => {
  const words = `class Net extends lab.nn.Module {
      fc = lab.nn.Linear(2, 2);
      table = lab.nn.Embedding(5, 2);
      forward(x, word) { return this.fc(x).add(this.table(word)); }
    }
    const model = lab.model(new Net(), { x: [2], word: { tokens: 1, vocabulary: 5 } });
    const x = lab.randn([3, 2]);
    const say = (...list) => model.forward(x, null, null, { word: lab.tensor([3, 1], list) });`;
  const { scope } = await run(words, 'const a = say(0, 1, 4), b = say(0, 2, 4);');
  const rows = [0, 1, 2].map((i) => scope.a.slice(i, i + 1).equals(scope.b.slice(i, i + 1)));
  assert.deepEqual(rows, [true, false, true]);
  await fails(/word/, words, 'say(0, 5, 1)');
  await fails(/word/, words, 'say(0, 0.5, 1)');
  await fails(/words: it takes 5/, words.replace('Embedding(5', 'Embedding(4'));
});

test('weights are drawn in the order in which modules are made, not in that of their names', async () => {
  const { scope } = await run(
    `class Net extends lab.nn.Module {
       constructor() {
         super();
         const last = lab.nn.Linear(3, 3);
         this.first = lab.nn.Linear(3, 3);
         this.last = last;
       }
       forward(x) { return this.last(this.first(x)); }
     }
     const make = (module) => lab.model(module, { x: [3] }, { generator: lab.generator(8) }).state_dict();
     const both = make(new Net()), one = make(lab.nn.Sequential(lab.nn.Linear(3, 3)));`,
  );
  assert.ok(scope.both['last.weight'].equals(scope.one['0.weight']));
  assert.ok(!scope.both['first.weight'].equals(scope.one['0.weight']));
});

const SHOWN = `class Net extends lab.nn.Module {
    fc = lab.nn.Linear(6, 8);
    words = lab.nn.Embedding(5, 8);
    out = lab.nn.Linear(8, 2);
    forward(x, t, hint, word) {
      return this.out(this.fc(lab.nn.cat([x, t, hint], 1)).add(this.words(word)).silu());
    }
  }
  lab.seed(4);
  const model = lab.model(new Net(), { x: [2], t: 'fraction', hint: [3], word: { tokens: 1, vocabulary: 5 } });
  const schedule = lab.schedule('linear', { T: 20 });
  const data = lab.randn([7, 2]), hint = lab.randn([7, 3]), word = lab.randint(0, 5, [7, 1]);
  const conds = { hint, word };`;

test('training, losses and samples with further inputs are those of loops in the cell', async () => {
  const { scope } = await run(
    SHOWN,
    `const start = model.save();
     lab.seed(9);
     const trainer = lab.Trainer({ model, schedule, data, conds, batch_size: 7, lr: 0.01, keep_order: true });
     const losses = [trainer.step().loss, trainer.step().loss];
     const trained = model.state_dict();
     const levels = lab.loss_by_level({ model, schedule, x_0: data, conds, timesteps: [3, 12], seed: 5 });
     const sampler = lab.DDIM({ model, schedule, conds, steps: 4, clip_x0: false });
     const steps = [];
     while (sampler.t >= 0) {
       const { t, x } = sampler;
       sampler.step();
       const noise = schedule.sqrt_one_minus_alpha_bar[t], signal = schedule.sqrt_alpha_bar[t];
       steps.push({ x_0: sampler.x_0, want: x.sub(model.forward(x, t / 20, null, conds).mul(noise)).div(signal) });
     }`,
    `model.load(start);
     lab.seed(9);
     const adam = lab.Adam(model, { lr: 0.01 }), mine = [];
     for (let i = 0; i < 2; i++) {
       const t = lab.randint(0, 20, [7]), eps = lab.randn([7, 2]);
       const pred = model.forward(schedule.q_sample(data, t, eps), t.div(20), null, conds);
       const { value, grad } = lab.mse_loss(pred, eps);
       model.backward(grad); adam.step(); mine.push(value);
     }
     const by_hand = model.state_dict();`,
  );
  assert.deepEqual(scope.losses, scope.mine);
  for (const [name, value] of Object.entries(scope.trained))
    assert.ok(value.equals(scope.by_hand[name]), name);
  assert.equal(scope.levels.length, 2);
  assert.equal(scope.steps.length, 4);
  for (const { x_0, want } of scope.steps) {
    assert.deepEqual(x_0.shape, [7, 2]); // as many samples as there are further inputs
    x_0.data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
      assert.ok(Math.abs(value - want.data[i]) < 1e-5 * Math.max(1, Math.abs(value)));
    });
  }
});

test('further inputs that do not fit are refused by trainer, losses and samplers', async () => {
  const uses = [
    'lab.Trainer({ model, schedule, data, CONDS })',
    'lab.loss_by_level({ model, schedule, x_0: data, CONDS, timesteps: [1] })',
    'lab.DDPM({ model, schedule, n: 7, CONDS })',
  ];
  /** @type {[string, RegExp][]} */
  const wrong = [
    ['conds: null', /input "hint" is missing: further inputs are given as { hint, word }/],
    ['conds: { hint }', /input "word" is missing/],
    ['conds: { ...conds, mask: hint }', /no input "mask": its further inputs are hint, word/],
    ['conds: { word, hint: lab.zeros([6, 3]) }', /hint has shape \[6,\s?3\]; it takes \[7, 3\]/],
    ['conds: { hint, word: word.float().add(5) }', /word of sample 0: token \d; its vocabulary is 0 to 4/],
    ['conds: { word, hint: hint.div(0) }', /further inputs of sample 0 are not finite/],
  ];
  for (const use of uses)
    for (const [conds, says] of wrong) await fails(says, SHOWN, use.replace('CONDS', conds));
});
