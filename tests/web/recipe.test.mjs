/** lab.recipe: the core's table as options of lab.Trainer and of samplers. That they train alike: tests/cli/recipe.test.mjs. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { cellFails, runCells } from './cells.mjs';

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/** @param {RegExp} pattern @param {string} source */
const fails = (pattern, source) => cellFails({ core }, pattern, source);

test('every recipe of the table gives options that a trainer and a sampler take', async () => {
  for (let i = 0; ; i++) {
    const r = core.api.recipe_describe(i);
    if (r === null) return assert.ok(i >= 7, `${i} recipes`);
    const points = r.data === 'swiss-roll' || r.data === 'classes';
    const { scope } = await runCells(
      { core },
      `const recipe = lab.recipe('${r.data}', '${r.name}', { n: 10, batch_size: 4 });
       const model = ${points ? 'lab.SimpleNoisePredictor()' : 'lab.MiniUNet({ base_channels: 8, image_size: 8 })'};
       const data = ${points ? 'lab.randn([10, 2])' : 'lab.randn([10, 1, 8, 8]).clamp(0, 1)'};
       const { schedule, training, sampling } = recipe;
       const trainer = lab.Trainer({ model, schedule, data: recipe.scale(data), ...training });
       trainer.step();
       if (training.ema_decay) trainer.use_ema(true);
       const sampler = lab[recipe.sampler]({ model, schedule, n: 2, ...sampling });
       sampler.step();`,
    );
    const { recipe, data } = scope;
    const scaled = recipe.scale(data);
    assert.deepEqual(recipe.range, [r.low, r.high]);
    assert.ok(scaled.max_difference(data.mul(r.high - r.low).add(r.low)) === 0);
    assert.equal(recipe.steps, 3 * r.epochs);
    assert.equal(recipe.epochs, r.epochs);
    assert.equal(recipe.schedule.T, r.T);
    assert.equal(recipe.training.decay_steps, r.decay ? recipe.steps : 0);
    assert.equal(recipe.training.warmup, Math.trunc(r.warmup * recipe.steps));
    for (const key of ['lr', 'ema_decay', 'stratified', 'keep_order', 'optimizer', 'objective'])
      assert.equal(
        recipe.training[key],
        r[/** @type {keyof typeof r} */ (key)],
        `${r.data}, ${r.name}: ${key}`,
      );
  }
});

test('what there is no recipe for is named, and what there is', async () => {
  await fails(
    /no recipe for shapes is named "good": it takes notebook, best, quick/,
    "lab.recipe('shapes', 'good', { n: 9 })",
  );
  await fails(
    /no recipes for data named "faces": there are swiss-roll, shapes/,
    "lab.recipe('faces', 'best', { n: 9 })",
  );
  await fails(/n = undefined: it takes a whole number, 1 or more/, "lab.recipe('shapes', 'best')");
  await fails(/epochs = 0: it takes a whole number/, "lab.recipe('shapes', 'best', { n: 9, epochs: 0 })");
  await fails(
    /recipe has no option "steps": it takes n, epochs, batch_size/,
    "lab.recipe('shapes', 'best', { n: 9, steps: 4 })",
  );
  await fails(
    /scale must be a tensor of values from 0 to 1, got 3/,
    "lab.recipe('shapes', 'quick', { n: 9 }).scale(3)",
  );
});
