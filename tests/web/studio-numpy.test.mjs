// Arrays as NumPy saves them become data of the studio by their shape; what is none is refused by a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixed } from '../../web/kernel/studio/dataset.js';
import { encodeNpy } from '../../web/page/outputs/npy.js';
import { readArrays } from '../../web/page/studio/data/numpy.js';

/** @param {number[]} shape @param {(i: number) => number} at @param {string} [name] */
const array = (shape, at, name = 'x.npy') => ({
  name,
  bytes: encodeNpy(
    shape,
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i)),
  ),
});
/** As uint8, which the page does not write. @param {number[]} shape @param {(i: number) => number} at */
function bytes(shape, at) {
  const { name, bytes: file } = array(shape, () => 0);
  const start = file.length - 8 * shape.reduce((a, b) => a * b, 1);
  const head = new TextDecoder('latin1').decode(file.subarray(0, start)).replace("'<f8'", "'|u1'");
  const numbers = Array.from({ length: (file.length - start) / 8 }, (_, i) => at(i));
  return { name, bytes: Uint8Array.from([...Buffer.from(head, 'latin1'), ...numbers]) };
}

/** Samples in the reader's numbers, and in the file's order. @param {ReturnType<typeof readArrays>} data */
function own({ values, shape, transform: { offset, scale } }) {
  const size = shape.reduce((a, b) => a * b, 1);
  const n = values.length / size;
  /** @type {number[][]} */
  const rows = [];
  for (const [i, place] of mixed(n).entries())
    rows[place] = Array.from(values.subarray(i * size, (i + 1) * size), (v, k) => {
      const moved = v * Number(scale) + (Array.isArray(offset) ? offset[k % offset.length] : offset);
      return Math.round(1e3 * moved) / 1e3;
    });
  return rows;
}

test('points, series, labels of a second file', () => {
  const labels = array([12], (i) => 5 * (i % 2), 'y.npy');
  for (const files of [
    [array([12, 2], (i) => i), labels],
    [labels, array([12, 2], (i) => i)],
  ]) {
    const data = readArrays(files);
    assert.deepEqual([data.kind, data.shape, data.name, data.held], ['points', [2], 'x', 1]);
    assert.deepEqual(own(data)[5], [10, 11]);
    assert.deepEqual(data.classes, ['0', '5']);
    assert.deepEqual(
      data.labels,
      Int32Array.from(mixed(12), (place) => place % 2),
    );
  }
  for (const shape of [
    [12, 7],
    [12, 1, 7],
  ]) {
    const data = readArrays([array(shape, (i) => i * i)]);
    assert.deepEqual([data.kind, data.shape, data.labels], ['series', [1, 7], null]);
    assert.deepEqual(own(data)[1], [49, 64, 81, 100, 121, 144, 169]);
  }
});

/** @type {[string, number[], number[]][]} */
const layouts = [
  ['grey', [12, 4, 5], [1, 4, 5]],
  ['grey with its channel', [12, 1, 4, 5], [1, 4, 5]],
  ['colour', [12, 3, 4, 5], [3, 4, 5]],
  ['colour, channels last', [12, 4, 5, 3], [3, 4, 5]],
];
for (const [what, shape, size] of layouts)
  test(`pictures: ${what}`, () => {
    const each = size.reduce((a, b) => a * b, 1);
    const data = readArrays([bytes(shape, (i) => i % 251), array([12], (i) => i % 3, 'y.npy')]);
    assert.deepEqual([data.kind, data.shape, data.classes], ['pictures', size, ['0', '1', '2']]);
    assert.deepEqual(
      data.labels,
      Int32Array.from(mixed(12), (place) => place % 3),
    );
    assert.deepEqual(data.transform, { offset: 127.5, scale: 127.5 });
    assert.ok(data.values.every((v) => v >= -1 && v <= 1));
    const expected = Array.from({ length: each }, (_, k) => {
      const last = shape.at(-1) === 3;
      const from = last ? (k % 20) * 3 + Math.floor(k / 20) : k;
      return (2 * each + from) % 251;
    });
    assert.deepEqual(own(data)[2], expected);
  });

/** @type {[string, {name: string, bytes: Uint8Array}, [number, number], RegExp][]} */
const ranges = [
  ['0 to 1', array([12, 4, 4], (i) => (i % 5) / 4), [0.5, 0.5], /from 0 to 1\./],
  ['-1 to 1', array([12, 4, 4], (i) => (i % 5) / 4 - 0.5), [0, 1], /from -1 to 1\./],
  ['0 to 16', array([12, 4, 4], (i) => i % 17), [8, 8], /its least to its greatest number, 0 to 16\./],
  ['bytes of 0 and 1', bytes([12, 4, 4], (i) => i % 2), [0.5, 0.5], /from 0 to 1\./],
];
for (const [what, file, [offset, scale], says] of ranges)
  test(`the range of pictures, told: ${what}`, () => {
    const data = readArrays([file]);
    assert.deepEqual(data.transform, { offset, scale });
    assert.match(data.note ?? '', says);
    assert.ok(data.values.every((v) => v >= -1 && v <= 1));
  });

/** @type {[string, {name: string, bytes: Uint8Array}[], RegExp][]} */
const refused = [
  ['no array', [{ name: 'x.npy', bytes: new Uint8Array(300) }], /x\.npy is no \.npy file/],
  ['labels alone', [array([12], (i) => i)], /shape \(12,\): points are \(n, 2\)/],
  ['five axes', [array([12, 1, 1, 4, 4], (i) => i)], /shape \(12, 1, 1, 4, 4\): points are/],
  ['two channels', [array([12, 2, 4, 4], (i) => i)], /shape \(12, 2, 4, 4\)/],
  ['few', [array([3, 2], (i) => i)], /3 samples: 10 to 100,000 are taken/],
  ['one pixel', [array([12, 1, 1, 1], (i) => i)], /pictures of 1x1: 4 to 128 pixels/],
  ['wide pictures', [array([10, 4, 200], (i) => i)], /pictures of 200x4/],
  ['NaN', [array([12, 2], (i) => (i === 9 ? Number.NaN : i))], /a number that is NaN, in sample 5 of 12/],
  ['all the same', [array([12, 4, 4], () => 3)], /all numbers are 3/],
  ['rows that are the same', [array([12, 2], () => 3)], /all rows are the same/],
  ['one number a row', [array([12, 1], (i) => i)], /1 number a row/],
  [
    'two arrays',
    [array([12, 2], (i) => i), array([12, 4], (i) => i, 'y.npy')],
    /of two files one has the labels/,
  ],
  [
    'labels twice',
    [array([12], (i) => i), array([12], (i) => i, 'y.npy')],
    /of two files one has the labels/,
  ],
  [
    'too few labels',
    [array([12, 2], (i) => i), array([9], (i) => i, 'y.npy')],
    /9 labels, and x\.npy 12 samples/,
  ],
  ['labels of halves', [array([12, 2], (i) => i), array([12], (i) => i / 2, 'y.npy')], /a label 0\.5/],
  ['a label each', [array([12, 2], (i) => i), array([12], (i) => i, 'y.npy')], /12 of them for 12 rows/],
  [
    'three',
    [0, 1, 2].map((k) => array([12, 2], (i) => i, `${k}.npy`)),
    /3 \.npy files: one is taken, or two/,
  ],
];
for (const [what, files, says] of refused)
  test(`refused by a sentence: ${what}`, () => assert.throws(() => readArrays(files), says));
