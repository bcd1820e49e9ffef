// The control that one types in: which words are offered, which are named, what a cell may ask for and a link may bring.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accepts } from '../../web/kernel/controls.js';
import { completed, offered, strangers } from '../../web/page/outputs/wording.js';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

const WORDS = ['a', 'red', 'right', 'circle', 'circles'];

test('what is begun is offered, and a whole word asks for the next', () => {
  assert.deepEqual(offered('', WORDS), WORDS);
  assert.deepEqual(offered('a r', WORDS), ['red', 'right']);
  assert.deepEqual(offered('a RE', WORDS), ['red']);
  assert.deepEqual(offered('a red', WORDS), WORDS);
  assert.deepEqual(offered('a red ', WORDS), WORDS);
  assert.deepEqual(offered('a xyz', WORDS), []);
});

test('a word takes the place of what was begun of it', () => {
  assert.equal(completed('a r', 'red', WORDS), 'a red ');
  assert.equal(completed('a', 'red', WORDS), 'a red ');
  assert.equal(completed('a ', 'red', WORDS), 'a red ');
  assert.equal(completed('', 'a', WORDS), 'a ');
});

test('words that are none are named once they cannot become one', () => {
  assert.deepEqual(strangers('a re', WORDS), []);
  assert.deepEqual(strangers('a re circle', WORDS), ['re']);
  assert.deepEqual(strangers('a hexagon', WORDS), ['hexagon']);
  assert.deepEqual(strangers('красный <b>круг</b>', WORDS), ['красный', 'b', 'круг']);
  assert.deepEqual(strangers('x x x', WORDS), ['x']);
  assert.deepEqual(strangers('anything', []), []);
});

test('a cell gets the line as it stands, and a link can bring one of its kind only', async () => {
  const { scope } = await runCells(
    { core },
    "const control = lab.text('a red circle', { words: ['a', 'red'], most: 20 }); let got; await lab.interact({ control }, ({ control }) => { got = control; });",
  );
  assert.equal(scope.got, 'a red circle');
  assert.ok(accepts(scope.control, 'ein roter Kreis'));
  for (const wrong of ['x'.repeat(21), 'a\nb', 'a\u202eb', 'a\u0000', 7, null, ['a']])
    assert.ok(!accepts(scope.control, wrong), JSON.stringify(wrong));
  await cellFails({ core }, /text = 3: it takes a line of at most 200 letters/, 'lab.text(3)');
  await cellFails({ core }, /it takes a line of at most 5 letters/, "lab.text('a red circle', { most: 5 })");
  await cellFails({ core }, /text has no option "word"|word/, "lab.text('a', { word: [] })");
});
