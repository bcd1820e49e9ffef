/** What is kept of a cell's pictures: how much that is, and what counts as such. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPicture, sizeOf } from '../../web/page/notebook/pictures.js';

test('the size of what is shown is about that of its numbers and texts, however deep they lie', () => {
  assert.equal(sizeOf(new Float32Array(1000)), 4000);
  assert.equal(sizeOf('four'), 8);
  const displays = [
    { id: 1, props: { panels: [{ frames: [new Float64Array(500), new Float64Array(500)] }] } },
  ];
  assert.ok(Math.abs(sizeOf(displays) - 8000) < 100);
  assert.ok(sizeOf(Array.from({ length: 1000 }, () => 0.5)) >= 8000);
  assert.equal(sizeOf(null), 8);
});

test('what lies in the storage counts as a picture only if it is one', () => {
  const display = { id: 5, target: 'data', at: 0, kind: 'text', props: { text: 'a' } };
  const picture = { format: 1, code: '3-abc', under: null, displays: [display] };
  assert.ok(isPicture(picture));
  assert.ok(
    isPicture({ ...picture, under: 'epoch 3 of 100', displays: [display, { ...display, target: 5 }] }),
  );
  const wrong = [
    undefined,
    null,
    7,
    'text',
    [],
    { ...picture, format: 2 },
    { ...picture, code: 3 },
    { ...picture, under: 3 },
    { ...picture, displays: null },
    { ...picture, displays: [null] },
    ...[{ id: '5' }, { target: null }, { at: 0.5 }, { kind: 3 }, { props: null }, { props: 'text' }].map(
      (part) => ({ ...picture, displays: [{ ...display, ...part }] }),
    ),
  ];
  for (const each of wrong) assert.equal(isPicture(each), false, JSON.stringify(each));
});
