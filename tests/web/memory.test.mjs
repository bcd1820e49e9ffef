// The lives of the core's objects.

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { build } from 'vite';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells, until } from './cells.mjs';

const SETUP = `const schedule = lab.schedule('linear', { T: 10 }), m = lab.SimpleNoisePredictor({ hidden_dim: 8 });
  const trainer = lab.Trainer({ model: m, schedule, data: lab.randn([8, 2]), batch_size: 4 });`;

test('what another object uses cannot be ended; what has ended cannot be used', async () => {
  const core = await loadCore();
  /** @param {RegExp} pattern @param {...string} sources */
  const fails = (pattern, ...sources) => cellFails({ core }, pattern, ...sources);
  await fails(/trainer still uses this model: dispose of that first/, SETUP, 'm.dispose(); trainer.step()');
  await fails(/this trainer was disposed/, SETUP, 'trainer.dispose(); m.dispose(); trainer.step()');
  await fails(/this model was disposed/, SETUP, 'trainer.dispose(); m.dispose(); m.dispose(); m.save()');
  await fails(
    /adam still uses this model/,
    'const m = lab.SimpleNoisePredictor(), a = lab.Adam(m); m.dispose()',
  );
  const { scope } = await runCells(
    { core },
    SETUP,
    'let t = 0; try { m.dispose() } catch { t = trainer.step().step }',
  );
  assert.equal(scope.t, 1, 'after a refusal all is as it was');
});

test('what nobody can reach ends by itself, and what it used with it', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const core = await loadCore();
  const { kernel } = await createKernel({ core });
  const run = async (/** @type {string} */ source) => assert.equal(await kernel.run('one', source), null);
  await run('lab.randn([1])');
  const { objects } = core.memory.bridge;
  await run(SETUP);
  assert.ok(core.memory.bridge.objects > objects);
  await run('const schedule = 0, m = 0, trainer = 0;');
  await until(() => gc() ?? core.memory.bridge.objects === objects);
});

/** `Core` as pages have it: what a build takes for idle is gone from it. */
async function builtCore() {
  const folder = fileURLToPath(new URL('../../build/tests/', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      target: 'es2023',
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        input: fileURLToPath(new URL('../../web/kernel/core.js', import.meta.url)),
        preserveEntrySignatures: 'strict',
        output: { format: 'es', entryFileNames: 'core.js' },
      },
    },
  });
  return import(pathToFileURL(path.join(folder, 'core.js')).href);
}

test('where memory runs out, what nobody can reach ends, however late the engine tells of it', async (t) => {
  const registry = globalThis.FinalizationRegistry;
  t.after(() => Object.assign(globalThis, { FinalizationRegistry: registry }));
  // One that never tells.
  Object.assign(globalThis, {
    FinalizationRegistry: class {
      register() {}
      unregister() {}
    },
  });
  const { Core } = await builtCore();
  const core = await loadCore(Core);
  const { kernel } = await createKernel({ core });
  for (let i = 0; i < 9; i++) {
    const error = await kernel.run('large', 'const model = lab.MiniUNet({ max_batch: 192 });');
    assert.equal(error, null, `run ${i}: ${error?.message}`);
    // A page's cells run in messages of their own: until then what was made in one counts as reachable.
    await setImmediate();
  }
});
