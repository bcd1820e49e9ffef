// What lab.compare says of what is not what is wanted, and what it shows beside it.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** What a cell shows: its verdicts, and the figures below them. @param {string} source */
async function shows(source) {
  const { messages } = await runCells({ core }, source);
  const shown = messages.flatMap((message) => (message.type === 'show' ? [message] : []));
  return {
    verdicts: shown.flatMap(({ kind, props }) => (kind === 'check' ? [props] : [])),
    figures: shown.filter(({ kind }) => kind !== 'check'),
  };
}

/** @param {string} got @param {string} expected @param {RegExp | null} says null: it passes @param {string} [known] */
async function says(got, expected, says, known = '{}') {
  const { verdicts } = await shows(`await lab.compare('it', ${got}, ${expected}, ${known})`);
  assert.equal(verdicts.length, 1);
  const [{ pass, message }] = verdicts;
  assert.equal(pass, says === null, `${got}: ${message}`);
  assert.match(message, says ?? /^$/, got);
}

test('what equals, to rounding, passes', async () => {
  for (const [got, expected] of [
    ['2', '2'],
    ['[1, 2, 3]', 'Float64Array.of(1, 2, 3)'],
    ['async () => lab.full([2, 2], 0.1)', '() => lab.tensor([2, 2], [0.1, 0.1, 0.1, 0.1])'],
    ['1e-9', '0'],
  ])
    await says(got, expected, null);
  await says('[1, 2.0001]', '[1, 2]', /It parts from what is wanted at \[1\]: 2\.0001 instead of 2\./);
  await says('[1, 2.0001]', '[1, 2]', null, '{ tolerance: 1e-3 }');
});

test('another kind, length or shape, or none', async () => {
  for (const [got, expected, sentence] of /** @type {const} */ ([
    ['() => {}', '[1]', /^It gives nothing back\. Is a return missing\?$/],
    ['() => lab.randn([2]).foo.bar', '[1]', /of undefined.*Is a return missing\?$/],
    ['() => 2 * lab.zeros([2])', 'lab.zeros([2])', /\*, \/, - and Math know no tensors: use x\.mul/],
    ['() => lab.zeros([2]) + 1', 'lab.zeros([2])', /\+ knows no tensors: use x\.add/],
    ['NaN', 'lab.zeros([2])', /It gives NaN, and a tensor of shape \[2\] is wanted\..* use x\.mul/],
    ['() => () => 1', '1', /^It gives a function\. Is it to be called\?$/],
    ['"two"', '2', /^It gives "two", and a number is wanted\.$/],
    ['[1, 2]', '2', /^It gives a list of 2 entries, and a number is wanted\.$/],
    ['[1, 2, 3]', '[1, 2]', /^It has 3 entries, one too many\.$/],
    ['[1]', '[1, 2]', /^It has 1 entry, one too few\.$/],
    ['lab.zeros([2, 3])', 'lab.zeros([3, 2])', /shape \[2,3\], and a tensor of shape \[3,2\] is wanted/],
  ]))
    await says(got, expected, sentence, "{ hint: 'never said' }");
});

test('mistakes that the numbers alone show', async () => {
  const list = '[1, 2, 4, 8, 16]';
  for (const [got, expected, sentence, known] of /** @type {[string, string, RegExp, string?][]} */ ([
    ['[0, 0, 0, 0, 0]', list, /^It is 0 everywhere\.$/],
    ['[-1, -2, -4, -8, -16]', list, /^The sign is wrong\.$/],
    ['[3, 6, 12, 24, 48]', list, /^All of it is 3 times what is wanted\.$/],
    ['[1, 4, 16, 64, 256]', list, /^It is the square of what is wanted\. Is a root missing\?$/],
    ['[1, 2, 3]', '[1, 4, 9]', /^It is the root of what is wanted/],
    ['[2, 5, 3, 8]', '[1, 2, 5, 3]', /off by one: what stands at i belongs to i \+ 1/],
    ['[9, 1, 2, 5]', '[1, 2, 5, 3]', /off by one: what stands at i belongs to i - 1/],
    ['[1, NaN, 4, 8, 16]', list, /^It gives NaN at \[1\]\./],
    ['12 / 9', '12 / 10', /^The sum is divided by n - 1, and here by n, which is 10\.$/, '{ n: 10 }'],
    ['Math.sqrt(12 / 9)', 'Math.sqrt(12 / 10)', /^The sum is divided by n - 1/, '{ n: 10 }'],
    ['12 / 10', '12 / 9', /^The sum is divided by n, 10, and here by n - 1\.$/, '{ n: 10 }'],
    ['41', '42', /^It gives 41, and 42 is wanted: 1 too few\.$/],
  ]))
    await says(got, expected, sentence, known);
});

test('what a task knows of itself comes first, and is only worked out where something is wrong', async () => {
  const known = `{ hint: 'Look at the roots.', mistakes: { 'Doubled.': () => [2, 4, 6], 'Never.': () => { throw new Error('asked for'); } } }`;
  await says('[2, 4, 6]', '[1, 2, 3]', /^Doubled\.$/, known);
  await says('[1, 2, 3]', '[1, 2, 3]', null, known);
  await says(
    '[1, 2, 4]',
    '[1, 2, 3]',
    /\[2\]: 4 instead of 3\. Look at the roots\.$/,
    "{ hint: 'Look at the roots.' }",
  );
});

test('expected stands beside what came, as numbers of that shape are drawn', async () => {
  /** @returns {Promise<[string, any][]>} */
  const drawn = async (/** @type {string} */ both, known = '{}') =>
    (await shows(`await lab.compare('it', ${both}, ${known})`)).figures.map(({ kind, props }) => [
      kind,
      props,
    ]);
  const [[kind, props]] = await drawn('lab.zeros([5, 2]), lab.full([5, 2], 1)');
  assert.equal(kind, 'scatter');
  assert.deepEqual(
    props.panels.map((/** @type {any} */ { title }) => title),
    ['expected', 'yours'],
  );
  assert.equal((await drawn('lab.zeros([3, 1, 4, 4]), lab.full([3, 1, 4, 4], 1)'))[0][0], 'grid');
  assert.equal((await drawn('lab.zeros([4, 4]), lab.full([4, 4], 1)'))[0][0], 'grid');
  const [[, chart]] = await drawn('[1, 2, 3], [1, 2, 3, 4]');
  assert.deepEqual(chart.data, [
    [0, 1, 2, 3],
    [1, 2, 3, 4],
    [1, 2, 3, null],
  ]);
  for (const none of [
    'lab.zeros([5, 2]), lab.zeros([5, 2])',
    '() => {}, lab.zeros([5, 2])',
    'lab.full([5, 2], NaN), lab.zeros([5, 2])',
    '1, 2',
  ])
    assert.deepEqual(await drawn(none), [], none);
  assert.deepEqual(await drawn('[1, 2, 3], [3, 2, 1]', '{ show: false }'), []);
  const own = '{ show: (both) => lab.print(both.map(([title, value]) => title + value[0]).join()) }';
  const { figures } = await shows(`await lab.compare('it', [1, 2, 3], [3, 2, 1], ${own})`);
  assert.equal(figures[0].kind, 'text');
});

test('a cell is told what compare does not take', async () => {
  await cellFails(
    { core },
    /compare has no option "hints": it takes tolerance/,
    "await lab.compare('it', 1, 2, { hints: '' })",
  );
  await cellFails(
    { core },
    /compare takes numbers, lists or tensors, got a Map/,
    "await lab.compare('it', 1, new Map())",
  );
});
