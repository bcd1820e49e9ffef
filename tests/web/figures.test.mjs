import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { linesOf } from '../../web/figures/grid.js';
import { cssColour } from '../../web/figures/parts/colours.js';
import { short } from '../../web/figures/parts/dom.js';
import { graphDrawing, graphInWords } from '../../web/figures/parts/graph.js';
import { sent } from './cells.mjs';

test('pictures: one, several, a list; what panels share reaches each of them', async () => {
  const { shown, error } = await sent(`lab.grid({ images: lab.zeros([4, 6]) });
    lab.grid({ images: lab.rand([5, 3, 2, 2]), labels: ['a', 'b', 'c', 'd', 'e'], columns: 5 });
    lab.grid({ range: [-1, 1], panels: [{ title: 'x', images: [lab.zeros([2, 3]), lab.full([2, 3], 1)] }] })`);
  assert.equal(error, '');
  const [one, many, list] = shown.map(({ panels }) => panels[0]);
  assert.deepEqual(one.images.shape, [1, 1, 4, 6]);
  assert.deepEqual(one.range, [0, 1]);
  assert.deepEqual([many.images.shape, many.columns, many.labels.length], [[5, 3, 2, 2], 5, 5]);
  assert.deepEqual(
    [list.images.shape, list.range],
    [
      [2, 1, 2, 3],
      [-1, 1],
    ],
  );
  assert.deepEqual([...list.images.data], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
});

test('a long caption is broken between words, a short one stays in its line', () => {
  assert.deepEqual(linesOf('a red circle', 220), ['a red circle']);
  const lines = linesOf('a small purple triangle at the bottom right', 80);
  assert.deepEqual(lines, ['a small purple', 'triangle at', 'the bottom', 'right']);
  assert.equal(lines.join(' '), 'a small purple triangle at the bottom right');
  assert.deepEqual(linesOf('Donaudampfschiff', 30), ['Donaudampfschiff']);
});

test('a wrong update is an error of the cell, and leaves the figure as it was', async () => {
  const { updates, error } = await sent(`const f = lab.grid({ title: 'a', images: lab.zeros([2, 2]) });
    let why = ''; try { f.update({ images: [] }) } catch (e) { why = e.message }
    f.update({ title: 'b' }); if (!/at least 1/.test(why)) throw new Error('not refused')`);
  assert.equal(error, '');
  assert.deepEqual(updates.at(-1)?.panels[0].images.shape, [1, 1, 2, 2]);
});

test('pictures of 16 by 24, alone and in a player, keep both sizes', async () => {
  const { shown, error } = await sent(`lab.grid({ images: lab.zeros([3, 1, 16, 24]) });
    lab.player({ labels: ['a', 'b'], panels: [{ title: 'i', frames: [lab.zeros([2, 3, 16, 24]), lab.zeros([2, 3, 16, 24])] }] });
    lab.heatmap({ values: lab.zeros([16, 24]) })`);
  assert.equal(error, '');
  assert.deepEqual(shown[0].panels[0].images.shape, [3, 1, 16, 24]);
  assert.deepEqual(shown[1].panels[0].frames[1].images.shape, [2, 3, 16, 24]);
  assert.deepEqual(shown[2].panels[0].values.shape, [16, 24]);
});

test('the colours that a figure takes are those of the style sheet', async () => {
  const css = readFileSync(new URL('../../web/styles/tokens.css', import.meta.url), 'utf8');
  const names = [...css.matchAll(/--c-([a-z0-9]+):/g)].map(([, name]) => name);
  assert.ok(names.length > 5);
  for (const name of names) assert.equal(cssColour(name), `var(--c-${name})`);
  assert.throws(() => cssColour('constructor'), /a color is one of/);
});

test('an update keeps what it does not name', async () => {
  const { updates } = await sent(`const f = lab.grid({ title: 'a', images: lab.zeros([2, 2]) });
    await lab.tick(); f.update({ title: 'b' })`);
  assert.deepEqual([updates[0].panels[0].title, updates[0].panels[0].images.shape], ['b', [1, 1, 2, 2]]);
});

test('heatmaps, fields and players carry shapes', async () => {
  const { shown, error } =
    await sent(`lab.heatmap({ values: lab.zeros([3, 5]), x: { label: 't', range: [0, 4] } });
    lab.field({ points: lab.zeros([9, 2]), vectors: lab.zeros([9, 2]), background: lab.zeros([4, 4]), range: [-2, 2] });
    lab.player({ labels: ['a'], panels: [{ title: 'p', frames: [lab.zeros([7, 2])] }] });
    lab.player({ labels: ['a'], panels: [{ title: 'i', frames: [lab.zeros([7, 1, 2, 2])] }] })`);
  assert.equal(error, '');
  assert.deepEqual(shown[0].panels[0].values.shape, [3, 5]);
  assert.deepEqual(shown[0].panels[0].x, { label: 't', range: [0, 4] });
  assert.deepEqual(shown[1].range, [-2, 2]);
  assert.deepEqual(shown[1].panels[0].background.shape, [4, 4]);
  assert.equal(shown[2].panels[0].frames[0].length, 14);
  assert.deepEqual(shown[3].panels[0].frames[0].images.shape, [7, 1, 2, 2]);
});

for (const [source, says] of /** @type {[string, RegExp][]} */ ([
  ['lab.grid({ images: lab.zeros([2, 2, 2]) })', /\[height, width\].*got a tensor of shape \[2,2,2\]/],
  ['lab.grid({ images: lab.zeros([2, 2, 4, 4]) })', /1 or 3/],
  ['lab.grid({ images: [lab.zeros([2, 2]), lab.zeros([2, 3])] })', /same shape/],
  ['lab.grid({ images: lab.zeros([2, 1, 4, 4]), labels: ["a"] })', /1 labels for 2 images/],
  ['lab.grid({})', /got undefined/],
  [
    'lab.heatmap({ values: [1, 2] })',
    /values must be a tensor of shape \[rows, columns\], at least 1 of each, got a list of 2/,
  ],
  ['lab.grid({ images: [] })', /at least 1 of each, got a list of 0/],
  ['lab.grid({ images: lab.zeros([0, 1, 4, 4]) })', /at least 1 of each, got a tensor of shape \[0,1,4,4\]/],
  [
    'lab.grid({ images: lab.zeros([2, 2]), columns: 0.5 })',
    /columns must be a whole number, 1 or more, got 0.5/,
  ],
  ['lab.grid({ images: lab.zeros([2, 2]), range: [1, 1] })', /range must be two numbers .*got \[1, 1\]/],
  ['lab.grid({ panels: [] })', /grid has no panels/],
  ['lab.grid({ image: lab.zeros([2, 2]) })', /grid knows no image: it takes panels, title, images/],
  ['lab.grid(lab.zeros([2, 2]))', /grid takes an object with some of .*, got a tensor of shape \[2,2\]/],
  ['lab.heatmap({ values: lab.zeros([0, 3]) })', /at least 1 of each, got a tensor of shape \[0,3\]/],
  [
    'lab.heatmap({ values: lab.zeros([2, 3]), x: { label: "t", range: 5 } })',
    /an axis has a range of two numbers/,
  ],
  [
    'lab.player({ labels: ["a"], panels: [{ title: "p", frames: [] }] })',
    /frames must be a list of at least one/,
  ],
  ['lab.player({ panels: [] })', /player needs labels, one a frame/],
  [
    'lab.scatter({ sets: [{ points: [0, 1, 2] }] })',
    /points must be a tensor of shape \[n, 2\] or a list x, y/,
  ],
  [
    "lab.scatter({ sets: [{ points: [0, 1], color: 'red;background:url(//a.b/c)' }] })",
    /a color is one of x0, xt, eps/,
  ],
  ["lab.scatter({ sets: [{ points: [0, 1], color: 'var(--x)' }] })", /a color is one of x0, xt, eps/],
  ["lab.field({ background: lab.zeros([2, 2]), color: 'url(a)' })", /a color is one of/],
  [
    "lab.player({ labels: ['a'], panels: [{ title: 'p', frames: [lab.zeros([2, 2])], color: 5 }] })",
    /a color is one of/,
  ],
  ["lab.chart({ x: 'x', series: ['a'], colors: ['red'] })", /a color is one of .*, got "red"/],
  ["lab.chart({ x: 'x', series: [] })", /series must name at least one line/],
  ["lab.chart({ series: ['a'] })", /chart needs x/],
  [
    "lab.chart({ x: 'x', series: ['a'], data: [[1, 2]] })",
    /data needs 2 lists, x and one for each of series, got 1/,
  ],
  ["lab.chart({ x: 'x', series: ['a'], data: [[1, 2], [1]] })", /equally long, got 2 and 1/],
  ["lab.chart({ x: 'x', series: ['a'], data: [[1], ['b']] })", /data must be numbers, or null/],
  ["lab.chart({ x: 'x', series: ['a'] }).push(1)", /push takes 2 numbers/],
  ["lab.chart({ x: 'x', series: ['a'], at: NaN })", /at must be a number/],
  ["lab.chart({ x: 'x', series: ['a'], x_range: 3 })", /x_range must be two numbers/],
  ["lab.chart({ x: 'x', series: ['a'], y: [] })", /y must be a text/],
  ["lab.chart({ x: 'x', series: ['a'], range: [1, 1] })", /range must be two numbers \[low, high\]/],
  [
    "const c = lab.chart({ x: 'x', series: ['a'] }); for (let i = 0; ; i++) c.push(i, i)",
    /at most 100000 points/,
  ],
  [
    "lab.network(lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 1 }), { chose: 'up1' })",
    /knows no chose/,
  ],
  ['lab.table(5)', /rows must be a list, got 5/],
  ['lab.table([1])', /a row is an object/],
  ['lab.field({ points: lab.zeros([2, 2]), vectors: lab.zeros([3, 2]) })', /3 vectors for 2 points/],
  ['lab.field({ points: lab.zeros([2, 3]), vectors: lab.zeros([2, 3]) })', /points must be .*\[n, 2\]/],
]))
  test(`refused: ${source}`, async () => assert.match((await sent(source)).error, says));

test('the drawing of a MiniUNet has its shapes; what is no model is refused', async () => {
  const { shown, error } =
    await sent(`const model = lab.MiniUNet({ base_channels: 8, image_size: 16, max_batch: 1 });
    model.skips = false;
    lab.network(model, { title: 'small', chosen: 'up2' })`);
  assert.equal(error, '');
  const [{ title, chosen, input, layers, skips }] = shown;
  assert.deepEqual([title, chosen, input, skips], ['small', 'up2', [1, 16, 16], false]);
  const bottleneck = layers.find((/** @type {{name: string}} */ layer) => layer.name === 'bottleneck');
  assert.deepEqual(bottleneck.shape, [16, 4, 4]);
  assert.match((await sent('lab.network(5)')).error, /network draws a model, .*, got 5/);
  const many = 'lab.nn.Sequential(Array.from({ length: 101 }, () => lab.nn.Sequential(lab.nn.ReLU())))';
  const other = `class Net extends lab.nn.Module { net = ${many}; forward(x) { for (const each of Object.values(this.net)) x = each(x); return x; } }
    lab.network(lab.model(new Net(), { x: [2] }))`;
  assert.match((await sent(other)).error, /at most 100 boxes, and this one has 103/);
});

test('numbers at an axis are short, however small or large', () => {
  const told = [0, 0.02, -1.5, 1234.5, 999_499, 1e9, -2.345e7, 1.2e-5].map(short);
  assert.deepEqual(told, ['0', '0.02', '-1.5', '1230', '999000', '1e9', '-2.35e7', '1.2e-5']);
});

test('the drawing of any network: its boxes, what reads what, and the same in words', async () => {
  const { shown, error } = await sent(`class Net extends lab.nn.Module {
      time = lab.nn.Linear(1, 8);
      fc1 = lab.nn.Linear(2, 8);
      fc2 = lab.nn.Linear(8, 8);
      last = lab.nn.Linear(16, 2);
      forward(x, t) {
        const h = this.fc1(x), told = h.add(this.time(t));
        return this.last(lab.nn.cat([this.fc2(told), h], 1));
      }
    }
    lab.network(lab.model(new Net(), { x: [2], t: 'fraction' }), { chosen: 'fc2' })`);
  assert.equal(error, '');
  const [{ nodes, chosen }] = shown;
  assert.equal(chosen, 'fc2');
  assert.deepEqual(
    nodes.map((/** @type {any} */ { name, of, shape, side, from }) => [name, of, shape.join(), side, from]),
    [
      ['x', 'input', '2', false, []],
      ['t', 'input', '1', true, []],
      ['fc1', 'Linear', '8', false, [0]],
      ['time', 'Linear', '8', true, [1]],
      ['add', 'add', '8', false, [2, 3]],
      ['fc2', 'Linear', '8', false, [4]],
      ['cat', 'cat', '16', false, [5, 2]],
      ['last', 'Linear', '2', false, [6]],
      ['eps', 'output', '2', false, [7]],
    ],
  );
  const { parts } = graphDrawing({ nodes, chosen }, (name) => name, 724);
  const drawn = parts.join('\n');
  for (const text of ['fc2', 'Linear 8', 'cat', 'eps']) assert.ok(drawn.includes(`>${text}</text>`), text);
  assert.equal(drawn.match(/<path d="M[^"]*H/g)?.length, 1, 'a skip from fc1 to cat');
  assert.match(drawn, /text-anchor="end">time<\/text>/);
  // What a box is told has a line each, whose end is left out before it reaches the other column.
  const side_box = (/** @type {string} */ name) => ({ name, of: 'Linear', shape: [8], side: true, from: [] });
  const many = ['class_embed', 'a.very.long.path.of.a.module', 'c', 'd'].map(side_box);
  const cat = { name: 'cat', of: 'cat', shape: [8], side: false, from: [0, 1, 2, 3] };
  const told = graphDrawing({ nodes: [...many, cat] }, (name) => name, 724)
    .parts.filter((part) => part.includes('text-anchor="end"'))
    .map((part) => part.replace(/<[^>]*>/g, ''));
  assert.deepEqual(told, ['class_embed', '…th.of.a.module', 'and 2 more']);
  // On a phone the columns stand one under the other, and what does not fit into a box is left out.
  const narrow = graphDrawing({ nodes, chosen }, (name) => name, 330).parts.join('');
  const ys = [...narrow.matchAll(/<rect x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  const left = Math.min(...ys.map(([x]) => x));
  const side = ys.filter(([x]) => x === left).map(([, y]) => y);
  const main = ys.filter(([x]) => x !== left).map(([, y]) => y);
  assert.ok(main.length > 0 && Math.min(...main) > Math.max(...side), `${main} begins above ${side}`);
  const words = graphInWords({ nodes });
  assert.match(words, /fc1 \(Linear\) of 8 from x; time \(Linear\) of 8 from t; add of 8 from fc1 and time/);
  // Many layers: a box for each block.
  const unet = await sent(`lab.network(lab.SimpleUNet({ image_size: 4, base_channels: 4 }))`);
  assert.equal(unet.error, '');
  const blocks =
    await sent(`const part = () => lab.nn.Sequential(Array.from({ length: 9 }, () => lab.nn.ReLU()));
    lab.network(lab.model(lab.nn.Sequential(part(), part(), part()), { x: [2] }))`);
  assert.deepEqual(
    blocks.shown[0].nodes.map((/** @type {any} */ { name, of }) => `${name} ${of}`),
    ['x input', '0 Sequential', '1 Sequential', '2 Sequential', 'eps output'],
  );
});
