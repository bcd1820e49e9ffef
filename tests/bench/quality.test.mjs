// The lessons' tables of what brings how much are the record of npm run bench -- --quality, and the record is what training gives.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sent } from '../web/cells.mjs';
import { measure, readOptions, record } from './quality.mjs';
import { cell, exercises } from './ways.mjs';

/** @type {Record<string, {steps: number, ways: Record<string, Record<string, number>>}>} */
const recorded = JSON.parse(readFileSync(record, 'utf8'));

/** The lesson's cell with the table, and what its columns are called. */
const tables =
  /** @type {Record<string, {notebook: string, id: string, columns: Record<string, string>, digits: number}>} */ ({
    5: {
      ...{ notebook: '05-training', id: 'measured', digits: 3 },
      columns: { distance: 'from the spiral', wasserstein: 'sliced Wasserstein' },
    },
  });

for (const [number, { notebook, id, columns, digits }] of Object.entries(tables)) {
  const { steps, ways } = exercises[number];

  test(`lesson ${number}'s table is the record`, async () => {
    assert.equal(recorded[number].steps, steps);
    assert.deepEqual(Object.keys(recorded[number].ways), Object.keys(ways));
    const { shown, error } = await sent(cell(notebook, id));
    assert.equal(error, '');
    const { rows } = /** @type {{rows: Record<string, unknown>[]}} */ (shown[0]);
    const round = (/** @type {number} */ value) => Number(value.toFixed(digits));
    const expected = Object.entries(ways).map(([name, { about }]) => {
      const { time, ...judged } = recorded[number].ways[name];
      const named = Object.entries(judged).map(([key, value]) => [columns[key], round(value)]);
      return { 'what it adds': about, ...Object.fromEntries(named), 'time a step': time };
    });
    assert.deepEqual(rows, expected);
  });
}

/** @param {string} number @param {string} name */
async function again(number, name) {
  const { judged } = await measure(exercises[number], name, recorded[number].steps);
  const { time, ...kept } = recorded[number].ways[name];
  assert.ok(time > 0);
  assert.deepEqual(judged, kept);
}

test('exercise 5, the rate that rises and falls: what training gives, to the last digit; both measures are met', async () => {
  await again('5', 'rate');
  const { distance, wasserstein } = recorded[5].ways.rate;
  assert.ok(distance <= 0.06 && wasserstein <= 0.05, `${distance} ${wasserstein}`);
});

for (const [number, { ways }] of Object.entries(recorded))
  for (const name of Object.keys(ways))
    test(
      `exercise ${number}, ${name}: what training gives`,
      {
        skip: !process.env.NB_LONG && 'NB_LONG=1 trains all of them, for half an hour',
      },
      () => again(number, name),
    );

test('what --quality takes', () => {
  assert.deepEqual(readOptions(['--exercise', '5', '--steps', '100,200', '--only', 'rate']), {
    numbers: ['5'],
    steps: [100, 200],
    only: ['rate'],
    python: null,
    record: false,
  });
  assert.throws(() => readOptions(['--exercise', '7']), /--exercise 7: it takes 5,8/);
  assert.throws(() => readOptions(['--steps', '10']), /whole numbers from 60/);
  assert.throws(() => readOptions(['--exercise', '8', '--only', 'rate']), /no way is named 'rate'/);
  assert.throws(() => readOptions(['--record', '--only', 'rate']), /--record is of all ways/);
  assert.throws(() => readOptions(['--seed', '3']), /it takes --exercise/);
});
