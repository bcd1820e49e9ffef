import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, detect, startFirst } from '../../web/kernel/features.js';
import { measureThreads, mostUseful } from '../../web/kernel/threads.js';
import { loadCore } from '../notebooks/node-kernel.mjs';

const everything = { simd: true, relaxed: true, threads: true, cores: 2 };
/** @param {Partial<import('../../web/kernel/features.js').Features>} features @param {number} [wanted] */
const names = (features, wanted) =>
  choose({ ...everything, ...features }, wanted).map(({ name, threads }) => `${name} ${threads}`);

test('the fastest module that the browser can run comes first, simpler ones after it', () => {
  assert.deepEqual(names({}), ['relaxed-threads 2', 'relaxed 1', 'simd128 1']);
  assert.deepEqual(names({ relaxed: false }), ['simd128-threads 2', 'simd128 1']);
  assert.deepEqual(names({ threads: false }), ['relaxed 1', 'simd128 1']);
  assert.deepEqual(names({ threads: false, relaxed: false }), ['simd128 1']);
});

test('one thread for each core, four at most unless more are asked for, eight in any case', () => {
  assert.equal(names({ cores: 1 })[0], 'relaxed 1');
  assert.equal(names({ cores: 3 })[0], 'relaxed-threads 3');
  assert.equal(names({ cores: 32 })[0], 'relaxed-threads 4');
  assert.equal(names({ cores: 32 }, 6)[0], 'relaxed-threads 6');
  assert.equal(names({ cores: 32 }, 99)[0], 'relaxed-threads 8');
  assert.equal(names({}, 1)[0], 'relaxed 1');
});

test('this Node has SIMD and is not isolated', () => {
  const { simd, threads, cores } = detect();
  assert.equal(simd, true);
  assert.equal(threads, false);
  assert.ok(cores >= 1);
});

test('a module that does not start is passed over', async () => {
  const begin = async (/** @type {{name: string}} */ { name }) => {
    if (name !== 'simd128') throw new Error(`no ${name} today`);
    return 'wasm';
  };
  const { wasm, name, passed } = await startFirst(choose(everything), begin);
  assert.equal(wasm, 'wasm');
  assert.equal(name, 'simd128');
  assert.deepEqual(passed, ['relaxed-threads: no relaxed-threads today', 'relaxed: no relaxed today']);
});

test('when nothing starts, the reader is told what to do', async () => {
  const begin = async () => {
    throw new Error('file missing');
  };
  await assert.rejects(startFirst(choose(everything), begin), /Reload the page.*simd128: file missing/);
  await assert.rejects(startFirst(choose({ ...everything, simd: false }), begin), /Safari 16.4/);
});

test('a browser without WebAssembly is told which ones have it', async () => {
  const { WebAssembly: there } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    assert.deepEqual(choose(detect()), []);
    await assert.rejects(
      startFirst(choose(detect()), async () => assert.fail('nothing is begun')),
      /cannot run the lessons.*Firefox 89/,
    );
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', { value: there, writable: true, configurable: true });
  }
});

test('more threads are taken where they help, not where they are reported', () => {
  const took = (/** @type {number[]} */ ...ms) =>
    mostUseful(ms.map((each, i) => ({ threads: 2 ** i, ms: each })));
  assert.equal(took(12, 15, 26), 1);
  assert.equal(took(12, 7, 4), 4);
  assert.equal(took(12, 7, 6.9), 2, 'a little is not worth a thread');
  assert.equal(took(12, 13, 7), 4);
  assert.equal(took(12, 11.5, 11), 1);
  assert.equal(took(), 1);
});

test('the measurement runs on the module itself', async () => {
  const { wasm } = await loadCore();
  assert.equal(measureThreads(wasm, 1, 'exact'), 1);
});
