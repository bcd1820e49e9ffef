/** Kept models: several tabs, no room, and what PyTorch is told. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { exchange, forget, keyOf, memoryStorage, place } from '../../web/kernel/storage.js';
import { snippet } from '../../web/page/notebook/weights.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { until } from './cells.mjs';

/** @typedef {import('../../web/kernel/storage.js').Storage} Storage */

const core = await loadCore();

/** A tab: runs cells, and gives what the page is told of kept models. @param {Storage} storage */
async function openTab(storage) {
  const { kernel, messages } = await createKernel({ core, storage });
  /** @param {string} source */
  async function run(source) {
    const error = await kernel.run('c', source);
    assert.equal(error, null, error?.message);
  }
  return {
    save: (/** @type {number} */ steps) =>
      run(`await lab.store.save('m', lab.SimpleNoisePredictor({ hidden_dim: 8 }), { steps: ${steps} })`),
    /** Of the model that a lesson loads. */
    async steps() {
      await run("const { info } = await lab.store.load('m')");
      return kernel.evaluator.scope.info.steps;
    },
    told: () => messages.splice(0).flatMap((message) => (message.type === 'kept' ? [message.how] : [])),
  };
}

/** The next millisecond but one: tabs and saves are ordered by the clock. */
const later = () => {
  const now = Date.now();
  return until(() => Date.now() > now + 1);
};

/** Storage whose keys can be looked at. */
function openStorage() {
  const storage = memoryStorage();
  /** @type {Map<string, any>} */
  const seen = new Map();
  /** @type {Storage} */
  const watched = {
    get: storage.get,
    update: (keys, act) =>
      storage.update(keys, (values) => {
        const entries = act(values);
        for (const [key, value] of entries) {
          if (value === undefined) seen.delete(key);
          else seen.set(key, value);
        }
        return entries;
      }),
  };
  const aside = () => [...seen.keys()].filter((key) => key.startsWith('aside:'));
  return { storage: watched, aside, steps: () => aside().map((key) => seen.get(key).info.steps) };
}

test('what another tab saved meanwhile is laid aside, not overwritten', async () => {
  const { storage, steps } = openStorage();
  const [a, b, c] = [await openTab(storage), await openTab(storage), await openTab(storage)];
  await a.save(1);
  assert.deepEqual(a.told(), ['kept']);
  await b.save(2);
  assert.deepEqual(b.told(), ['beside']);
  assert.deepEqual(steps(), [1]);
  await c.save(3);
  assert.deepEqual(steps().sort(), [1, 2], 'three tabs, three models');
  assert.equal(await c.steps(), 3);
  // Its newer model takes the place of its older one.
  await a.save(4);
  assert.deepEqual(a.told(), ['beside']);
  assert.deepEqual(steps().sort(), [2, 3]);
  await a.save(5);
  assert.deepEqual(a.told(), ['kept']);
  assert.deepEqual(steps().sort(), [2, 3]);
});

test('a model of an earlier visit, or one that was loaded, is replaced as ever', async () => {
  const { storage, steps } = openStorage();
  const earlier = await openTab(storage);
  await earlier.save(1);
  await later();
  const tab = await openTab(storage);
  await tab.save(2);
  await later();
  await earlier.steps();
  earlier.told();
  await earlier.save(3);
  assert.deepEqual(earlier.told(), ['kept']);
  assert.deepEqual(steps(), []);
});

test('the reader chooses which one the lessons load, and deletes the other', async () => {
  const { storage, aside, steps } = openStorage();
  const [a, b] = [await openTab(storage), await openTab(storage)];
  await a.save(1);
  await b.save(2);
  await exchange(storage, aside()[0]);
  assert.deepEqual(steps(), [2]);
  assert.equal(await (await openTab(storage)).steps(), 1);
  // The choice is no less the reader's than a save.
  await b.save(3);
  assert.deepEqual(steps(), [1]);
  await forget(storage, aside()[0]);
  assert.deepEqual(steps(), []);
  assert.equal(await b.steps(), 3);
});

test('of checkpoints that follow each other, only each few seconds one is kept, and training goes on from it bit for bit', async () => {
  const { kernel, messages } = await createKernel({ core, storage: memoryStorage() });
  const run = async (/** @type {string} */ source) => {
    const error = await kernel.run('c', source);
    assert.equal(error, null, error?.message);
  };
  await run(`const schedule = lab.schedule('cosine', { T: 100 }), data = lab.swiss_roll({ n: 256 }).float();
    const model = lab.SimpleNoisePredictor({ hidden_dim: 16 }), trainer = lab.Trainer({ model, schedule, data });
    const kept = [];
    for (let epoch = 1; epoch <= 3; epoch++) {
      await trainer.epoch();
      kept.push(await lab.store.checkpoint('t', trainer, { epoch }));
    }
    const { info } = await lab.store.load('t');`);
  const { scope } = kernel.evaluator;
  assert.deepEqual([...scope.kept], [true, false, false]);
  assert.equal(scope.info.epoch, 1);
  assert.equal(messages.filter(({ type }) => type === 'kept').length, 1);
  const { now } = performance;
  try {
    performance.now = () => now.call(performance) + 3001;
    await run(`await trainer.epoch(); const again = await lab.store.checkpoint('t', trainer, { epoch: 4 });
      const loss = (await trainer.epoch()).loss;`);
  } finally {
    performance.now = now;
  }
  assert.equal(scope.again, true);
  await run(`const old = await lab.store.load('t');
    const other = lab.Trainer({ model: old.model, schedule, data });
    other.load(old.trainer);
    const loss_again = (await other.epoch()).loss;`);
  assert.equal(scope.info.epoch, 1);
  assert.equal(scope.old.info.epoch, 4);
  assert.equal(scope.loss_again, scope.loss);
});

test('without room the model stays in this kernel, what lay there before stays too, and later it is kept', async () => {
  const { storage } = openStorage();
  let full = false;
  const tab = await openTab({
    get: storage.get,
    update: async (keys, act) => {
      if (full) throw new DOMException('no room', 'QuotaExceededError');
      await storage.update(keys, act);
    },
  });
  await tab.save(1);
  full = true;
  await tab.save(2);
  assert.deepEqual(tab.told(), ['kept', 'full']);
  assert.equal(await tab.steps(), 2);
  assert.equal(await (await openTab(storage)).steps(), 1);
  full = false;
  await tab.save(3);
  assert.deepEqual(tab.told(), ['kept']);
  assert.equal(await (await openTab(storage)).steps(), 3);
});

test('where nothing is kept, that is told', async () => {
  const tab = await openTab({ ...memoryStorage(), fleeting: true });
  await tab.save(1);
  assert.deepEqual(tab.told(), ['fleeting']);
});

test('the PyTorch that loads a model names the class and a file that can be imported', () => {
  assert.equal(
    snippet('mini-unet', 'exercise-8'),
    `from exercise_8 import MiniUNet, load_safetensors

model = MiniUNet()
model.load_state_dict(load_safetensors("exercise-8.safetensors")[0], strict=True)`,
  );
  assert.match(snippet('network', '8'), /^from _8 import Network, /);
});

/** The tensors of a safetensors file: shape and bytes by name. @param {Uint8Array} file */
function tensorsOf(file) {
  const bytes = Buffer.from(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...head } = JSON.parse(bytes.subarray(8, start).toString());
  const each = Object.entries(head).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => [name, { dtype, shape, data: bytes.subarray(start + from, start + to).toString('hex') }],
  );
  return Object.fromEntries(each);
}

test('what PyTorch wrote comes back with its own names, shapes and bits', async () => {
  const theirs = readFileSync(new URL('../golden/predictor_h20_init.safetensors', import.meta.url));
  const { kernel } = await createKernel({ core });
  await kernel.run('a', 'const model = lab.SimpleNoisePredictor({ hidden_dim: 20 })');
  const { model } = kernel.evaluator.scope;
  assert.notDeepEqual(tensorsOf(model.save()), tensorsOf(theirs));
  model.load(new Uint8Array(theirs));
  assert.deepEqual(tensorsOf(model.save()), tensorsOf(theirs));
});

test('each save is placed after the one before, whatever the clock says', async () => {
  const storage = memoryStorage();
  const saved = /** @type {any} */ ({ tab: 'a' });
  const placed = async () => (await storage.get(keyOf('m'))).placed;
  await place(storage, 'm', saved, 0);
  const first = await placed();
  await place(storage, 'm', saved, first);
  assert.ok((await placed()) > first);
  const ahead = Date.now() + 1e9;
  await storage.update([], () => [[keyOf('m'), { tab: 'a', placed: ahead }]]);
  await place(storage, 'm', saved, ahead);
  assert.equal(await placed(), ahead + 1);
});
