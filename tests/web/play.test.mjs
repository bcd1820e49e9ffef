/** The playground: drawings and their points, links with models, playing, and what the network learns in a fixed number of steps. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeModel, encodeModel } from '../../web/kernel/play/codec.js';
import { LAST_STEP, RANGE, Toy } from '../../web/kernel/play/toy.js';
import { MOST_PLACES, Pen } from '../../web/page/play/drawing.js';
import { DRAWING, drawingHash, learnedIn, readDrawing } from '../../web/page/play/hash.js';
import { Particles } from '../../web/page/play/particles.js';
import { RANGE as DRAWN, PRESETS, pointsOf } from '../../web/page/play/shapes.js';
import { loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** @param {Float32Array} a @param {Float32Array} b */
const distance = (a, b) =>
  core.api.sliced_wasserstein(a.length / 2, Float64Array.from(a), b.length / 2, Float64Array.from(b), 128);

test('the board and the network have the same square', () => assert.equal(DRAWN, RANGE));

test('the pen: lines, places too near, the edge, no end of places', () => {
  const pen = new Pen();
  assert.equal(pen.move([1, 1]), false, 'a pen that is up does not draw');
  assert.deepEqual(pen.strokes, []);
  pen.down(pen.at);
  pen.move([1.5, 1]);
  pen.move([1.501, 1]);
  pen.move([99, -99]);
  pen.up();
  pen.move([0, 0]);
  pen.down([-1, 0]);
  assert.deepEqual(pen.strokes, [
    [
      [1, 1],
      [1.5, 1],
      [DRAWN, -DRAWN],
    ],
    [[-1, 0]],
  ]);
  for (let i = 0; i < 2 * MOST_PLACES; i++) pen.move([i % 2, 0]);
  assert.equal(pen.isFull, true);
  assert.equal(pen.strokes.flat().length, MOST_PLACES);
  pen.clear();
  assert.equal(pen.isFull, false);
});

test('points lie along the strokes, evenly, and are the same every time', () => {
  const points = pointsOf([
    [
      [-2, 0],
      [1, 0],
    ],
    [
      [2, -1],
      [2, 0],
    ],
  ]);
  assert.deepEqual(
    points,
    pointsOf([
      [
        [-2, 0],
        [1, 0],
      ],
      [
        [2, -1],
        [2, 0],
      ],
    ]),
  );
  let [first, off] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    if (points[i] < 1.5) first++;
    off = Math.max(off, points[i] < 1.5 ? Math.abs(points[i + 1]) : Math.abs(points[i] - 2));
  }
  assert.equal(points.length, 6000);
  assert.ok(Math.abs(first / 3000 - 0.75) < 0.01, `${first} points on three quarters of the line`);
  assert.ok(off < 0.2, `${off}`);
  assert.equal(pointsOf([]).length, 0);
  assert.equal(pointsOf([[[1, 1]]]).length, 6000, 'a dot is a drawing, too');
  for (const { strokes } of Object.values(PRESETS))
    assert.ok(pointsOf(strokes).every((v) => Math.abs(v) < DRAWN));
});

test('playing: what has not come is waited for, t and places go together', () => {
  const particles = new Particles();
  particles.begin(4);
  assert.equal(particles.samples, null);
  particles.add([999, 749], [Float32Array.of(4, 0), Float32Array.of(2, 0)], false);
  assert.equal(particles.placeOf(1), 1);
  assert.deepEqual([...particles.at(0.5, new Float32Array(8))], [3, 0]);
  assert.equal(particles.tAt(0.5), 874);
  particles.add([500, 250, -1], [Float32Array.of(1, 0), Float32Array.of(1, 1), Float32Array.of(0, 1)], true);
  assert.equal(particles.placeOf(1), 4);
  assert.deepEqual([...(particles.samples ?? [])], [0, 1]);
  for (const t of [999, 800, 300, -1]) assert.ok(Math.abs(particles.tAt(particles.placeAt(t)) - t) < 1e-6);
});

test('a model in a link: as near as eight bits are; what is cut, changed or hostile gets a sentence', () => {
  const sizes = [3, 2, 1];
  const weights = Float32Array.of(0.5, -1, 0.25, 3, -3, 0);
  const code = encodeModel({ weights, step: 1234 }, sizes);
  assert.match(code, /^[\w-]+$/);
  const back = decodeModel(code, sizes, LAST_STEP);
  assert.equal(back.step, 1234);
  back.weights.forEach((each, i) => {
    assert.ok(Math.abs(each - weights[i]) <= 3 / 254, `${each} for ${weights[i]}`);
  });
  const other = code[9] === 'A' ? 'B' : 'A';
  for (const wrong of [
    '',
    code.slice(0, -1),
    `${code}A`,
    code.slice(0, 9) + other + code.slice(10),
    `${code.slice(0, 9)}*${code.slice(10)}`,
    'A'.repeat(1e6),
  ])
    assert.throws(() => decodeModel(wrong, sizes, LAST_STEP), /not whole/, wrong.slice(0, 40));
  assert.throws(() => decodeModel(code, [3, 2, 2], LAST_STEP), /not whole/);
  assert.throws(() => decodeModel(code, sizes, 1000), /another version/);
  for (const most of [Number.NaN, Number.POSITIVE_INFINITY, 1e6]) {
    const hostile = encodeModel({ weights: weights.map((v) => v * most), step: 1 }, sizes);
    assert.throws(() => decodeModel(hostile, sizes, LAST_STEP), /beyond all bounds/);
  }
});

test('the model that ships draws its spiral, and its losses fall', () => {
  const toy = new Toy(core);
  const file = readFileSync(new URL('../../web/data/playground.txt', import.meta.url), 'utf8');
  const [code, curve] = file.split('\n');
  const losses = curve.split(' ').map(Number);
  assert.equal(losses.length, 200);
  assert.ok(losses.every((loss) => loss > 0.3 && loss < 1));
  assert.ok(
    losses.slice(-20).every((loss) => loss < 0.7 * losses[0]),
    `from ${losses[0]} to ${losses.at(-1)}`,
  );
  const { weights, step } = decodeModel(code, toy.sizes, LAST_STEP);
  toy.load(weights, step);
  const far = distance(toy.sample({ n: 1500, steps: 30, eta: 0, seed: 3 }), pointsOf(PRESETS.spiral.strokes));
  assert.ok(far < 0.07, `${far}`);
  toy.dispose();
});

test('one second of training gives recognisable samples, and no weights but whole ones are taken', () => {
  const toy = new Toy(core);
  const points = pointsOf(PRESETS.heart.strokes);
  const held = pointsOf(PRESETS.heart.strokes, 2000, 9);
  const wish = { n: 1000, steps: 30, eta: 0, seed: 3 };
  const before = distance(toy.sample(wish), held);
  toy.teach(points);
  while (toy.step < 1000) toy.train();
  const samples = toy.sample(wish);
  const after = distance(samples, held);
  const beside = core.api.nearest(1000, samples, 2000, held, 2).distance.reduce((a, b) => a + b, 0) / 1000;
  console.log(
    `heart: sliced Wasserstein ${before.toFixed(3)} -> ${after.toFixed(3)}, beside the line ${beside.toFixed(3)}`,
  );
  assert.ok(after < 0.09 && before > 3 * after, `${before} ${after}`);
  assert.ok(beside < 0.06, `${beside}`);
  assert.throws(() => toy.load(new Float32Array(3), 1), /3 weights: the network has/);
  // Looking does not change what is learned.
  const twin = new Toy(core);
  twin.teach(points);
  while (twin.step < 1000) twin.train();
  assert.deepEqual(twin.weights(), toy.weights());
  toy.dispose();
  twin.dispose();
});

test('a drawing goes along in an address, to a hundredth, and what is no drawing is refused', () => {
  const { strokes } = PRESETS.heart;
  const read = readDrawing(drawingHash(strokes));
  assert.equal(learnedIn(drawingHash(strokes)), '');
  const learned = drawingHash(strokes, 'a-model_1');
  assert.deepEqual([readDrawing(learned), learnedIn(learned)], [read, 'a-model_1']);
  assert.equal(read.length, strokes.length);
  for (const [k, stroke] of strokes.entries())
    for (const [i, place] of stroke.entries())
      for (const axis of [0, 1]) assert.ok(Math.abs(place[axis] - read[k][i][axis]) <= 0.005 + 1e-9);
  for (const text of [
    '',
    '1',
    '1,2,3',
    '1,x',
    '999,0',
    '1,2_',
    '1,2..3,4',
    '<b>,1',
    `${'1,1_'.repeat(20_000)}1,1`,
  ])
    assert.throws(() => readDrawing(DRAWING + text), Error, text.slice(0, 20));
});
