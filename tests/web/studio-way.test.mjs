/** The way of a row's samples, as its figure takes it: each kind by steps, and whatever is shown fits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayProps } from '../../web/page/studio/samples/way.js';

/** @param {number[]} steps @param {(step: number) => number[]} x */
const framesOf = (steps, x) => steps.map((step) => ({ t: 0, step, x: Float32Array.from(x(step)) }));

test('points go along paths, by the steps that were taken, in a plane that holds the widest frame', () => {
  const frames = framesOf([0, 3, 10], (step) => (step === 3 ? [4, 4, -4, -4] : [1, 0, -1, 0]));
  const { panels, clock, range } = wayProps({ kind: 'points', shape: [2] }, frames, 'DDIM');
  assert.equal(clock, 'step');
  assert.equal(panels.length, 1);
  assert.deepEqual(panels[0].times, [0, 3, 10]);
  assert.deepEqual([...panels[0].frames[1]], [4, 4, -4, -4]);
  assert.ok(range[1] >= 4 && range[0] === -range[1], `${range}`);
});

test('pictures are frames of a player, each with the step it was made in', () => {
  const frames = framesOf([0, 2, 5], (step) => new Array(2 * 9).fill(step / 5));
  const { labels, panels } = wayProps({ kind: 'pictures', shape: [1, 3, 3] }, frames, 'DDPM');
  assert.deepEqual(labels, ['step 0 of 5', 'step 2 of 5', 'step 5 of 5']);
  assert.deepEqual(
    panels[0].frames.map((/** @type {any} */ { images }) => images.shape),
    [0, 1, 2].map(() => [2, 1, 3, 3]),
  );
  assert.equal(panels[0].frames[2].images.data[17], 1);
});

test('series are lines whose axis stays as it is while they change', () => {
  const frames = framesOf([0, 1], (step) => (step === 0 ? [-3, 2, 0, 1] : [0, 0.5, 1, 1]));
  /** @type {import('../../web/page/studio/show.js').Like} */
  const like = { kind: 'series', shape: [1, 4] };
  const props = wayProps(like, frames, 'Euler');
  assert.deepEqual(props.range, [-3, 2]);
  assert.deepEqual(props.frames[1], [
    [0, 1, 2, 3],
    [0, 0.5, 1, 1],
  ]);
  assert.equal(props.labels.length, 2);
  const flat = wayProps(
    like,
    framesOf([0, 1], () => [0, 0, 0, 0]),
    'Euler',
  );
  assert.deepEqual(flat.range, [-1, 1]);
});
