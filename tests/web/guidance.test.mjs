/** Guidance as vectors: what a cell may hand over, the three arrows at a place, and the drawing that is saved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrowsAt, guidanceSvg } from '../../web/figures/guidance.js';
import { sent } from './cells.mjs';

const BOTH = 'without: lab.zeros([16, 2]), with: lab.full([16, 2], 1)';

/** The same vector at 4 x 4 places. @param {number} x @param {number} y */
const even = (x, y) => ({
  shape: [16, 2],
  data: Float32Array.from({ length: 32 }, (_, i) => (i % 2 ? y : x)),
});
/** @type {import('../../web/figures/guidance.js').Options} */
const OPTIONS = {
  without: even(0.25, 0),
  with: even(0.5, 0.5),
  labels: ['a', 'b', 'c'],
  scale: 2,
  scales: [0, 8],
  at: [0, 0],
  range: [-2, 2],
};

test('guidance carries both answers, and the defaults; a wrong update leaves it as it was', async () => {
  const { shown, updates, error } = await sent(`const g = lab.guidance({ ${BOTH} });
    let why = ''; try { g.update({ scale: 9 }) } catch (e) { why = e.message }
    await lab.tick(); g.update({ title: 'b' }); if (!/scale must be from 0 to 8, got 9/.test(why)) throw new Error(why)`);
  assert.equal(error, '');
  const [{ without, scale, scales, range, labels, at }] = shown;
  assert.deepEqual([without.shape, scale, scales, range, labels.length], [[16, 2], 2, [0, 8], [-3, 3], 3]);
  assert.ok(at.every((/** @type {number} */ v) => v > -3 && v < 3));
  assert.deepEqual([updates[0].title, updates[0].scale, updates[0].with.data[0]], ['b', 2, 1]);
});

for (const [source, says] of /** @type {[string, RegExp][]} */ ([
  ['lab.guidance({})', /guidance needs without, a tensor/],
  ['lab.guidance({ without: lab.zeros([16, 2]) })', /guidance needs with, a tensor/],
  ['lab.guidance({ without: lab.zeros([16, 2]), with: lab.zeros([9, 2]) })', /same places: 16 vectors and 9/],
  ['lab.guidance({ without: lab.zeros([15, 2]), with: lab.zeros([15, 2]) })', /n x n places/],
  ['lab.guidance({ without: lab.zeros([16, 2]), with: lab.full([16, 2], NaN) })', /with must be finite/],
  [`lab.guidance({ ${BOTH}, scale: NaN })`, /scale must be a number, got/],
  [`lab.guidance({ ${BOTH}, scale: -1 })`, /scale must be from 0 to 8, got -1/],
  [`lab.guidance({ ${BOTH}, scales: [2, 1] })`, /scales must be two numbers \[low, high\]/],
  [`lab.guidance({ ${BOTH}, labels: ['a'] })`, /labels names 3 arrows, without, with and guided, got 1/],
  [`lab.guidance({ ${BOTH}, at: [1] })`, /at is a place \[x, y\], got a list of 1/],
  [`lab.guidance({ ${BOTH}, at: [1, 9] })`, /at must lie in the square from -3 to 3, got \[1, 9\]/],
  [`lab.guidance({ ${BOTH}, w: 2 })`, /guidance knows no w/],
]))
  test(`refused: ${source}`, async () => assert.match((await sent(source)).error, says));

test('w = 0 is the answer without class, w = 1 the one with it, and beyond it goes on in a line', () => {
  for (const [w, x, y] of [
    [0, 0.25, 0],
    [1, 0.5, 0.5],
    [3, 1, 1.5],
  ])
    assert.deepEqual(arrowsAt(OPTIONS, [0.3, -0.7], w), [
      [0.25, 0],
      [0.5, 0.5],
      [x, y],
    ]);
});

test('the drawing has three arrows, the line through their tips, and the field', () => {
  const css = (/** @type {string} */ name) =>
    ({ eps: 'rgb(1 2 3)', x0: 'rgb(4 5 6)', axis: 'rgb(7 8 9)' })[name] ?? 'rgb(0 0 0)';
  const svg = guidanceSvg(OPTIONS, [0, 0], 2, css);
  // The tips: (0.25, 0), (0.5, 0.5) and (0.75, 1), 85 units of the drawing each; the place is its middle.
  assert.match(svg, /M170\.0 170\.0L191\.3 170\.0[^"]*" fill="none" stroke="rgb\(7 8 9\)" stroke-width="2"/);
  assert.match(svg, /M170\.0 170\.0L212\.5 127\.5[^"]*" fill="none" stroke="rgb\(4 5 6\)" stroke-width="2"/);
  assert.match(svg, /M170\.0 170\.0L233\.8 85\.0[^"]*" fill="none" stroke="rgb\(1 2 3\)" stroke-width="3"/);
  assert.match(svg, /M191\.3 170\.0L233\.8 85\.0" stroke="rgb\(7 8 9\)" stroke-dasharray/);
  assert.equal(svg.match(/stroke-width="1"/g)?.length, 16);
});
