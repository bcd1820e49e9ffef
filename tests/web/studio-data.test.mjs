// What the studio takes as data: tables as spreadsheets write them, what ships, and what is refused, by a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { codeFor } from '../../web/kernel/studio/network.js';
import { Run } from '../../web/kernel/studio/run.js';
import { SHIPPED, shippedOf } from '../../web/kernel/studio/shipped.js';
import { POINTS, pointsOf } from '../../web/page/play/shapes.js';
import { Lines, pointsDrawn } from '../../web/page/studio/data/lines.js';
import { MOST_ROWS } from '../../web/page/studio/data/samples.js';
import { readTable } from '../../web/page/studio/data/table.js';
import { textOf } from '../../web/page/studio/data/text.js';
import { inThePlane } from '../../web/page/studio/show.js';
import { createKernel, loadCore, readAsset } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** @param {number} n @param {(i: number) => string} row @param {string} [head] */
const table = (n, row, head = '') => head + Array.from({ length: n }, (_, i) => `${row(i)}\n`).join('');
/** Samples in the reader's units, sorted: rows are mixed. @param {ReturnType<typeof readTable>} data */
function own({ values, shape, transform: { offset, scale } }) {
  const size = shape.reduce((a, b) => a * b, 1);
  const rows = Array.from({ length: values.length / size }, (_, r) =>
    Array.from(values.subarray(r * size, (r + 1) * size), (v, i) => {
      const moved = v * Number(scale) + (Array.isArray(offset) ? offset[i % offset.length] : offset);
      return Math.round(1e4 * moved) / 1e4;
    }),
  );
  return rows.sort((a, b) => a[0] - b[0]);
}
const expected = Array.from({ length: 12 }, (_, i) => [i / 2, -i]);

/** @type {[string, string][]} */
const same = [
  ['commas', table(12, (i) => `${i / 2},${-i}`)],
  ['a header and spaces', table(12, (i) => ` ${i / 2}, ${-i}`, 'x,y\n')],
  [
    'semicolons and decimal commas',
    table(12, (i) => `${String(i / 2).replace('.', ',')};${-i}`, '\ufeffx;y\r\n'),
  ],
  ['tabs and quotes', table(12, (i) => `"${i / 2}"\t${-i}.0e0`)],
];
for (const [what, text] of same)
  test(`a table of points: ${what}`, () => {
    const data = readTable(text, 'mine.csv');
    assert.equal(data.kind, 'points');
    assert.deepEqual(data.shape, [2]);
    assert.equal(data.name, 'mine');
    assert.equal(data.held, 1);
    assert.deepEqual(own(data), expected);
    const square = data.values.reduce((sum, v) => sum + v * v, 0) / data.values.length;
    assert.ok(Math.abs(square - 1) < 1e-6);
  });

test('labels: a column of words, or one that is called so, go with their rows', () => {
  const words = readTable(
    table(12, (i) => `${i},${2 * i},${i % 2 ? 'odd' : 'even'}`),
    'a.csv',
  );
  assert.deepEqual(words.classes, ['even', 'odd']);
  const at = (/** @type {number} */ r) =>
    Math.round(
      words.values[2 * r] * Number(words.transform.scale) +
        /** @type {number[]} */ (words.transform.offset)[0],
    );
  for (const [r, label] of (words.labels ?? []).entries()) assert.equal(label, at(r) % 2);
  const named = readTable(
    table(12, (i) => `${i % 3},${i},${2 * i}`, 'class,x,y\n'),
    'a.csv',
  );
  assert.deepEqual(named.classes, ['0', '1', '2']);
  assert.deepEqual(named.shape, [2]);
});

test('a series a row', () => {
  const data = readTable(
    table(12, (i) => [0, 1, 2, 3].map((k) => i + k / 10).join(';')),
    'a.csv',
  );
  assert.equal(data.kind, 'series');
  assert.deepEqual(data.shape, [1, 4]);
  assert.deepEqual(own(data)[3], [3, 3.1, 3.2, 3.3]);
});

/** @type {[string, string, RegExp][]} */
const refused = [
  ['empty', '', /0 rows of data/],
  ['one row', '1,2\n', /1 row of data: it takes 10 or more/],
  [
    'text',
    table(12, (i) => (i === 4 ? '1,<b>x</b>' : `1,${i}`)),
    /row 5, column 2: “<b>x<\/b>” is no number/,
  ],
  ['NaN', table(12, (i) => (i === 2 ? 'NaN,1' : `${i},1`), 'x,y\n'), /row 4, column 1: “NaN” is no number/],
  ['an empty cell', table(12, (i) => (i === 2 ? ',1' : `${i},1`)), /row 3, column 1: nothing stands there/],
  ['an endless number', table(12, (i) => `${i},1e999`), /row 1, column 2/],
  [
    'ragged',
    table(12, (i) => (i === 6 ? '1,2,3' : `${i},1`)),
    /row 7: it has 3 columns, and the first has 2/,
  ],
  ['one number a row', table(12, (i) => `${i}`), /1 number a row: a point takes 2/],
  ['two columns of words', table(12, (i) => `a${i % 2},b${i % 3},${i},2`), /columns 1 and 2 have words/],
  ['a label each', table(12, (i) => `${i},1,name ${i}`), /12 of them for 12 rows/],
  [
    'a column of NaN',
    table(12, (i) => `${i},${i * i},NaN`),
    /labels has 1 of them for 12 rows: it takes 2 to 1,000/,
  ],
  ['all the same', table(12, () => '1,1'), /nothing to learn/],
  ['no text', `\0\x01${table(12, (i) => `${i},1`)}`, /no text/],
  ['too many rows', table(MOST_ROWS + 1, () => '1,2'), /100,001 rows, and at most 100,000/],
];
for (const [what, text, says] of refused)
  test(`refused by a sentence: ${what}`, () => assert.throws(() => readTable(text, 'a.csv'), says));

for (const [name, { kind, file }] of Object.entries(SHIPPED))
  test(`what ships: ${name} is finite, of about the size that training expects, and trains by its network`, async () => {
    const { kernel } = await createKernel({ core });
    const data = shippedOf({ kernel }, { name, file: file ? await readAsset(file) : null });
    assert.equal(data.kind, kind);
    const size = data.shape.reduce((a, b) => a * b, 1);
    const count = data.values.length / size;
    assert.ok(count >= 1500 && data.held === Math.round(count / 10), `${count}`);
    const square = data.values.reduce((sum, v) => sum + v * v, 0) / data.values.length;
    if (kind === 'pictures') {
      assert.ok(data.values.every((v) => v >= -1 && v <= 1));
      assert.ok(square > 0.3, `${square}`);
    } else assert.ok(Math.abs(square - 1) < 1e-5, `${square}`);
    if (data.labels) {
      assert.equal(data.labels.length, count);
      assert.deepEqual(
        [...new Set(data.labels)].sort((a, b) => a - b),
        data.classes.map((_, i) => i),
      );
    }
    const few = {
      ...data,
      values: data.values.slice(0, 40 * size),
      labels: data.labels?.slice(0, 40) ?? null,
      held: 4,
    };
    const network = { points: 'mlp', pictures: 'unet', series: 'unet1d' }[data.kind];
    const config = patched(defaults(), {
      data: { kind, shape: data.shape, classes: data.classes, labels: data.labels ? 'labels.npy' : null },
      network: { kind: /** @type {any} */ (network), width: 16, depth: 2 },
      training: { epochs: 3, batch: 16 },
    });
    const run = await Run.begin(kernel, config, few);
    while (run.isTraining) run.advance(0);
    assert.ok(run.progress.losses.epochs.every(Number.isFinite));
    run.dispose();
  });

test('data that do not ship are refused', async () => {
  const { kernel } = await createKernel({ core });
  assert.throws(() => shippedOf({ kernel }, { name: '__proto__', file: null }), /there are no data named/);
});

/** @param {number[]} shape @param {any} network @param {any} [data] */
const codeOf = (shape, network, data = {}) =>
  codeFor(
    patched(defaults(), {
      data: { kind: shape.length === 3 ? 'pictures' : 'series', shape, ...data },
      network,
    }),
  );

for (const attention of [false, true])
  for (const activation of ['relu', 'silu', 'gelu', 'tanh'])
    for (const labels of [null, 'labels.npy'])
      test(`a U-Net of pictures and one of series: attention ${attention}, ${activation}, ${labels ? 'with' : 'without'} classes`, async () => {
        const { kernel } = await createKernel({ core });
        for (const [kind, shape, depth] of /** @type {const} */ ([
          ['unet', [3, 12, 8], 3],
          ['unet', [1, 9, 9], 1],
          ['unet1d', [1, 16], 2],
        ])) {
          const code = codeOf(
            [...shape],
            { kind, width: 8, depth, attention, activation },
            { labels, classes: labels ? ['a', 'b'] : [] },
          );
          const error = await kernel.run(
            'code',
            code
              .replace('const { nn } = lab;', 'var { nn } = lab;')
              .replace(/^lab\.model/m, 'var net = lab.model'),
          );
          assert.equal(error, null, error?.message);
          const { net, lab } = kernel.evaluator.scope;
          const out = net.forward(
            lab.randn([2, ...shape]),
            lab.tensor([2], [3, 500]),
            labels ? lab.tensor([2], [0, 2]) : null,
          );
          assert.deepEqual(out.shape, [2, ...shape]);
        }
      });

test('U-Nets refuse widths and depths that do not go with the samples', () => {
  assert.throws(
    () => codeOf([1, 14, 14], { kind: 'unet', width: 16, depth: 3 }),
    /14x14 can be halved once, so it takes 1 to 2/,
  );
  assert.throws(() => codeOf([1, 7, 8], { kind: 'unet', width: 16, depth: 2 }), /not at all, so it takes 1$/);
  assert.throws(() => codeOf([1, 64], { kind: 'unet1d', width: 20, depth: 2 }), /a multiple of 8/);
});

test('points that have blown up are shown as far as a picture goes, and the title says so', () => {
  const calm = inThePlane(Float32Array.of(0, 1, -1.5, 0.5), 'calm');
  assert.deepEqual([calm.range, calm.panels[0].title], [[-1.2, 1.2], 'calm']);
  const wild = inThePlane(Float32Array.of(0, 1e6, -1e5, 3), 'wild');
  assert.deepEqual([wild.range, wild.panels[0].title], [[-10, 10], 'wild, some beyond 10']);
});

/** @type {(x: number) => import('../../web/page/play/shapes.js').Stroke} */
const upright = (x) => [
  [x, -1],
  [x, 1],
];

test('a drawing becomes the points of the playground; with classes, as many of each, told apart by their brush', () => {
  const lines = new Lines();
  assert.throws(() => pointsDrawn(lines), /nothing is drawn yet/);
  lines.add(upright(-1), 0);
  lines.add(upright(1), 1);
  const plain = pointsDrawn(lines);
  assert.deepEqual(plain.values, pointsOf([upright(-1), upright(1)]));
  assert.equal(plain.labels, null);
  lines.classes = 2;
  lines.names = [' left ', '', 'C'];
  const { values, labels, classes, held } = pointsDrawn(lines);
  assert.deepEqual(classes, ['left', 'B']);
  assert.equal(values.length, 2 * POINTS);
  assert.equal(held, POINTS / 10);
  assert.equal(labels?.filter((label) => label === 1).length, POINTS / 2);
  for (const [i, label] of labels?.entries() ?? []) assert.equal(values[2 * i] > 0 ? 1 : 0, label);
  const last = labels?.subarray(-held).filter((label) => label === 1).length ?? 0;
  assert.ok(last > held / 3 && last < (2 * held) / 3, 'what is held out has both');
  lines.names = ['A', 'A ', 'C'];
  assert.throws(() => pointsDrawn(lines), /two classes are called “A”/);
});

test('lines are undone, cleared, and come back from what is kept; what is damaged is an empty board', () => {
  const lines = new Lines();
  lines.classes = 3;
  lines.add(upright(0.5), 0);
  lines.add(upright(1), 2);
  lines.clear();
  assert.deepEqual(lines.strokes, []);
  lines.undo();
  assert.deepEqual(lines.strokes, [upright(0.5), upright(1)]);
  const kept = Lines.from(lines.text);
  assert.deepEqual([kept.list, kept.classes, kept.canUndo], [lines.list, 3, false]);
  lines.undo();
  assert.deepEqual(lines.strokes, [upright(0.5)]);
  const damaged = [null, '', '{}', '7', lines.text.replace('50,', '999,')];
  for (const text of [...damaged, lines.text.replace('"classes":3', '"classes":9')])
    assert.deepEqual(Lines.from(text).list, [], String(text));
});

/** @param {string} text @param {boolean} big @param {boolean} marked */
function utf16(text, big, marked) {
  const bytes = Buffer.from((marked ? '\ufeff' : '') + text, 'utf16le');
  return new Uint8Array(big ? bytes.swap16() : bytes);
}

test('text of any program: UTF-8, UTF-16 with and without its mark, Windows-1252', () => {
  const text = table(12, (i) => `${i};${2 * i};${i % 2 ? 'größer' : 'kleiner'}`);
  const classes = ['größer', 'kleiner'];
  /** @type {[string, Uint8Array][]} */
  const all = [
    ['utf-8', new TextEncoder().encode(text)],
    ['utf-8 with its mark', new TextEncoder().encode(`\ufeff${text}`)],
    ...[false, true].flatMap((big) =>
      [false, true].map(
        (marked) =>
          /** @type {[string, Uint8Array]} */ ([`utf-16 ${big} ${marked}`, utf16(text, big, marked)]),
      ),
    ),
    ['windows-1252', new Uint8Array(Buffer.from(text, 'latin1'))],
  ];
  for (const [what, bytes] of all) {
    const read = textOf(bytes);
    const data = readTable(read.text, 'a.csv');
    assert.deepEqual([data.classes, data.shape], [classes, [2]], what);
    assert.equal(read.note !== '', what === 'windows-1252', what);
  }
  assert.throws(() => readTable(textOf(new Uint8Array(200)).text, 'a.csv'), /no text/);
});
