/** Quality against diversity over runs: each judged run by its best method, and real data as the mark to reach. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuresAt, scoredOf } from '../../web/page/studio/runs/measures.js';
import { marksOf, qualityProps } from '../../web/page/studio/samples/quality.js';

/** @param {string} name @param {any} measures @param {string} [data] */
const run = (name, measures, data = 'spiral') => ({
  name,
  measures,
  config: /** @type {any} */ ({ data: { name: data, kind: 'points' } }),
});
const REAL = { precision: 0.95, recall: 0.9 };
/** @param {number} distance @param {number} precision @param {number} recall @param {object} [real] */
const scored = (distance, precision, recall, real = REAL) => ({
  values: { sliced_wasserstein: distance, precision, recall },
  real,
});

test('a judged run is a mark by its best method; real data are one where all runs were held against the same', () => {
  const marks = marksOf([
    run('A', { ddpm: scored(0.5, 0.1, 0.2), ddim: scored(0.2, 0.8, 0.7) }),
    run('not judged', {}),
    run('B', { ddpm: scored(0.3, 0.4, 0.6) }),
    run('too few to tell', { ddpm: { values: { sliced_wasserstein: 1 }, real: {} } }),
  ]);
  assert.deepEqual(marks, [
    { name: 'A', method: 'ddim', precision: 0.8, recall: 0.7, real: false },
    { name: 'B', method: 'ddpm', precision: 0.4, recall: 0.6, real: false },
    { name: 'Real data', method: '', ...REAL, real: true },
  ]);
});

test('runs of other data have real marks of their own, those without real figures none', () => {
  const marks = marksOf([
    run('A', { ddim: scored(0.2, 0.8, 0.7) }),
    run('B', { ddim: scored(0.2, 0.8, 0.7, { precision: 0.5, recall: 0.5 }) }, 'sines'),
    run('C', { ddim: scored(0.2, 0.8, 0.7, {}) }),
  ]);
  assert.deepEqual(
    marks.filter(({ real }) => real).map(({ name, precision }) => [name, precision]),
    [
      ['Real: spiral', 0.95],
      ['Real: sines', 0.5],
    ],
  );
});

test('the chart has precision to the right in rising order, and one dot a series', () => {
  const marks = marksOf([
    run('A', { ddim: scored(0.2, 0.8, 0.7) }),
    run('B', { ddim: scored(0.2, 0.4, 0.6) }),
    run('C', { ddim: scored(0.2, 0.4, 0.1) }),
  ]);
  const { data, series, colors } = qualityProps(marks);
  assert.deepEqual(series, ['A', 'B', 'C', 'Real data']);
  assert.deepEqual(data, [
    [0.4, 0.4, 0.8, 0.95],
    [null, null, 0.7, null],
    [0.6, null, null, null],
    [null, 0.1, null, null],
    [null, null, null, 0.9],
  ]);
  assert.equal(colors.at(-1), 'axis');
  assert.equal(new Set(colors).size, 4);
});

test('what is kept of a judgement are finite figures, real data beside the samples', () => {
  const measure = (/** @type {string} */ name, /** @type {number} */ value, /** @type {number} */ real) =>
    /** @type {any} */ ({ name, value, real });
  const judgement = /** @type {any} */ ({
    measures: [measure('precision', 0.5, 0.75), measure('class', 1, Number.NaN)],
  });
  assert.deepEqual(scoredOf(judgement), { values: { precision: 0.5, class: 1 }, real: { precision: 0.75 } });
});

test('what was measured goes with the weights that it was measured of', () => {
  const judged = { step: 40, measures: { ddim: { values: { precision: 0.8 }, real: REAL } } };
  assert.equal(measuresAt(judged, 40), judged.measures);
  assert.deepEqual(measuresAt(judged, 41), {});
});
