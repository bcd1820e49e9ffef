// --recipe: the values of the core's table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, noisebook, npy, succeeds } from './program.mjs';

const small = '--points 40 --epochs 2 --height 24 --width 24';

/** @param {string} folder */
const result = (folder) => JSON.parse(readFileSync(at(`${folder}/result.json`), 'utf8'));
/** @param {string} folder */
const weights = (folder) => readFileSync(at(`${folder}/model.safetensors`));

test("without a recipe, and by the notebook's, exercise 8 trains alike; the best averages", () => {
  succeeds(`run 8 ${small} --out ${at('none')}`);
  succeeds(`run 8 ${small} --recipe notebook --out ${at('notebook')}`);
  succeeds(`run 8 ${small} --recipe best --out ${at('best')}`);
  assert.ok(weights('none').equals(weights('notebook')));
  assert.ok(!weights('none').equals(weights('best')));
  const { settings } = result('best');
  assert.deepEqual([settings.recipe, settings.schedule, settings.ema], ['best', 'linear', 0.999]);
});

test('what the command line says comes before the recipe, and samples are of its range', () => {
  succeeds(`run 9 ${small} --recipe best --lr 0.01 --steps 4 --samples 3 --out ${at('nine')}`);
  const { settings, metrics } = result('nine');
  assert.deepEqual([settings.lr, settings.steps, settings.clip, settings.ema], [0.01, 4, 'on', 0.999]);
  assert.ok(metrics.clean_shapes >= 0 && metrics.clean_shapes <= 1);
  const { data } = npy(at('nine/samples.npy'));
  assert.ok(Math.min(...data) >= 0 && Math.max(...data) <= 1);
  const { status, stderr } = noisebook('run 8 --recipe good');
  assert.equal(status, 2);
  assert.match(stderr, /--recipe good: it takes notebook or best/);
  assert.match(noisebook('run 7 --recipe best').stderr, /does not heed --recipe/);
});

test('points have recipes, too; where none better is known, none is offered', () => {
  succeeds(`run 6 --points 60 --epochs 2 --samples 4 --timesteps 20 --recipe best --out ${at('six')}`);
  assert.equal(result('six').settings.ema, 0.995);
  succeeds(`run 10 --points 60 --epochs 2 --samples 4 --timesteps 20 --recipe notebook --out ${at('ten')}`);
  assert.match(noisebook('run 10 --recipe best').stderr, /no recipe for classes is named "best"/);
});
