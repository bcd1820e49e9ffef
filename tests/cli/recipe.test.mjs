// --recipe: the values of the core's table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { runCells } from '../web/cells.mjs';
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
  assert.match(stderr, /--recipe: no recipe for shapes is named "good": it takes notebook, best, quick/);
  assert.match(noisebook('run 7 --recipe best').stderr, /does not heed --recipe/);
});

test('points have recipes, too; where none better is known, none is offered', () => {
  succeeds(`run 6 --points 60 --epochs 2 --samples 4 --timesteps 20 --recipe best --out ${at('six')}`);
  assert.deepEqual([result('six').settings.lr, result('six').settings.decay], [0.008, 'on']);
  succeeds(`run 10 --points 60 --epochs 2 --samples 4 --timesteps 20 --recipe notebook --out ${at('ten')}`);
  assert.match(noisebook('run 10 --recipe best').stderr, /no recipe for classes is named "best"/);
});

/** @type {import('../../web/kernel/core.js').Core} */
let core;
before(async () => {
  core = await loadCore();
});

/**
 * The weights after lab.recipe's training, as bytes.
 * @param {string} samples the cell's lines that make { model, data } after lab.seed(42) @param {string} recipe what makes it
 */
async function trained(samples, recipe) {
  const { scope } = await runCells(
    { core },
    `lab.seed(42);
     ${samples}
     const { schedule, scale, training, steps } = ${recipe};
     const trainer = lab.Trainer({ model, schedule, data: scale(data), ...training });
     for (let i = 0; i < steps; i++) trainer.step();
     if (training.ema_decay) trainer.use_ema(true);
     const state = model.state_dict();`,
  );
  return scope.state;
}

/** Those that the program has saved, in the page's tensors. @param {string} folder */
async function saved(folder) {
  const file = Array.from(weights(folder));
  const { scope } = await runCells(
    { core },
    `const state = lab.open_model(new Uint8Array([${file}])).state_dict();`,
  );
  return scope.state;
}

const SHAPES = `const data = lab.shapes({ n: 40, size: 24 }).images;
  const model = lab.MiniUNet({ base_channels: 16, image_size: 24 });`;
const ROLL = `const points = lab.swiss_roll({ n: 60, noise: 0.1 }), data = points.float();
  const model = lab.SimpleNoisePredictor();`;

for (const [data, name, line, samples] of [
  ['shapes', 'notebook', `run 8 ${small}`, SHAPES],
  ['shapes', 'best', `run 8 ${small}`, SHAPES],
  ['shapes', 'quick', `run 8 ${small}`, SHAPES],
  ['swiss-roll', 'notebook', 'run 5 --points 60 --epochs 2', ROLL],
  ['swiss-roll', 'best', 'run 5 --points 60 --epochs 2', ROLL],
])
  test(`${data}, ${name}: lab.recipe trains to the program's bits`, async () => {
    const folder = `${data}-${name}`,
      n = data === 'shapes' ? 40 : 60;
    succeeds(`${line} --recipe ${name} --out ${at(folder)}`);
    const page = await trained(samples, `lab.recipe('${data}', '${name}', { n: ${n}, epochs: 2 })`);
    const program = await saved(folder);
    assert.deepEqual(Object.keys(page), Object.keys(program));
    for (const [key, tensor] of Object.entries(page)) assert.ok(tensor.equals(program[key]), key);
  });

test('an option that was given comes before the recipe, and no other one', async () => {
  succeeds(`run 8 ${small} --recipe quick --lr 0.01 --out ${at('faster')}`);
  const page = await trained(
    SHAPES,
    `(({ training, ...rest }) => ({ ...rest, training: { ...training, lr: 0.01 } }))(
       lab.recipe('shapes', 'quick', { n: 40, epochs: 2 }))`,
  );
  const program = await saved('faster');
  for (const [key, tensor] of Object.entries(page)) assert.ok(tensor.equals(program[key]), key);
});

test('as many of the samples are clean shapes as README says', () => {
  const told = /(\d+) and (\d+)% of (\d+) such samples are clean shapes/.exec(
    readFileSync('README.md', 'utf8'),
  );
  assert.ok(told);
  const [, plain, stochastic, n] = told;
  succeeds(
    `run 9 --weights web/data/shapes-unet.safetensors --samples ${n} --steps 100 --eta 1 --clip on --out ${at('readme')}`,
  );
  const { clean_shapes, clean_shapes_stochastic } = result('readme').metrics;
  assert.deepEqual(
    [clean_shapes, clean_shapes_stochastic].map((share) => Math.round(100 * share).toString()),
    [plain, stochastic],
  );
});
