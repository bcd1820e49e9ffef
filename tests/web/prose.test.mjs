// What lessons say of numbers (tests/notebooks/numbers.mjs): a number in prose is computed, or is one of the code's own.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lessons } from '../../web/build/course.js';
import { parseNotebook, readNotebook } from '../../web/build/notebook.js';
import { workloads } from '../bench/workloads.mjs';
import { compareNumbers, says, unfounded } from '../notebooks/numbers.mjs';
import { runCells } from './cells.mjs';

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));

/** @param {string} text @param {Record<string, string>} [numbers] @param {string} [code] */
function cells(text, numbers = {}, code = 'const T = 1000;') {
  const cell = (
    /** @type {string} */ id,
    /** @type {string} */ type,
    /** @type {string} */ source,
    metadata = {},
  ) => ({
    id,
    cell_type: type,
    source,
    metadata,
  });
  const list = [cell('prose', 'markdown', text, { numbers }), cell('code', 'code', code)];
  return parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, cells: list }));
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.ipynb')))
  test(`${file}: something stands behind every number of its prose`, () => {
    assert.deepEqual(unfounded(readNotebook(`${folder}${file}`)), []);
  });

test('numbers that nothing stands behind are found, in figures and in words', () => {
  assert.deepEqual(
    unfounded(cells('Of 1000 steps, a loss of 0.43 and 12% at $t = 41$; 3 `999` [x](/2/) (2022).')),
    ['prose: 0.43', 'prose: 12%', 'prose: 41'],
  );
  assert.deepEqual(unfounded(cells('two thirds, nine in ten, two percent, ten times smaller; the third')), [
    'prose: two thirds',
    'prose: nine in ten',
    'prose: two percent',
    'prose: ten times ',
  ]);
  assert.deepEqual(unfounded(cells('a loss of 0.43, $1{,}000$', { 'loss of 0.43': '0.43' })), []);
});

test('a value rounds to what is said, as far as that goes', () => {
  assert.ok(says('a loss of 0.43', 0.4349) && !says('a loss of 0.43', 0.4351) && !says('0.430', 0.4349));
  assert.ok(says('89%', 0.886) && !says('89%', 0.88) && says('41 percent', 0.414));
  assert.ok(says('$1{,}024$ of 12,288', 12288) && !says('12,288', 12289));
  assert.ok(says('hardly any', true) && !says('hardly any', false) && !says('hardly any', 0));
  assert.ok(says('the 7.5', 'guidance_scale of a pipeline') && !says('the 7.5', ''));
  assert.ok(!says('0.43', undefined) && !says('0.43', Number.NaN));
});

test('what is said is compared with what its expression gives, which may be wrong or broken', async () => {
  const { kernel } = await runCells({}, 'const T = 1000;');
  const [prose] = cells('1000, 999, nothing', { 1000: 'T', 999: 'T', nothing: 'x' });
  const [, wrong, broken] = (await compareNumbers(kernel, prose)).sort();
  assert.match(wrong, /"999", but T is 1000/);
  assert.match(broken, /"nothing", but x is ReferenceError/);
});

test('a phrase that the text does not have is refused', () => {
  assert.throws(() => cells('a loss of 0.4', { 'loss of 0.43': '0.43' }), /does not say "loss of 0\.43"/);
});

test('README counts what there is: lessons and the workloads of the bench', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const words = [
    'none',
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
    'thirteen',
    'fourteen',
    'fifteen',
  ];
  assert.match(readme, new RegExp(`\\| Lessons \\| ${words[lessons.length]}, `));
  const count = Object.keys(workloads).length;
  assert.match(readme, new RegExp(`${words[count]} workloads`));
  const [, table] = readme.split('| median |');
  assert.equal(table.split('\n\n')[0].match(/^\| [a-z0-9]/gm)?.length, count);
});
