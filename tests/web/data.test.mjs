import assert from 'node:assert/strict';
import { before, test } from 'node:test';
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

test('NumPy draws', async () => {
  const { scope } = await run(`lab.seed(42);
    const normal = lab.np.randn([3]);
    lab.seed(42); const even = lab.np.rand([2]);
    lab.seed(42); const stretched = lab.np.uniform(-1, 1, [2]);
    lab.seed(42); const whole = lab.np.randint(0, 10, [5]);
    lab.seed(42); const picked = lab.np.choice(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'], 5);
    const roll = lab.swiss_roll({ n: 9, generator: lab.generator(1) }), same = lab.generator(1).swiss_roll(9, 0.1);
    const rows = lab.np.choice(lab.tensor([2, 2], [1, 2, 3, 4]), 3);`);
  // np.random.seed(42), and then each call
  const round = (/** @type {any} */ t) => Array.from(t.data, (v) => Number(v.toFixed(4)));
  assert.deepEqual(round(scope.normal), [0.4967, -0.1383, 0.6477]);
  assert.deepEqual(round(scope.even), [0.3745, 0.9507]);
  assert.deepEqual(round(scope.stretched), [-0.2509, 0.9014]);
  assert.deepEqual([...scope.whole.data], [6, 3, 7, 4, 6]);
  assert.deepEqual(scope.picked, ['g', 'd', 'h', 'e', 'g']);
  assert.deepEqual(scope.rows.shape, [3, 2]);
  assert.ok(scope.normal.data instanceof Float64Array);
  assert.ok(scope.roll.equals(scope.same));
  await fails(/low < high/, 'lab.np.randint(3, 3, [1])');
  await fails(/empty list/, 'lab.np.choice([], 1)');
});

test('real pictures, padded and in three channels', async () => {
  const { scope } = await run(
    `const plain = await lab.images('fashion'), padded = await lab.images('digits', { size: 13, channels: 3 });
     const scaled = plain.pixels.mul(2).sub(1);`,
  );
  assert.deepEqual(scope.plain.pixels.shape, [2000, 1, 14, 14]);
  assert.deepEqual(scope.plain.labels.shape, [2000]);
  assert.equal(scope.plain.classes.length, 10);
  assert.equal(scope.plain.classes[9], 'ankle boot');
  assert.deepEqual([scope.plain.pixels.min(), scope.plain.pixels.max()], [0, 1]);
  assert.deepEqual([scope.scaled.min(), scope.scaled.max()], [-1, 1]);
  const { pixels } = scope.padded;
  assert.deepEqual(pixels.shape, [1797, 3, 13, 13]);
  const small = (await run("const d = await lab.images('digits')")).scope.d.pixels;
  for (const [i, c, y, x] of [
    [0, 0, 3, 4],
    [1796, 2, 7, 7],
    [900, 1, 0, 2],
  ])
    assert.equal(pixels.data[((i * 3 + c) * 13 + y + 2) * 13 + x + 2], small.data[(i * 8 + y) * 8 + x]);
  assert.equal(small.mean() * 64 * 3, (pixels.mean() * 13 * 13 * 3 * 64 * 3) / (64 * 3));
  await fails(/choose one of fashion, digits/, 'await lab.images("cats")');
  await fails(/size = 8: these pictures are 14x14/, 'await lab.images("fashion", { size: 8 })');
  await fails(/channels = 2: it takes 1 or 3/, 'await lab.images("fashion", { channels: 2 })');
});

test('drawn pictures', async () => {
  const { scope } = await run(`lab.seed(42);
    const board = lab.checkerboard(), square = lab.colour_square({ size: 8 });
    const { images, labels } = lab.shapes({ n: 50, size: 32 });
    const own = lab.shapes({ n: 3, generator: lab.generator(42) });`);
  assert.deepEqual(scope.board.shape, [1, 1, 64, 64]);
  assert.equal(scope.board.mean(), 0.5);
  assert.deepEqual(scope.square.shape, [1, 3, 8, 8]);
  assert.equal(scope.square.mean(), 0.25);
  assert.deepEqual(scope.images.shape, [50, 1, 32, 32]);
  assert.deepEqual([...new Set(scope.labels.data)].sort(), [0, 1, 2]);
  assert.ok(scope.own.images.equals(scope.images.slice(0, 3)));
  await fails(/shapes of 8x8 pixels: height and width are 24/, 'lab.shapes({ size: 8 })');
  await fails(/squares of 9 pixels/, 'lab.checkerboard({ size: 8, square: 9 })');
});

test('tensor helpers', async () => {
  const { scope } = await run(`const x = lab.tensor([2, 3], [1, 2, 3, 4, 5, 6]);
    const y = x.reshape([3, 1, 2]), z = x.clamp(2, 5), both = lab.cat([x, x.slice(1)]);
    const spread = x.std();`);
  assert.deepEqual(scope.y.shape, [3, 1, 2]);
  assert.deepEqual([...scope.z.data], [2, 2, 3, 4, 5, 5]);
  assert.deepEqual(scope.both.shape, [3, 3]);
  assert.deepEqual([...scope.both.data.slice(6)], [4, 5, 6]);
  assert.ok(Math.abs(scope.spread - Math.sqrt(35 / 12)) < 1e-12);
  await fails(/needs 4 numbers, got 6/, 'lab.zeros([6]).reshape([2, 2])');
  await fails(/differ beyond the first axis/, 'lab.cat([lab.zeros([1, 2]), lab.zeros([1, 3])])');
});

test('metrics for sets of any shape', async () => {
  const { scope } = await run(`lab.seed(1);
    const a = lab.randn([60, 1, 2, 2]), b = lab.randn([50, 1, 2, 2]).add(3);
    const energy = [lab.energy_distance(a, a), lab.energy_distance(a, b)];
    const mmd = [lab.mmd2(a, a), lab.mmd2(a, b), lab.mmd2(a, b, { sigma: 4 })];
    const close = lab.nearest(a.take([7, 3]), a), far = lab.nearest(a, b);
    const same = lab.precision_recall(a, a), apart = lab.precision_recall(a, b, { k: 2 });`);
  assert.equal(scope.energy[0], 0);
  assert.ok(scope.energy[1] > 1);
  assert.ok(Math.abs(scope.mmd[0]) < 1e-12 && scope.mmd[1] > 0.01 && scope.mmd[1] !== scope.mmd[2]);
  assert.deepEqual([...scope.close.index.data], [7, 3]);
  assert.deepEqual([...scope.close.distance.data], [0, 0]);
  assert.ok(scope.far.distance.min() > 0);
  assert.deepEqual(scope.same, { precision: 1, recall: 1 });
  assert.ok(scope.apart.precision < 0.2 && scope.apart.recall < 0.2);
  await fails(/rows of 2 and of 3/, 'lab.energy_distance(lab.zeros([2, 2]), lab.zeros([2, 3]))');
  await fails(/kernel of width 0/, 'lab.mmd2(lab.zeros([2, 2]), lab.zeros([2, 2]), { sigma: 0 })');
  await fails(
    /k = 2|2 nearest|2 neighb/,
    'lab.precision_recall(lab.zeros([2, 2]), lab.zeros([2, 2]), { k: 2 })',
  );
});

test('shapes are clean, noise is not, whatever the range of the pictures', async () => {
  const { scope } = await run(`const generator = lab.generator(1);
    const { images, labels } = lab.shapes({ n: 20, generator });
    const real = lab.shape_fit(images), wide = lab.shape_fit(images.mul(2).sub(1), { threshold: 0 });
    const noise = lab.shape_fit(lab.randn([20, 1, 32, 32], { generator }));
    const half = lab.shape_fit(lab.cat([images.slice(0, 1), lab.zeros([1, 1, 32, 32])]));`);
  assert.deepEqual([...scope.real.kind.data], [...scope.labels.data]);
  assert.deepEqual(new Set(scope.real.iou.data), new Set([1]));
  assert.deepEqual([scope.real.clean, scope.wide.clean, scope.noise.clean, scope.half.clean], [1, 1, 0, 0.5]);
  await fails(/shape \[n, 1, height, width\]: got \[2,3,32,32\]/, 'lab.shape_fit(lab.zeros([2, 3, 32, 32]))');
  await fails(/height and width are 24 to 4096/, 'lab.shape_fit(lab.zeros([1, 1, 8, 8]))');
  await fails(/threshold/, 'lab.shape_fit(lab.zeros([1, 1, 32, 32]), { threshold: NaN })');
});
