/** What the budget counts for a page: all that it loads by itself, and nothing that another page alone needs. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { loadedBy } from '../../web/build/budget.js';

const html =
  '<link rel="modulepreload" href="./assets/dom-A1.js"><script src="./assets/lesson-B2.js"></script>';
const texts = new Map([
  ['dom-A1.js', ''],
  [
    'lesson-B2.js',
    'import"./dom-A1.js";import("./chart-C3.js");new Worker(new URL("worker-D4.js",""));import("./editor-E5.js")',
  ],
  ['chart-C3.js', 'import"./plot-F6.css";import"./lesson-B2.js"'],
  ['plot-F6.css', ''],
  ['worker-D4.js', 'import("./noisebook-simd128-threads-G7.js"),import("./noisebook-simd128-H8.js")'],
  ['noisebook-simd128-threads-G7.js', ''],
  ['noisebook-simd128-H8.js', ''],
  ['editor-E5.js', 'import"./words-I9.js"'],
  ['words-I9.js', ''],
  ['play-J0.js', 'import"./dom-A1.js"'],
]);

test('imports at once and on demand, workers and what they load; not the editor, and not another page', () => {
  assert.deepEqual([...loadedBy(html, texts, [])].sort(), [
    'chart-C3.js',
    'dom-A1.js',
    'lesson-B2.js',
    'noisebook-simd128-threads-G7.js',
    'plot-F6.css',
    'worker-D4.js',
  ]);
});

test('of the figures those that a page shows, with what they are made of', () => {
  const figures = ['chart', 'player', 'grid'];
  const all = new Map([
    ...texts,
    ['lesson-B2.js', 'import("./chart-C3.js");import("./player-K1.js");import("./grid-L2.js")'],
    ['player-K1.js', 'import"./grid-L2.js";import"./pictures-M3.css"'],
    ['grid-L2.js', ''],
    ['pictures-M3.css', ''],
  ]);
  const loaded = (/** @type {string} */ cell) =>
    [...loadedBy(`${html}<pre>${cell}</pre>`, all, figures)].sort();
  const always = ['dom-A1.js', 'lesson-B2.js'];
  assert.deepEqual(loaded('lab.charts()'), always);
  assert.deepEqual(loaded('lab.chart({})'), ['chart-C3.js', ...always, 'plot-F6.css']);
  assert.deepEqual(loaded('lab.player({})'), [
    'dom-A1.js',
    'grid-L2.js',
    'lesson-B2.js',
    'pictures-M3.css',
    'player-K1.js',
  ]);
});

test('of what goes along with imports on demand, scripts count where something that is loaded names them, styles always', () => {
  const list = 'd=(m.f||(m.f=["./grid-L2.js","./lattice-N4.js","./grid-O5.css","./chart-C3.js"]))';
  const all = new Map([
    ...texts,
    ['lesson-B2.js', `${list};import("./grid-L2.js");import("./chart-C3.js")`],
    ['grid-L2.js', 'import"./lattice-N4.js"'],
    ['lattice-N4.js', ''],
    ['grid-O5.css', ''],
  ]);
  const loaded = (/** @type {string} */ page) => [...loadedBy(page, all, ['grid', 'chart'])].sort();
  assert.ok(!loaded(html).includes('lattice-N4.js'));
  assert.ok(loaded(`${html}lab.grid(1)`).includes('lattice-N4.js'));
  assert.ok(loaded(`${html}lab.grid(1)`).includes('grid-O5.css'));
});
