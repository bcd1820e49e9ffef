/** lab.paint: what a cell asks for, what code gets of a drawing, what a link may bring; and the brush. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawingOf, drawingText, isDrawing, UNPAINTED } from '../../web/kernel/painting.js';
import { Drawing } from '../../web/page/outputs/brush.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { inTime, sent } from './cells.mjs';

const core = await loadCore();

/** A cell whose code keeps what it gets. @param {string} control @param {Record<string, any>} [linked] */
async function painting(control, linked) {
  const { kernel, messages } = await createKernel({ core });
  const source = `const seen = []; await lab.interact({ drawing: lab.paint(${control}), v: lab.slider(0, 9) }, ({ drawing, v }) => { seen.push([drawing, v]) });`;
  const error = await kernel.run('a', source, null, linked);
  assert.equal(error, null, error?.message);
  const shown = messages.find((m) => m.type === 'show' && m.kind === 'controls');
  assert.ok(shown?.type === 'show');
  const { seen } = kernel.evaluator.scope;
  const last = () => seen.at(-1)[0];
  return { kernel, id: shown.id, spec: shown.props.controls.drawing, seen, last };
}

test('a drawing is a text of its size and a character a pixel, and comes back from it', () => {
  const size = { height: 2, width: 3 };
  const text = drawingText(size, [UNPAINTED, 0, 35, 1, UNPAINTED, 10]);
  assert.equal(text, '2x3:.0z1.a');
  assert.deepEqual(drawingOf(size, 36, text), Int8Array.of(-1, 0, 35, 1, -1, 10));
  const wrong = ['2x3:.0z1.', '2x3:.0z1.aa', '3x2:.0z1.a', '2x3:.0z1.A', '', 3, null, '2x3:.0z1.\u{1f3a8}'];
  for (const each of wrong) assert.equal(drawingOf(size, 36, each), null, String(each));
  assert.equal(drawingOf(size, 35, text), null, 'a colour that there is not');
  assert.ok(isDrawing(text) && !isDrawing('kept') && !isDrawing(3));
});

test('code gets a picture in its range, and again when the reader paints', async () => {
  const { kernel, id, spec, seen, last } = await painting('{ height: 1, width: 4, range: [-1, 1] }');
  assert.equal(spec.value, '1x4:....');
  assert.deepEqual(Object.keys(spec.colors), ['white', 'grey', 'black']);
  assert.deepEqual(last().shape, [1, 1, 1, 4]);
  assert.deepEqual([...last().data], [-1, -1, -1, -1]);
  await inTime(kernel.input(id, { drawing: '1x4:01.2' }));
  assert.deepEqual([...last().data], [1, 0, -1, -1]);
  await inTime(kernel.input(id, { v: 3 }));
  assert.deepEqual([[...last().data], seen.at(-1)[1]], [[1, 0, -1, -1], 3], 'a slider leaves it as it is');
  const tensors = seen.map((/** @type {any} */ [drawing]) => drawing);
  assert.equal(new Set(tensors).size, tensors.length, 'each its own: code may write into it');
});

test('colours, paper, a picture to paint on, and one to begin with', async () => {
  const colours = await painting('{ size: 1, channels: 3, colors: { plum: [1, 0, 0.5] }, paper: [0, 1, 0] }');
  assert.deepEqual([...colours.last().data], [0, 1, 0]);
  await inTime(colours.kernel.input(colours.id, { drawing: '1x1:0' }));
  assert.deepEqual([...colours.last().data], [1, 0, 0.5]);

  const over = await painting(
    '{ over: lab.tensor([1, 1, 1, 3], [0.2, 0.3, 0.4]), value: lab.tensor([1, 1, 1, 3], [0.2, 0.9, 0.1]) }',
  );
  assert.equal(over.spec.value, '1x3:.02', 'where it is as below nothing is painted');
  assert.deepEqual([...over.last().data], [...Float32Array.of(0.2, 1, 0)]);

  const mask = await painting(
    '{ mask: true, over: lab.full([1, 3, 1, 2], 0.5), value: lab.tensor([1, 1, 1, 2], [0, 1]) }',
  );
  assert.deepEqual(mask.last().shape, [1, 1, 1, 2]);
  assert.deepEqual([...mask.last().data], [0, 1]);
  assert.equal(mask.spec.value, '1x2:.0');
});

test('a link puts a drawing back, and one of another size or colour counts as none', async () => {
  const there = await painting('{ height: 1, width: 2 }', { drawing: '1x2:0.', v: 4 });
  assert.deepEqual([...there.last().data], [1, 0]);
  assert.equal(there.spec.value, '1x2:0.');
  assert.equal(there.seen[0][1], 4);
  for (const drawing of ['2x1:0.', '1x2:9.', 'x', 7]) {
    const { last, spec } = await painting('{ height: 1, width: 2 }', { drawing });
    assert.deepEqual([...last().data], [0, 0], String(drawing));
    assert.equal(spec.value, '1x2:..');
  }
});

test('what cannot be painted on is told in a sentence', async () => {
  /** @type {[string, RegExp][]} */
  const cases = [
    ['{ size: 0 }', /paint: height = 0: it takes a whole number, 1 to 128/],
    ['{ width: 129 }', /paint: width = 129/],
    ['{ channels: 2 }', /paint: channels = 2: it takes 1 or 3/],
    ['{ range: [1, 0] }', /paint: range = \[1,0\]: it takes \[low, high\], low below high/],
    ['{ brush: 0.5 }', /paint: brush = 0.5: it takes a whole number/],
    ['{ mask: 1 }', /paint: mask = 1: it takes true or false/],
    ['{ colors: [1] }', /paint: colors = \[1\]: it takes \{ name: colour/],
    ['{ colors: {} }', /paint takes 1 to 36 colors, got 0/],
    ['{ colors: { red: [1, 0, 0] } }', /the colour red = \[1,0,0\] takes a number, from 0 to 1/],
    [
      '{ channels: 3, colors: { red: [1, 0, 2] } }',
      /the colour red = 2: it takes a finite number from 0 to 1/,
    ],
    [
      '{ over: lab.zeros([2, 1, 4, 4]) }',
      /over must be one picture, shape \[1, 1 or 3, height, width\], got shape \[2,1,4,4\]/,
    ],
    ['{ over: [1] }', /over must be one picture.* got \[1\]/],
    ['{ over: lab.full([1, 1, 1, 1], NaN) }', /over has numbers that are not finite/],
    ['{ size: 2, value: lab.zeros([1, 1, 3, 3]) }', /value must have shape \[1, 1, 2, 2\], got \[1,1,3,3\]/],
    ['{ ink: 1 }', /paint has no option "ink": it takes label, size/],
  ];
  for (const [control, words] of cases) {
    const { error, shown } = await sent(`await lab.interact({ a: lab.paint(${control}) }, () => {})`);
    assert.match(error, words, control);
    assert.deepEqual(
      shown.filter((props) => props.controls),
      [],
      control,
    );
  }
});

/** A drawing as rows. @param {Drawing} drawing */
const rowsOf = ({ text, size: { width } }) => text.split(':')[1].match(new RegExp(`.{${width}}`, 'g'));

test('a brush is round, its strokes have no gaps, and what lies outside is left out', () => {
  const dot = new Drawing({ height: 5, width: 5 }, 1, '');
  assert.ok(dot.paint([2.5, 2.5], [2.5, 2.5], 3, 0));
  assert.deepEqual(rowsOf(dot), ['.....', '.000.', '.000.', '.000.', '.....']);
  assert.ok(!dot.paint([2.5, 2.5], [2.5, 2.5], 1, 0), 'nothing new');
  const large = new Drawing({ height: 5, width: 5 }, 1, '');
  large.paint([2.5, 2.5], [2.5, 2.5], 5, 0);
  assert.deepEqual(rowsOf(large), ['.000.', '00000', '00000', '00000', '.000.']);
  const line = new Drawing({ height: 4, width: 6 }, 1, '');
  line.paint([0.1, 0.1], [5.9, 3.9], 1, 0);
  for (const row of rowsOf(line) ?? []) assert.match(row, /0/);
  for (let x = 0; x < 6; x++)
    assert.ok(
      rowsOf(line)?.some((row) => row[x] === '0'),
      `column ${x}`,
    );
  const outside = new Drawing({ height: 2, width: 2 }, 1, '');
  assert.ok(!outside.paint([-9, -9], [-4, -9], 3, 0));
  assert.ok(outside.isEmpty);
});

test('undo takes back a stroke, the eraser and clear; what changed nothing is passed over', () => {
  const drawing = new Drawing({ height: 1, width: 3 }, 2, '1x3:..1');
  const stroke = (/** @type {number} */ x, /** @type {number} */ colour) => {
    drawing.begin();
    drawing.paint([x + 0.5, 0.5], [x + 0.5, 0.5], 1, colour);
  };
  assert.ok(!drawing.canUndo);
  stroke(0, 0);
  stroke(0, 0);
  stroke(2, UNPAINTED);
  assert.equal(drawing.text, '1x3:0..');
  assert.deepEqual(drawing.extent, { share: 1 / 3, rows: [1, 1], columns: [1, 1] });
  drawing.clear();
  assert.ok(drawing.isEmpty);
  const seen = [];
  while (drawing.canUndo) {
    drawing.undo();
    seen.push(drawing.text);
  }
  assert.deepEqual(seen, ['1x3:0..', '1x3:0.1', '1x3:..1']);
  drawing.clear();
  drawing.clear();
  drawing.undo();
  assert.equal(drawing.text, '1x3:..1');
});
