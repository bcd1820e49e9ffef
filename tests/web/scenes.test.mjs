// lab.scenes: pictures and captions, the words of text boxes, and what is said of a picture.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {...string} sources */
const run = (...sources) => runCells({ core }, ...sources);
/** @param {RegExp} pattern @param {...string} sources */
const fails = (pattern, ...sources) => cellFails({ core }, pattern, ...sources);

test('scenes come with captions, tokens and objects, and are read as they are told', async () => {
  const { scope } = await run(`lab.seed(42);
    const scenes = lab.scenes({ n: 100, most: 3, generator: lab.generator(42) });
    const again = lab.tokens(scenes.captions);
    const agree = lab.scene_agree(scenes.images, scenes.captions);
    const seen = lab.scene_fit(scenes.images);
    const others = lab.scene_agree(scenes.images.slice(0, 50), scenes.captions.slice(50));`);
  const { scenes, again, agree, others, seen } = scope;
  assert.deepEqual(scenes.images.shape, [100, 3, 32, 32]);
  assert.deepEqual(scenes.objects.shape, [100, 4, 6]);
  assert.deepEqual(seen.shape, [100, 4, 6]);
  assert.deepEqual(again.data, scenes.tokens.data);
  assert.match(scenes.captions[0], /^(a|two|three)( small| large)? \w+ (circle|square|triangle)s?( |$)/);
  assert.equal(agree.filter((/** @type {any} */ { all }) => all).length, 100);
  assert.ok(others.filter((/** @type {any} */ { all }) => all).length < 10);
});

test('what is left out is not drawn, or only that', async () => {
  const { scope } = await run(`
    const given = { n: 200, leave_out: ['purple triangle', 'red circle'], generator: lab.generator(1) };
    const without = lab.scenes(given).captions, only = lab.scenes({ ...given, only: true }).captions;
    const pattern = /purple triangle|red circle/;
    const counts = [without, only].map((list) => list.filter((each) => pattern.test(each)).length);`);
  assert.equal(scope.counts[0], 0);
  assert.ok(scope.counts[1] >= 180, `${scope.counts[1]}: the rest are counted, two red circles`);
});

test('words that are none are named, in any script', async () => {
  await fails(/"purpel" is not among the words: a two three small/, "lab.tokens('a purpel circle')");
  await fails(/"красный" is not among the words/, "lab.tokens('a красный circle')");
  await fails(/"圆形" is not among the words/, "lab.tokens('圆形')");
  await fails(/"\u{1F534}" is not among/u, "lab.tokens('a \u{1F534}')");
  await fails(/without a word/, "lab.tokens('')");
  await fails(/a caption of 5000 words: it has at most 12/, "lab.tokens('red '.repeat(5000))");
  await fails(/"script" is not among/, "lab.tokens('<script>alert(1)</script>')");
  await fails(/takes a caption or a list of captions, got null/, 'lab.tokens(null)');
  await fails(/at least one caption/, 'lab.tokens([])');
  const { scope } = await run("const same = lab.captions(lab.tokens('A  RED, Circle!'));");
  assert.deepEqual(scope.same, ['a red circle']);
});

test('what scenes do not take is said in a sentence', async () => {
  await fails(/scenes takes? .*"colour"|colour/, 'lab.scenes({ colour: 3 })');
  await fails(/scenes of 1 to 4 shapes: it takes 1 to 3/, 'lab.scenes({ most: 4 })');
  await fails(/none may stay/, "lab.scenes({ leave_out: ['circle', 'square', 'triangle'] })");
  await fails(/3,32,32|3, 32, 32/, 'lab.scene_fit(lab.zeros([2, 1, 32, 32]))');
  await fails(/2 pictures and 1 captions/, "lab.scene_agree(lab.zeros([2, 3, 32, 32]), 'a red circle')");
  await fails(/names nothing/, "lab.scene_agree(lab.zeros([1, 3, 32, 32]), 'the of')");
});
