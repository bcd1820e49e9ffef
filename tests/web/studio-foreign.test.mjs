/** Code of somebody else's: it stays so through edits and reloads, and the one way to the worker is shut to it. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { defaults, patched } from '../../web/kernel/studio/config.js';

/** @type {Map<string, string>} */
const kept = new Map();
/** @type {any[]} */
const posted = [];
Object.assign(globalThis, {
  window: globalThis,
  localStorage: {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
  },
  location: { search: '', href: 'http://localhost/' },
  Worker: class {
    postMessage(/** @type {any} */ message) {
      posted.push(message);
    }
    terminate() {}
  },
});
if (!('navigator' in globalThis))
  Object.assign(globalThis, { navigator: { hardwareConcurrency: 2, userAgent: 'a test' } });
const { State } = await import('../../web/page/studio/state.js');
const { StudioWorker } = await import('../../web/page/studio/client.js');

const theirs = 'their code';
const code = (/** @type {string} */ text) => ({
  network: { kind: /** @type {const} */ ('code'), code: text },
});

/** As it is when a file has brought it. */
function arrived() {
  const state = new State();
  state.distrust(theirs, 'a link');
  state.set(code(theirs));
  return state;
}
afterEach(() => kept.clear());

test('changed, laid aside for blocks, or after a reload it is still somebody else’s', () => {
  const state = arrived();
  assert.equal(state.originOf(state.get()), 'a link');
  state.set({ network: { code: `${theirs} ` } });
  assert.equal(state.originOf(state.get()), 'a link');
  state.set({ network: { kind: 'mlp' } });
  assert.equal(state.originOf(state.get()), '');
  state.save();
  const later = new State();
  later.set({ network: { kind: 'code' } });
  assert.equal(later.originOf(later.get()), 'a link');
  later.save();
});

test('what the reader writes is the reader’s, and so is theirs once it may run', () => {
  const state = arrived();
  state.set({ network: { kind: 'mlp', code: '' } });
  state.set(code('my own'));
  assert.equal(state.originOf(state.get()), '');
  state.set(code(theirs));
  assert.equal(state.originOf(state.get()), 'a link');
  state.trust(theirs);
  assert.equal(state.originOf(state.get()), '');
  assert.equal(new State().originOf(state.get()), '');
});

test('what the reader lets run is one code: others stay shut out, also while they are laid aside', () => {
  const state = arrived();
  state.distrust('another', 'a file');
  state.set({ network: { kind: 'mlp' } });
  state.trust('another');
  assert.equal(state.distrusted('another'), '');
  state.set({ network: { kind: 'code' } });
  assert.equal(state.originOf(state.get()), 'a link');
});

test('no question with settings of distrusted code comes to the worker', async () => {
  const state = arrived();
  const worker = new StudioWorker(
    'exact',
    () => {},
    (config) => state.originOf(config) && 'not yet',
  );
  const before = posted.length;
  const config = state.get();
  await assert.rejects(worker.ask({ type: 'train', config, checkpoint: null }), /not yet/);
  await assert.rejects(worker.ask({ type: 'measure', config }), /not yet/);
  assert.equal(posted.length, before);
  worker.ask({ type: 'measure', config: patched(defaults(), {}) });
  assert.equal(posted.length, before + 1);
  state.trust(theirs);
  worker.ask({ type: 'train', config, checkpoint: null });
  assert.equal(posted.length, before + 2);
});
