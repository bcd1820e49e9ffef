/** When the studio looks at what trains: also at its end, whenever that comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watch } from '../../web/page/studio/runs/watch.js';

test('a run that ends while one looks at it is looked at once more, and then no more', async () => {
  /** @type {() => void} */
  let tell = () => {};
  const studio = {
    phase: /** @type {'training' | 'idle'} */ ('training'),
    isLive: true,
    /** @param {string} _ @param {() => void} fn */
    on(_, fn) {
      tell = fn;
      return () => {};
    },
  };
  /** @type {(() => void)[]} */
  const looks = [];
  watch(studio, 0, () => new Promise((resolve) => looks.push(resolve)));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  tell();
  tell();
  assert.equal(looks.length, 1, 'one look at a time');
  studio.phase = 'idle';
  tell();
  assert.equal(looks.length, 1);
  looks[0]();
  await turn();
  assert.equal(looks.length, 2, 'the end');
  looks[1]();
  await turn();
  tell();
  await turn();
  assert.equal(looks.length, 2);
});
