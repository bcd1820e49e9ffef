/** Lesson 5's training, whose page was closed in the middle, goes on as if nothing had happened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readNotebook } from '../../web/build/notebook.js';
import { memoryStorage } from '../../web/kernel/storage.js';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

const core = await loadCore();
const cells = readNotebook(fileURLToPath(new URL('../../notebooks/05-training.ipynb', import.meta.url)));
const EPOCHS = 4;
const CLOSED_AFTER = 2;

/**
 * The lesson up to the end of its loop, of fewer epochs and fewer points.
 * @param {import('../../web/kernel/storage.js').Storage} storage @param {boolean} [closes] in the middle
 */
async function train(storage, closes = false) {
  const { kernel, messages } = await createKernel({ core, storage });
  for (const id of ['data', 'schedule', 'network', 'optimiser', 'watch', 'train']) {
    let source = cells.find((cell) => cell.id === id)?.source ?? '';
    source = source.replace('n: 5000', 'n: 2000').replace('epochs = 100', `epochs = ${EPOCHS}`);
    if (closes)
      source = source.replace(
        'await show(epoch);',
        `$& if (epoch === ${CLOSED_AFTER}) throw new Error('closed');`,
      );
    const error = await kernel.run(id, source);
    assert.equal(error?.message, closes && id === 'train' ? 'closed' : undefined);
  }
  const { model, log, start } = kernel.evaluator.scope;
  const choices = messages.flatMap((message) =>
    message.type === 'show' && message.props.controls?.from ? [message.props.controls.from] : [],
  );
  return { weights: model.save(), log, steps: start.steps + log.length, from: choices[0] };
}

test('a training that was broken off is offered and goes on with the same bits; one that has ended is not offered', async () => {
  const whole = memoryStorage();
  const { now } = performance;
  // Each epoch is a checkpoint.
  let ahead = 0;
  performance.now = () => {
    ahead += 3001;
    return now.call(performance) + ahead;
  };
  try {
    const straight = await train(whole);
    const storage = memoryStorage();
    const before = await train(storage, true);
    assert.ok(before.log.length < straight.log.length);
    const after = await train(storage);
    assert.equal(after.from.value, 'broken');
    assert.match(after.from.options.broken, new RegExp(`after epoch ${CLOSED_AFTER}$`));
    assert.deepEqual(after.log, straight.log);
    assert.deepEqual(after.weights, straight.weights);
    assert.equal(after.steps, straight.steps);
    const again = await train(storage);
    assert.deepEqual(Object.keys(again.from.options), ['fresh']);
  } finally {
    performance.now = now;
  }
});
