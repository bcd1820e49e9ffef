/** What a cell may do, throw or keep, and the kernel stays a kernel. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { memoryStorage } from '../../web/kernel/storage.js';
import { watched } from '../../web/kernel/trap.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();

/** Runs a cell as the page would: `done` must come, with all that can be sent. @param {string} source */
async function runHostile(source) {
  const { kernel, messages } = await createKernel({ core });
  const post = kernel.displays.post;
  // As a port does.
  kernel.post = kernel.displays.post = (message) => post(structuredClone(message));
  await kernel.run('c', source);
  const done = messages.filter((message) => message.type === 'done');
  assert.equal(done.length, 1, source);
  const shown = messages.find((message) => message.type === 'show' && message.kind === 'error');
  assert.ok(shown, `${source}: shown`);
  assert.equal(await kernel.run('d', '1 + 1'), null);
  return done[0].type === 'done' ? done[0].error : null;
}

test('whatever a cell throws, it ends, and the reader is told', async () => {
  const thrown = [
    ['throw Object.create(null)', /cannot be shown/],
    ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy', /cannot be shown/],
    ['const e = new Error("a"); e.message = 5; throw e', /cannot be shown/],
    ['const e = new Error("a"); e.name = Symbol("x"); throw e', /^a$/],
    ['const e = new Error("a"); e.stack = { match: 1 }; throw e', /^a$/],
    ['const e = new Error("a"); Object.defineProperty(e, "name", { get() { throw e } }); throw e', /^a$/],
    [
      'const e = new Error("a"); Object.defineProperty(e, "message", { get() { throw e } }); throw e',
      /shown/,
    ],
    ['throw { toString() { throw 1 } }', /cannot be shown/],
    ['throw undefined', /undefined/],
    ['throw Symbol("s")', /Symbol\(s\)/],
    ['lab.progress(1, 2, () => {})', /lab.progress takes/],
    ['lab.progress(1n, 2)', /lab.progress takes/],
    ['await lab.check(Symbol("x"), true)', /not of a symbol/],
    ['lab.interact({ a: lab.choice({ a: () => {} }) }, () => {})', /not of a function/],
    ['lab.print(1); lab.table([{ a: Promise.resolve() }]); new WeakMap()', null],
    ['const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); proxy', /revoked/],
  ];
  for (const [source, message] of thrown) {
    if (message === null) continue;
    const error = await runHostile(/** @type {string} */ (source));
    assert.match(error?.message ?? '', /** @type {RegExp} */ (message), String(source));
    assert.equal(typeof error?.name, 'string');
  }
});

test('a cell cannot import, in whatever way it is written', async () => {
  for (const source of [
    'await import("data:text/javascript,1")',
    'await import /* x */ ("data:text/javascript,1")',
    'await import // x\n("data:text/javascript,1")',
    'await import\u2028("data:text/javascript,1")',
    // The engine takes "<!--" for a comment to the end of the line; a parser of modules does not, and sees one from "/*" on.
    'let a = 1, b = 2;\na<!--b/*\nawait import("data:text/javascript,1")//*/',
    'import.meta',
  ]) {
    const { kernel } = await createKernel({ core });
    const error = await kernel.run('c', source);
    assert.equal(error?.name, 'SyntaxError', source);
    assert.match(error?.message ?? '', /cannot import|import.meta|Unexpected/, source);
  }
  const { kernel } = await createKernel({ core });
  assert.equal(
    await kernel.run('c', '// important: import what you like\nconst imported = 1; imported'),
    null,
  );
});

test('a prepared cell is no way around it', async () => {
  const { kernel } = await createKernel({ core });
  const code = 'return import("data:text/javascript,1")';
  assert.match((await kernel.run('c', '', { code, names: [] }))?.message ?? '', /cannot import/);
});

test('in a locked realm nothing leads out, and code is not made from text', async () => {
  const source = (
    await readFile(new URL('../../web/kernel/lockdown.js', import.meta.url), 'utf8')
  ).replaceAll(/^export /gm, '');
  const context = createContext({});
  // A worker's global object, in the small: own names, inherited ones, an interface with an object of it.
  runInContext(
    `class Worker { constructor(from) { this.from = from } }
    globalThis.Worker = Worker; globalThis.pool = [new Worker()]; Array.pool = globalThis.pool;
    const parent = { fetch() {}, get indexedDB() { return 1 }, somethingNew: 1, postMessage() {} };
    Object.setPrototypeOf(Object.getPrototypeOf(globalThis) === Object.prototype ? globalThis : Object.getPrototypeOf(globalThis), parent);
    globalThis.caches = {}; globalThis.navigator = { storage: 1, hardwareConcurrency: 3 };
    globalThis.setTimeout = (act) => act(); globalThis.setInterval = globalThis.setTimeout;
    { ${source}; lockDown(globalThis); }`,
    context,
  );
  const locked = (/** @type {string} */ code) => {
    try {
      return String(runInContext(code, context));
    } catch (error) {
      return `${/** @type {Error} */ (error).name}`;
    }
  };
  for (const name of 'fetch indexedDB caches somethingNew Worker postMessage pool eval Function'.split(' '))
    assert.equal(locked(`typeof globalThis.${name}`), 'undefined', name);
  assert.equal(locked('Array.pool[0].constructor'), 'undefined');
  assert.equal(locked('navigator.storage'), 'undefined');
  assert.equal(locked('navigator.hardwareConcurrency'), '3');
  for (const kind of ['() => 1', 'async () => 1', 'function* () {}', 'async function* () {}'])
    assert.equal(locked(`(${kind}).constructor('return 1')`), 'EvalError', kind);
  // What it inherits from is Function.prototype, which does nothing.
  assert.equal(locked('Object.getPrototypeOf((async () => 1).constructor)("return 1")'), 'undefined');
  assert.equal(locked('setTimeout("1")'), 'TypeError');
  assert.equal(locked('let x = 0; setTimeout(() => { x = 1 }); x'), '1');
  assert.equal(locked('delete globalThis.setTimeout'), 'false');
});

test('a trap ends the kernel: told once, and nothing of it is called again', async () => {
  // (func (export "f") unreachable) (func (export "g"))
  const bytes = Uint8Array.of(
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 3, 2, 0, 0],
    ...[7, 9, 2, 1, 102, 0, 0, 1, 103, 0, 1, 10, 8, 2, 3, 0, 0, 11, 2, 0, 11],
  );
  const { instance } = await WebAssembly.instantiate(bytes);
  /** @type {string[]} */
  const told = [];
  const exports = /** @type {Record<string, () => void>} */ (
    watched(instance.exports, (why) => told.push(why))
  );
  exports.g();
  assert.deepEqual(told, []);
  assert.throws(() => exports.f(), WebAssembly.RuntimeError);
  assert.throws(() => exports.g(), WebAssembly.RuntimeError);
  assert.equal(told.length, 1);
  assert.match(told[0], /RuntimeError: unreachable/);
  const unwinding = watched({ f: () => assert.fail('not reached') }, () => {});
  assert.equal(typeof unwinding.f, 'function');

  const { kernel, messages } = await createKernel({ core });
  kernel.cell = 'c';
  kernel.trapped(told[0]);
  assert.deepEqual(messages, [{ type: 'trapped', cell: 'c', why: told[0] }]);
});

const MODEL = 'const model = lab.SimpleNoisePredictor({ hidden_dim: 8 });';
const KEEP = "await lab.store.save('m', model, { steps: 1 });";
const SPOIL =
  "const state = model.state_dict(); state['net.0.weight'].data[3] = NaN; model.load_state_dict(state);";

test('weights that are not finite never take the place of good ones', async () => {
  const storage = memoryStorage();
  const { kernel, messages } = await createKernel({ core, storage });
  assert.equal(await kernel.run('a', MODEL + KEEP), null);
  const good = await storage.get('model:m');
  assert.equal(await kernel.run('b', SPOIL), null);
  assert.match((await kernel.run('c', KEEP))?.message ?? '', /not finite/);
  assert.equal(await storage.get('model:m'), good);
  assert.deepEqual(
    messages.flatMap((message) => (message.type === 'kept' ? [message.how] : [])),
    ['kept'],
  );
});

test('a damaged record counts as none, and that is said', async () => {
  const storage = memoryStorage();
  const { kernel } = await createKernel({ core, storage });
  await kernel.run('a', MODEL + KEEP);
  const good = await storage.get('model:m');
  const nan = good.weights.slice();
  new DataView(nan.buffer).setFloat32(nan.length - 4, Number.NaN, true);
  const damaged = [
    null,
    5,
    'model',
    {},
    { ...good, config: null },
    { ...good, config: { kind: 'no such thing' } },
    { ...good, config: { ...good.config, hidden_dim: 9 } },
    { ...good, weights: nan },
    { ...good, weights: good.weights.slice(0, 99) },
    { ...good, weights: 'text' },
    { ...good, info: null },
    { ...good, saved: 'yesterday' },
    { ...good, rng_state: null },
    { ...good, adam: 3 },
  ];
  for (const record of damaged) {
    await storage.update([], () => [['model:m', record]]);
    const { kernel: fresh, messages } = await createKernel({ core, storage });
    assert.equal(
      await fresh.run('a', "const kept = await lab.store.load('m'); const info = await lab.store.info('m')"),
      null,
    );
    assert.equal(fresh.evaluator.scope.info, undefined);
    assert.equal(fresh.evaluator.scope.kept, undefined, JSON.stringify(record)?.slice(0, 99));
    const told = messages.flatMap((message) => (message.type === 'kept' ? [message.how] : []));
    assert.deepEqual(told, ['damaged', 'damaged']);
  }
});
