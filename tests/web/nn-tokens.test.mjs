// lab.nn with tokens: a transformer as a reader writes one.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {...string} sources */
const run = (...sources) => runCells({ core }, ...sources);

/** Peebles and Xie 2023, small, with words to heed. */
const TRANSFORMER = `const nn = lab.nn;
class Block extends nn.Module {
  constructor(dim, num_heads) {
    super();
    this.num_heads = num_heads;
    this.norm1 = nn.LayerNorm(dim);
    this.qkv = nn.Linear(dim, 3 * dim);
    this.proj = nn.Linear(dim, dim);
    this.norm2 = nn.LayerNorm(dim);
    this.query = nn.Linear(dim, dim);
    this.of_words = nn.Linear(dim, 2 * dim);
    this.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim));
    this.ada = nn.Linear(dim, 2 * dim);
  }
  forward(h, c, words, mask) {
    const { num_heads } = this;
    const [scale, shift] = this.ada(c).chunk(2, 1);
    const [q, k, v] = this.qkv(this.norm1(h).scale_shift(scale, shift)).chunk(3, 2);
    h = h.add(this.proj(nn.scaled_dot_product_attention(q, k, v, { num_heads })));
    const [key, value] = this.of_words(words).chunk(2, 2);
    h = h.add(nn.scaled_dot_product_attention(this.query(h), key, value, { num_heads, mask }));
    return h.add(this.mlp(this.norm2(h)));
  }
}
class Transformer extends nn.Module {
  constructor(dim = 16, start = lab.randn([4, dim])) {
    super();
    this.embed = nn.Linear(16, dim);
    this.position = nn.Parameter(start);
    this.register = nn.Parameter(1, dim);
    this.words = nn.Embedding(10, dim);
    this.time = nn.Linear(dim, dim);
    this.blocks = nn.ModuleList(new Block(dim, 2), new Block(dim, 4));
    this.out = nn.Linear(dim, 16);
    this.dim = dim;
  }
  forward(x, t, words, mask) {
    const c = this.time(nn.sinusoidal(t, this.dim)).silu();
    const told = this.words(words).add(nn.positions(5, this.dim));
    let h = this.embed(x.patchify(4)).add(this.position);
    h = nn.cat([this.register, h], 1);
    for (const block of this.blocks) h = block(h, c, told, mask);
    return this.out(h.narrow(1, 1, 4)).unpatchify(4, 8, 8).sub(x.mul(0.5));
  }
}
lab.seed(3);
const start = lab.randn([4, 16]);
const model = lab.model(new Transformer(16, start),
  { x: [1, 8, 8], t: 'timestep', words: { tokens: 5, vocabulary: 10 }, mask: [5] });`;

test('a transformer for pictures and words: trained, written down and opened again', async () => {
  const { scope } = await run(
    TRANSFORMER,
    `const x = lab.randn([3, 1, 8, 8]), t = lab.full([3], 7), target = lab.randn([3, 1, 8, 8]);
     const given = { words: lab.randint(0, 10, [3, 5]), mask: lab.full([3, 5], 1) };
     const first = model.state_dict()['position'];
     const adam = lab.Adam(model, { lr: 0.01 }), losses = [];
     for (let i = 0; i < 60; i++) {
       const off = model.forward(x, t, null, given).sub(target);
       losses.push(off.mul(off).mean());
       model.backward(off.mul(2 / off.data.length));
       adam.step();
     }
     const weights = model.activations(x, t, model.layers().map((l) => l.name).find((name) => name === 'blocks.0.proj'), null, given);`,
  );
  assert.deepEqual(scope.first.data, scope.start.data, 'the numbers that Parameter was given');
  assert.deepEqual(scope.first.shape, [4, 16]);
  const { losses } = scope;
  assert.ok(losses.at(-1) < 0.2 * losses[0], `${losses[0]} to ${losses.at(-1)}`);
  assert.deepEqual(scope.weights.shape, [3, 5, 16]);
  assert.ok(scope.model.named_parameters().some((/** @type {any} */ p) => p.name === 'register'));
});

test('weights of attention are values: rows that sum to one', async () => {
  const { scope } = await run(
    `class Net extends lab.nn.Module {
       q = lab.nn.Linear(8, 8);
       k = lab.nn.Linear(8, 8);
       forward(x) {
         const weights = lab.nn.attention_weights(this.q(x), this.k(x), { num_heads: 2 });
         return { weights, y: lab.nn.matmul(weights, x, { num_heads: 2 }) };
       }
     }
     const model = lab.model(new Net(), { x: { shape: [3, 8], axes: 'tokens' } });
     const { weights, y } = model.forward(lab.randn([2, 3, 8]));`,
  );
  assert.deepEqual(scope.weights.shape, [2, 6, 3]);
  assert.deepEqual(scope.y.shape, [2, 3, 8]);
  for (let row = 0; row < 12; row++) {
    const sum = scope.weights.data
      .slice(3 * row, 3 * row + 3)
      .reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-6, `row ${row}: ${sum}`);
  }
});

test('shapes as in PyTorch: reshape, flatten, transpose, chunk, cat, mean', async () => {
  const { scope } = await run(
    `class Net extends lab.nn.Module {
       forward(x) {
         const series = x.flatten(2), tokens = series.transpose(1, 2);
         const [a, b, c] = tokens.chunk(3, -1);
         return {
           same: tokens.transpose(1, 2).reshape(-1, 3, 2, 4).sub(x),
           c,
           all: lab.nn.cat([a, b, c, a, b, c], 2),
           longer: lab.nn.cat([tokens, tokens, tokens, tokens, tokens], 1),
           mean: tokens.mean(1),
           flat: x.flatten(1).reshape(-1, 12, 2, { axes: 'series' }).mean(2),
           parts: x.chunk(2, 1)[1],
         };
       }
     }
     const model = lab.model(new Net(), { x: [3, 2, 4] });
     const x = lab.tensor([1, 3, 2, 4], Array.from({ length: 24 }, (_, i) => i)), out = model.forward(x);`,
  );
  const { out } = scope;
  assert.ok(out.same.data.every((/** @type {number} */ v) => v === 0));
  assert.deepEqual(out.c.shape, [1, 8, 1]);
  assert.deepEqual([...out.c.data], [16, 17, 18, 19, 20, 21, 22, 23]);
  assert.deepEqual(out.all.shape, [1, 8, 6]);
  assert.deepEqual([...out.all.data.slice(0, 6)], [0, 8, 16, 0, 8, 16]);
  assert.deepEqual(out.longer.shape, [1, 40, 3]);
  assert.deepEqual([...out.longer.data.slice(24 * 4, 24 * 4 + 3)], [0, 8, 16]);
  assert.deepEqual([...out.mean.data], [3.5, 11.5, 19.5]);
  assert.deepEqual(
    [...out.flat.data],
    Array.from({ length: 12 }, (_, i) => 2 * i + 0.5),
  );
  assert.deepEqual(out.parts.shape, [1, 1, 2, 4]);
  assert.deepEqual([...out.parts.data], [16, 17, 18, 19, 20, 21, 22, 23]);
});

test('Dropout draws as in PyTorch while a model trains, and lets all through after eval()', async () => {
  const { scope } = await run(
    `lab.seed(5);
     const model = lab.model(lab.nn.Sequential(lab.nn.Dropout(0.25)), { x: [400] }), x = lab.full([2, 400], 1);
     const first = model.forward(x), second = model.forward(x);
     lab.seed(5);
     const again = model.forward(x), through = model.eval().forward(x), trains = model.training;
     model.train();
     const dropped = model.forward(x);
     model.backward(x);
     const net = lab.nn.Sequential(lab.nn.Linear(2, 8), lab.nn.Dropout(0.5), lab.nn.ReLU(), lab.nn.Linear(8, 2));
     const points = lab.model(net, { x: [2] }), schedule = lab.schedule('linear', { T: 10 });
     const trainer = lab.Trainer({ model: points, schedule, data: lab.randn([8, 2]), batch_size: 8 });
     const { loss } = trainer.step();`,
  );
  const kept = (/** @type {any} */ tensor) => tensor.data.filter((/** @type {number} */ v) => v !== 0).length;
  assert.ok(Math.abs(kept(scope.first) / 800 - 0.75) < 0.06, `${kept(scope.first)} of 800`);
  assert.ok(
    scope.first.data.every((/** @type {number} */ v) => v === 0 || v === Math.fround(1 / Math.fround(0.75))),
  );
  assert.ok(!scope.second.equals(scope.first));
  assert.ok(scope.again.equals(scope.first), 'from the generator that lab.seed seeds');
  assert.ok(scope.through.data.every((/** @type {number} */ v) => v === 1));
  assert.equal(scope.trains, false);
  assert.ok(kept(scope.dropped) < 800);
  assert.ok(scope.loss > 0);
});
