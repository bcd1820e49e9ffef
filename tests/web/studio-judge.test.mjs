/** The studio's judgement: measures that know good samples from bad ones, copies from new ones, and one wave from another. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Rng } from '../../web/kernel/core/random.js';
import {
  autocorrelation,
  chanceBelow,
  copyingOf,
  judge,
  slicedWasserstein,
  some,
  spectrum,
} from '../../web/kernel/studio/judge.js';
import { judgedOf } from '../../web/page/studio/runs/table.js';
import { loadCore } from '../notebooks/node-kernel.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

const tick = () => {};
/** @param {number} seed @param {number} n @param {number} [mean] @param {number} [std] */
const normal = (seed, n, mean = 0, std = 1) => {
  const rng = new Rng(core.memory, seed);
  return Float32Array.from(rng.randn([n]).data, (v) => mean + std * v);
};
/** @param {Awaited<ReturnType<typeof judge>>} judgement @param {string} name */
const found = ({ measures }, name) => {
  const one = measures.find((each) => each.name === name);
  assert.ok(one, name);
  return one;
};

test('of points: new ones from the same place are as good as real ones, others are worse in all', async () => {
  const data = {
    kind: /** @type {const} */ ('points'),
    shape: [2],
    train: normal(1, 800),
    held: normal(2, 200),
  };
  const good = await judge(core, { ...data, samples: normal(3, 400) }, tick);
  const far = await judge(core, { ...data, samples: normal(3, 400, 4) }, tick);
  const narrow = await judge(core, { ...data, samples: normal(3, 400, 0, 0.05) }, tick);
  assert.deepEqual(
    good.measures.map(({ name }) => name),
    ['sliced_wasserstein', 'energy_distance', 'precision', 'recall', 'copying'],
  );
  for (const name of ['sliced_wasserstein', 'energy_distance']) {
    const { value, real, better } = found(good, name);
    assert.equal(better, 'low');
    assert.ok(value < 2.5 * real && real < 2.5 * value, `${name}: ${value} and ${real}`);
    assert.ok(found(far, name).value > 5 * real, name);
    assert.equal(found(far, name).real, real, 'the same data, the same figure');
  }
  assert.ok(found(good, 'precision').value > 0.8 && found(far, 'precision').value < 0.1);
  assert.ok(found(good, 'recall').value > 0.8);
  assert.ok(found(narrow, 'precision').value > 0.9 && found(narrow, 'recall').value < 0.2);
  assert.ok(Math.abs(found(good, 'copying').value - 0.5) < 0.1);
  assert.deepEqual(good.notes, []);
});

test('copies are told: nearer to training data than held-out data is', async () => {
  const train = normal(1, 100 * 16);
  const data = { kind: /** @type {const} */ ('pictures'), shape: [1, 4, 4], train, held: normal(2, 20 * 16) };
  const copies = Float32Array.from(train.subarray(5 * 16, 25 * 16), (v) => v + 0.01);
  const judged = await judge(core, { ...data, samples: copies }, tick);
  assert.equal(found(judged, 'copying').value, 1);
  assert.deepEqual(
    [...judged.nearest.index],
    Array.from({ length: 20 }, (_, i) => i + 5),
  );
  assert.ok(judged.nearest.distance.every((d) => Math.abs(d - 0.04) < 1e-3));
  assert.ok(judged.nearest.usual > 2, `${judged.nearest.usual}`);
  const own = await judge(core, { ...data, samples: normal(7, 20 * 16) }, tick);
  assert.ok(found(own, 'copying').value < 0.8);
});

test('with labels, the nearest training sample tells whether the class is the one asked for', async () => {
  const two = (/** @type {number} */ seed, /** @type {number} */ n) =>
    normal(seed, 2 * n).map((v, i) => 0.1 * v + ((i >> 1) % 2 ? 3 : -3));
  const turns = (/** @type {number} */ n) => Array.from({ length: n }, (_, i) => i % 2);
  const data = { kind: /** @type {const} */ ('points'), shape: [2], train: two(1, 100), held: two(2, 500) };
  const asked = (/** @type {number[]} */ samples) =>
    judge(
      core,
      { ...data, samples: two(3, 40), labels: { samples, train: turns(100), held: turns(500) } },
      tick,
    );
  const right = found(await asked(turns(40)), 'class');
  assert.deepEqual([right.value, right.real, right.better], [1, 1, 'high']);
  assert.equal(found(await asked(turns(40).map((k) => 1 - k)), 'class').value, 0);
  assert.equal(found(await asked(turns(40).map((k, i) => (i < 10 ? 1 - k : k))), 'class').value, 0.75);
});

test('a sentence tells copies, also where only some are, and does not accuse new samples', () => {
  const held = Float64Array.from({ length: 100 }, (_, i) => 1 + i / 100);
  assert.match(copyingOf(held, held), /^No sign of copying: 4 of 100 samples .* 1\.04, which 5 of 100/);
  assert.match(
    copyingOf(
      held.map((d, i) => (i % 4 ? d : 0)),
      held,
    ),
    /^They copy: 2\d of 100/,
  );
  assert.match(
    copyingOf(
      held.map((d) => d + 9),
      held,
    ),
    /^No sign of copying: 0 of 100/,
  );
  assert.match(copyingOf(held, held.slice(0, 9)), /cannot be told: of 9 held-out/);
});

test('with few held out, or few at all, it says what it compares with', async () => {
  const few = { kind: /** @type {const} */ ('points'), shape: [2], train: normal(1, 60), held: normal(2, 4) };
  const halves = await judge(core, { ...few, samples: normal(3, 60) }, tick);
  assert.match(
    halves.notes.join(),
    /Only 2 samples are held out, fewer than 10: .* half of the training data/,
  );
  assert.ok(Number.isFinite(found(halves, 'energy_distance').real));
  const fewer = await judge(
    core,
    { ...few, train: normal(1, 6), held: new Float32Array(0), samples: normal(3, 8) },
    tick,
  );
  assert.match(fewer.notes.join(), /With 3 samples of data there are too few/);
  assert.match(fewer.notes.join(), /Precision and recall need more than 3 samples/);
  assert.ok(Number.isNaN(found(fewer, 'energy_distance').real));
  assert.equal(
    fewer.measures.some(({ name }) => name === 'copying'),
    false,
  );
});

test('the sliced distance is that along random directions, in any number of dimensions', () => {
  const [a, b] = [normal(1, 300 * 5), normal(2, 300 * 5, 2)];
  // All five coordinates are moved by 2: along a unit vector u by 2 |sum of u|, whose mean on the sphere is 2 sqrt(5) E|u_1|, E|u_1| = 3/8.
  const d = slicedWasserstein(core, a, b, 5);
  assert.ok(Math.abs(d - 2 * Math.sqrt(5) * 0.375) < 0.2, `${d}`);
  assert.equal(slicedWasserstein(core, a, a, 5), 0);
  const [p, q] = [a.subarray(0, 200), b.subarray(0, 200)];
  assert.equal(
    slicedWasserstein(core, p, q, 2),
    core.api.sliced_wasserstein(100, Float64Array.from(p), 100, Float64Array.from(q), 128),
  );
});

test('a wave has one frequency, and is like itself a period later', async () => {
  const wave = (/** @type {number} */ period, /** @type {number} */ phase) =>
    Array.from({ length: 32 }, (_, k) => Math.sin((2 * Math.PI * k) / period + phase) + 3);
  const series = (/** @type {number} */ period, /** @type {number} */ n) =>
    Float32Array.from(Array.from({ length: n }, (_, i) => wave(period, i)).flat());
  const power = spectrum(series(8, 12), 32);
  assert.equal(power.length, 17);
  assert.equal(power.indexOf(Math.max(...power.slice(1))), 4);
  // sin has the power 1/2 for each of 32 numbers, half of it at the frequency and half at its mirror.
  assert.ok(Math.abs(power[4] - 32 / 4) < 1e-4, `${power[4]}`);
  assert.ok(Math.abs(power[0] - 9 * 32) < 0.01);
  const correlation = autocorrelation(series(8, 12), 32);
  assert.equal(correlation.length, 16);
  assert.ok(Math.abs(correlation[0] - 1) < 1e-6 && correlation[8] > 0.7 && correlation[4] < -0.8);
  assert.deepEqual(autocorrelation(new Float32Array(4).fill(2), 4), [1, 1]);
  const { waves } = await judge(
    core,
    { kind: 'series', shape: [1, 32], train: series(8, 40), held: series(8, 12), samples: series(4, 20) },
    tick,
  );
  assert.ok(waves);
  assert.equal(waves.samples.spectrum.indexOf(Math.max(...waves.samples.spectrum.slice(1))), 8);
  assert.equal(waves.real.spectrum.indexOf(Math.max(...waves.real.spectrum.slice(1))), 4);
});

test('chances count ties half, and rows are spread over all', () => {
  assert.equal(chanceBelow(Float64Array.of(1, 2), Float64Array.of(2, 3)), 3.5 / 4);
  assert.equal(chanceBelow(Float64Array.of(1), Float64Array.of(1)), 0.5);
  assert.deepEqual(
    some(
      Float32Array.from({ length: 20 }, (_, i) => i),
      2,
      3,
    ),
    Float32Array.of(0, 1, 6, 7, 12, 13),
  );
});

test('the table of runs gives the best of the methods that were judged, and nothing before', () => {
  const of = (/** @type {any} */ measures) => judgedOf(/** @type {any} */ ({ measures }));
  const [ddpm, ddim] = [
    { values: { sliced_wasserstein: 0.5, precision: 0.1, recall: 0.2 }, real: {} },
    { values: { sliced_wasserstein: 0.25, precision: 0.9, recall: 0.8 }, real: { sliced_wasserstein: 0.01 } },
  ];
  assert.deepEqual(of({ ddpm, ddim }), ['0.25', '0.90, 0.80']);
  assert.deepEqual(of({ ddim: { values: { sliced_wasserstein: 0.25 }, real: {} } }), ['0.25', '']);
  // As they were kept before.
  assert.deepEqual(of({ ddpm: ddpm.values, ddim: ddim.values }), ['0.25', '0.90, 0.80']);
  assert.deepEqual(of({}), ['', '']);
});
