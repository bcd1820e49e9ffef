// What readers of lessons 12 to 15 draw, type or load that cannot serve: a sentence each, and nothing is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readNotebook } from '../../web/build/notebook.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

const core = await loadCore();

/** @param {string} name @param {string} id */
function cellOf(name, id) {
  const file = fileURLToPath(new URL(`../../notebooks/${name}.ipynb`, import.meta.url));
  const cell = readNotebook(file).find((each) => each.id === id);
  assert.ok(cell, `${name} has no cell ${id}`);
  return cell.source;
}

/** What a cell of a lesson says where its drawing is another. @param {string} before @param {string} source @param {RegExp} value @param {string} drawing */
async function says(before, source, value, drawing) {
  const { kernel, messages } = await createKernel({ core });
  assert.equal(await kernel.run('before', before), null);
  assert.match(source, value);
  const error = await kernel.run('cell', source.replace(value, drawing));
  assert.equal(error, null, error?.message);
  return JSON.stringify(messages);
}

const EMPTY = 'lab.zeros([1, 1, 32, 32])';
const FULL = 'lab.full([1, 1, 32, 32], 1)';
/** Whoever comes to draw has gone too far. */
const NEVER = "const never = () => { throw new Error('it was drawn'); };";
const BEFORE_13 = `${NEVER} const draw = (inside) => lab.zeros([1, 1, 32, 32]).map((_, i) => (inside(i % 32, Math.floor(i / 32)) ? 1 : 0));
const signal = [], noise = [], down_from = never, denoise = never, inpaint = never;`;
const BEFORE_15 = `${NEVER} const words = lab.scene_words.slice(1), picture_like = [3, 32, 32], draw = never, controlled = never, model = null, branch = null;`;

test('a scribble of nothing', async () => {
  const scribble = cellOf('13-editing', 'scribble');
  assert.match(
    await says(BEFORE_13, scribble, /(?<=value: )blob/, EMPTY),
    /Nothing is drawn\. Draw something/,
  );
  const sketch = cellOf('15-text', 'paint-control');
  assert.match(
    await says(BEFORE_15, sketch, /(?<=value: )house/, EMPTY),
    /no sketch to follow\. Draw a shape/,
  );
});

test('a mask or a sketch of everything, and a mask of nothing', async () => {
  const hole = cellOf('13-editing', 'hole');
  const mask = /(?<=value: )right_half/;
  assert.match(await says(BEFORE_13, hole, mask, FULL), /All of it is painted: nothing is left to fit to/);
  assert.match(await says(BEFORE_13, hole, mask, EMPTY), /Nothing is painted: there is no hole to fill/);
  const sketch = cellOf('15-text', 'paint-control');
  assert.match(await says(BEFORE_15, sketch, /(?<=value: )house/, FULL), /Nearly all of it is drawn/);
});

const READER = `class Net extends lab.nn.Module {
  constructor(words) { super(); this.words = lab.nn.Embedding(words, 2); }
  forward(x, text) { return x.add(this.words(text).mean(1)); }
}
const reader = (words) => lab.model(new Net(words), { x: [2], text: { tokens: 3, vocabulary: words } });
const mine = reader(30), before = mine.state_dict()['words.weight'], other = reader(31).save();`;

test('weights of another vocabulary', async () => {
  await cellFails({ core }, /words\.weight.*31.*30|words\.weight.*30.*31/, READER, 'mine.load(other)');
  const { scope } = await runCells(
    { core },
    READER,
    "try { mine.load(other); } catch {} const moved = before.max_difference(mine.state_dict()['words.weight']);",
  );
  assert.equal(scope.moved, 0, 'the weights are those that were there');
});

test('latents of another autoencoder', async () => {
  const decoder = `class Net extends lab.nn.Module {
    constructor() { super(); this.out = lab.nn.Conv2d(4, 3, 1); }
    forward(x) { return this.out(x); }
  }
  const decoder = lab.model(new Net(), { x: [4, 8, 8] });`;
  await cellFails(
    { core },
    /shape \[2,8,4,4\].* takes \[n, 4, 8, 8\]/,
    decoder,
    'decoder.forward(lab.zeros([2, 8, 4, 4]))',
  );
});

test('latents of another autoencoder of the same shape, and of one that has been trained on since', async () => {
  const says = /These latents are of another autoencoder: encode the pictures with the encoder/;
  const before = [
    'const pictures = lab.scenes({ n: 100 }).images;',
    cellOf('14-latents', 'autoencoder'),
    cellOf('14-latents', 'scale'),
    'const own = to_pictures(latents.slice(0, 2));',
  ];
  const { scope } = await runCells({ core }, ...before);
  assert.deepEqual(scope.own.shape, [2, 3, 32, 32]);
  await cellFails(
    { core },
    says,
    ...before,
    'to_pictures(latents.slice(0, 2), new_decoder(lab.generator(3)))',
  );
  const on = `decoder.backward(decoder.forward(latents.slice(0, 2)));
    lab.Adam(decoder).step();`;
  await cellFails({ core }, says, ...before, on, 'to_pictures(latents.slice(0, 2))');
});
