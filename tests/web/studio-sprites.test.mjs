// Sprites of the studio: what varies them keeps what was drawn, comes again by its seed, and is kept over a reload.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { varied } from '../../web/kernel/studio/sprites.js';
import { MOST_SPRITES, Sheet } from '../../web/page/studio/data/sheet.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const { kernel } = await createKernel({ core: await loadCore() });
const generator = (/** @type {number} */ seed) => kernel.evaluator.scope.lab.generator(seed);

const SIDE = 8;
/** @param {number[]} at @param {string} [label] @param {number} [k] */
const sprite = (at, label = '', k = 0) => ({
  pixels: Int8Array.from({ length: SIDE * SIDE }, (_, i) => (at.includes(i) ? k : -1)),
  label,
});
/** An L: no turn and no flip of it is itself. */
const ell = sprite([18, 26, 34, 35]);
const plain = /** @type {const} */ ({
  count: 60,
  seed: 1,
  shift: 0,
  turn: 'none',
  mirror: false,
  topple: false,
});

/** Pictures as rows of marks, without paper around them, and how often each is there. @param {import('../../web/kernel/studio/protocol.js').Data} data */
function forms({ values }) {
  /** @type {Record<string, number>} */
  const found = {};
  for (let n = 0; n < values.length / SIDE ** 2; n++) {
    const picture = values.subarray(n * SIDE ** 2, (n + 1) * SIDE ** 2);
    const text = Array.from({ length: SIDE }, (_, y) =>
      Array.from(picture.subarray(y * SIDE, (y + 1) * SIDE), (v) => (v > 0 ? '#' : '.')).join(''),
    );
    const rows = text.filter((row) => row.includes('#'));
    const left = Math.min(...rows.map((row) => row.indexOf('#')));
    const right = Math.max(...rows.map((row) => row.lastIndexOf('#')));
    const form = rows.map((row) => row.slice(left, right + 1)).join('/');
    found[form] = (found[form] ?? 0) + 1;
  }
  return found;
}

test('without any wish to vary them, sprites come as they are', () => {
  const data = varied(generator(1), [ell], SIDE, plain);
  assert.deepEqual(data.shape, [1, SIDE, SIDE]);
  assert.equal(data.held, 6);
  for (let n = 0; n < 60; n++)
    assert.deepEqual(
      data.values.subarray(n * 64, (n + 1) * 64),
      Float32Array.from(ell.pixels, (k) => (k < 0 ? -1 : 1)),
    );
});

test('the same seed gives the same pictures, another others', () => {
  const wish = /** @type {const} */ ({ ...plain, shift: 3, turn: 'little', mirror: true });
  const once = varied(generator(7), [ell], SIDE, wish);
  assert.deepEqual(varied(generator(7), [ell], SIDE, wish), once);
  assert.notDeepEqual(varied(generator(8), [ell], SIDE, wish).values, once.values);
  assert.ok(once.values.every((v) => v >= -1 - 1e-6 && v <= 1 + 1e-6));
});

test('what is shifted keeps its form, and comes to both edges; flips and quarters give their forms', () => {
  const shifted = varied(generator(1), [ell], SIDE, { ...plain, shift: 4 });
  assert.deepEqual(forms(shifted), { '#./#./##': 60 });
  const column = (/** @type {number} */ x) => shifted.values.some((v, i) => v > 0 && i % SIDE === x);
  assert.deepEqual([column(0), column(7)], [true, true]);
  const near = varied(generator(1), [ell], SIDE, { ...plain, shift: 1 });
  assert.ok(near.values.every((v, i) => v < 0 || (i % SIDE >= 1 && i % SIDE <= 4)));
  const wide = varied(generator(1), [sprite(Array.from({ length: 64 }, (_, i) => i))], SIDE, {
    ...plain,
    shift: 4,
  });
  assert.ok(
    wide.values.every((v) => v === 1),
    'what fills the grid stays',
  );
  const names = (/** @type {object} */ wish) =>
    Object.keys(forms(varied(generator(1), [ell], SIDE, { ...plain, ...wish }))).sort();
  assert.deepEqual(names({ mirror: true }), ['#./#./##', '.#/.#/##']);
  assert.deepEqual(names({ topple: true }), ['##/#./#.', '#./#./##']);
  assert.deepEqual(names({ turn: 'quarters' }), ['###/#..', '##/.#/.#', '#./#./##', '..#/###'].sort());
});

test('labels go with their sprites, each sprite as often as the others; empty sprites do not count', () => {
  const sprites = [sprite([9], 'b'), sprite([20, 21], ' a '), sprite([]), sprite([30, 31, 39], 'b', 1)];
  const { values, labels, classes } = varied(generator(1), sprites, SIDE, plain);
  assert.deepEqual(classes, ['a', 'b']);
  for (const [n, label] of labels?.entries() ?? []) {
    const ink = values.subarray(n * 64, (n + 1) * 64).filter((v) => v > -1).length;
    assert.equal(label, ink === 2 ? 0 : 1);
  }
  assert.equal(labels?.filter((label) => label === 0).length, 20);
  assert.deepEqual(varied(generator(1), [ell, sprite([1], 'x')], SIDE, plain).classes, ['others', 'x']);
  assert.equal(varied(generator(1), [ell, ell], SIDE, plain).labels, null);
});

test('what cannot be made is refused by a sentence', () => {
  const refused = (/** @type {object} */ wish, /** @type {RegExp} */ says, sprites = [ell, ell]) =>
    assert.throws(() => varied(generator(1), sprites, SIDE, { ...plain, ...wish }), says);
  refused({}, /nothing is drawn yet/, [sprite([])]);
  refused({ count: 1 }, /“How many” takes a whole number from 2 to 5,000, and has 1/);
  refused({ count: 5001 }, /has 5001/);
  refused({ shift: 5 }, /“Shifted by up to” takes a whole number from 0 to 4/);
  refused({ shift: Number.NaN }, /has none/);
});

test('a sheet: new ones, copies, what is deleted and put back; kept as text, each size for itself', () => {
  const sheet = new Sheet();
  sheet.choose(8);
  sheet.current.pixels = ell.pixels.slice();
  sheet.current.label = 'ell';
  sheet.add(true);
  sheet.add(false);
  assert.deepEqual(
    sheet.sprites.map(({ pixels, label }) => [pixels.some((k) => k >= 0), label]),
    [
      [true, 'ell'],
      [true, 'ell'],
      [false, 'ell'],
    ],
  );
  sheet.at = 0;
  sheet.current.label = 'first';
  sheet.remove();
  assert.equal(sheet.sprites.length, 2);
  sheet.putBack();
  assert.equal(sheet.current.label, 'first');
  sheet.choose(12);
  sheet.wish.turn = 'quarters';
  const back = Sheet.from(sheet.text);
  assert.deepEqual([back.side, back.wish, back.all], [12, sheet.wish, sheet.all]);
  for (let i = 0; i < MOST_SPRITES + 5; i++) sheet.add(false);
  assert.equal(sheet.sprites.length, MOST_SPRITES);
});

test('a sheet that is damaged is read as far as it goes', () => {
  const blank = new Sheet();
  for (const text of [
    null,
    '',
    '{}',
    '[]',
    'null',
    '{"side":7,"at":99,"wish":{"turn":"__proto__"},"all":{"8":[["8x8:!","x"]]}}',
  ])
    assert.deepEqual(Sheet.from(text), blank, String(text));
});
