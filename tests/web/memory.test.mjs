// The lives of the core's objects.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

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

test('a cell that makes a large model can run again and again', async () => {
  const { kernel } = await createKernel();
  for (let i = 0; i < 6; i++) {
    const error = await kernel.run('large', 'const model = lab.MiniUNet({ max_batch: 192 });');
    assert.equal(error, null, `run ${i}: ${error?.message}`);
    // A page's cells run in messages of their own: until then what was made in one counts as reachable.
    await setImmediate();
  }
});
