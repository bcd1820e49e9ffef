/** Paths: what a cell may hand over, where points are between frames, and the drawing that is saved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameAt, lengthsOf, placesAt } from '../../web/figures/parts/paths.js';
import { trajectoriesSvg } from '../../web/figures/trajectories.js';
import { sent } from './cells.mjs';

const A = '[lab.zeros([3, 2]), lab.full([3, 2], 1)]';

test('paths carry frames and times; what panels share reaches each of them', async () => {
  const { shown, error } = await sent(`const frames = [0, 1, 2].map((k) => lab.full([4, 2], k));
    lab.trajectories({ frames });
    const two = lab.trajectories({ times: [9, 5, 0], lines: 2, compare: lab.zeros([7, 2]), range: [-2, 2],
      panels: [{ title: 'a', frames }, { title: 'b', frames: frames.slice(0, 2), times: [9, 0] }] });
    two.update({ lines: 3 })`);
  assert.equal(error, '');
  const [one, two] = shown;
  assert.deepEqual([one.clock, one.panels[0].times], ['step', [0, 1, 2]]);
  assert.deepEqual(
    one.panels[0].frames.map((/** @type {Float32Array} */ frame) => [frame.length, frame[0]]),
    [
      [8, 0],
      [8, 1],
      [8, 2],
    ],
  );
  assert.deepEqual(
    [two.clock, two.lines, two.range, two.compare.length, two.panels[0].times, two.panels[1].times],
    ['t', 2, [-2, 2], 14, [9, 5, 0], [9, 0]],
  );
});

test('an update that is wrong leaves the paths as they were', async () => {
  const { updates, error } = await sent(`const f = lab.trajectories({ frames: ${A}, times: [5, 0] });
    let why = ''; try { f.update({ times: [5, 5] }) } catch (e) { why = e.message }
    await lab.tick(); f.update({ lines: 1 }); if (!/must rise/.test(why)) throw new Error('not refused: ' + why)`);
  assert.equal(error, '');
  assert.deepEqual([updates[0].lines, updates[0].clock, updates[0].panels[0].times], [1, 't', [5, 0]]);
});

for (const [source, says] of /** @type {[string, RegExp][]} */ ([
  ['lab.trajectories({})', /frames must be a list, got undefined/],
  ['lab.trajectories({ frames: [lab.zeros([3, 2])] })', /at least 2 frames, and frames has 1/],
  [
    'lab.trajectories({ frames: [lab.zeros([3, 2]), lab.zeros([4, 2])] })',
    /same points: one has 3, another 4/,
  ],
  ['lab.trajectories({ frames: [lab.zeros([0, 2]), lab.zeros([0, 2])] })', /at least one point/],
  ['lab.trajectories({ frames: [lab.zeros([3, 3]), lab.zeros([3, 3])] })', /a frame must be .*\[n, 2\]/],
  [`lab.trajectories({ frames: ${A}, times: [1, 2, 3] })`, /3 times for 2 frames/],
  [`lab.trajectories({ frames: ${A}, times: [1, NaN] })`, /times must rise from frame to frame, or fall/],
  [`lab.trajectories({ frames: ${A}, times: [1, null] })`, /times must rise from frame to frame, or fall/],
  [`lab.trajectories({ frames: ${A}, times: 'ab' })`, /times must be numbers/],
  [
    `lab.trajectories({ panels: [{ frames: ${A}, times: [0, 1] }, { frames: ${A}, times: [1, 0] }] })`,
    /rise in one/,
  ],
  [`lab.trajectories({ frames: ${A}, lines: 0 })`, /lines must be a whole number, 1 or more, got 0/],
  [`lab.trajectories({ frames: ${A}, colour: 'x0' })`, /trajectories knows no colour/],
  [`lab.trajectories({ panels: [] })`, /trajectories has no panels/],
  [
    'const f = lab.zeros([100000, 2]); lab.trajectories({ frames: Array.from({ length: 21 }, () => f) })',
    /21 frames of 100000 points are too many to draw: at most 2 million places a panel/,
  ],
]))
  test(`refused: ${source}`, async () => assert.match((await sent(source)).error, says));

test('a frame is found by its time, whether times rise or fall', () => {
  const falling = [1000, 600, 100, 0];
  assert.deepEqual(
    [1200, 1000, 800, 600, 50, 0, -5].map((t) => frameAt(falling, t)),
    [0, 0, 0.5, 1, 2.5, 3, 3],
  );
  assert.deepEqual(
    [-1, 0, 1, 3, 9].map((t) => frameAt([0, 2, 4], t)),
    [0, 0, 0.5, 1.5, 2],
  );
});

test('between two frames points are on the straight line from one to the other', () => {
  const frames = [Float32Array.of(0, 0, 1, 1), Float32Array.of(2, 0, 1, 5)];
  assert.equal(placesAt(frames, 1), frames[1]);
  assert.deepEqual([...placesAt(frames, 0.25)], [0.5, 0, 1, 2]);
});

test('a path is as long as its pieces, and its ends as far apart as they are', () => {
  const there = [0, 1, 0, 1].map((x) => Float32Array.of(x, 0, 3 * x, 4 * x));
  assert.deepEqual(lengthsOf(there), { path: (3 + 15) / 2, direct: (1 + 5) / 2 });
});

test('the drawing has the lines up to now, each in the colour of its time', () => {
  const frames = [0, 1, 2].map((k) => Float32Array.of(k, 0, k, 1));
  const css = (/** @type {string} */ name) =>
    ({ eps: 'rgb(200 0 0)', xt: 'rgb(0 200 0)', x0: 'rgb(0 0 200)' })[name] ?? name;
  const panels = [{ title: 'a < b', frames, times: [100, 50, 0] }];
  const whole = trajectoriesSvg({ panels, clock: 't' }, 0, css);
  assert.match(whole, /stroke="rgb\(200,0,0\)"/);
  assert.match(whole, /stroke="rgb\(0,200,0\)"/);
  assert.match(whole, /a &#60; b/);
  assert.equal(whole.match(/L/g)?.length, 4);
  const half = trajectoriesSvg({ panels, clock: 't' }, 40, css);
  assert.equal(half.match(/L/g)?.length, 2);
  const single = trajectoriesSvg({ panels, lines: 1, clock: 't' }, 0, css);
  assert.equal(single.match(/L/g)?.length, 2);
  assert.equal(single.match(/h0/g)?.length, 2, 'and both points where they are now');
});
