/** Models of the lessons open in the studio, by the links below their pages: with the schedule, the data and the classes that they were trained with. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { modelsOf } from '../../web/build/models.js';
import { readNotebook } from '../../web/build/notebook.js';
import { Model } from '../../web/kernel/core/model.js';
import { Rng } from '../../web/kernel/core/random.js';
import { namedSchedule } from '../../web/kernel/core/schedule.js';
import { decodeModel } from '../../web/kernel/play/codec.js';
import { gridOf, LAST_STEP, Toy } from '../../web/kernel/play/toy.js';
import { keyOf, memoryStorage } from '../../web/kernel/storage.js';
import { defaults } from '../../web/kernel/studio/config.js';
import { numbersIn, PICTURE_RANGE } from '../../web/kernel/studio/dataset.js';
import { drawnModel, SCHEDULE } from '../../web/kernel/studio/drawn.js';
import { LEARNED, learnedOf } from '../../web/kernel/studio/learned.js';
import { checkOpened } from '../../web/kernel/studio/opened.js';
import { previewOf } from '../../web/kernel/studio/watch.js';
import { weightsTold } from '../../web/kernel/studio/weights.js';
import { KEPT, MODEL } from '../../web/page/common/models.js';
import { PRESETS, pointsOf } from '../../web/page/play/shapes.js';
import { canBeTold, runOf } from '../../web/page/studio/open/lesson_run.js';
import { createKernel, loadCore, readAsset } from '../notebooks/node-kernel.mjs';
import { runCells } from './cells.mjs';

const core = await loadCore();
const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));
const cellsOf = (/** @type {string} */ slug) => readNotebook(`${folder}${slug}.ipynb`);
const slugs = readdirSync(folder).flatMap((name) => (name.endsWith('.ipynb') ? [name.slice(0, -6)] : []));

/** As the page does it, but for what it asks. @param {Uint8Array} file @param {Record<string, any>} info */
async function opened(file, info) {
  const { kernel } = await createKernel({ core });
  const context = /** @type {import('../../web/kernel/studio/worker.js').Context} */ ({
    kernel,
    core,
    run: null,
    data: null,
    tick: () => undefined,
  });
  const told = weightsTold(context, { file });
  canBeTold(told);
  const pack = LEARNED[info.data].file;
  const data = learnedOf(context, {
    name: info.data,
    file: pack ? await readAsset(pack) : null,
    shape: told.shape,
    range: info.range ?? PICTURE_RANGE,
    count: info.n,
  });
  const { saved, note } = runOf(defaults(), { file, name: 'theirs', told, info }, data, true);
  await checkOpened(context, { saved, data });
  const kept = { config: saved.config, weights: file };
  const drawn = await previewOf(context, { type: 'preview', count: 6, steps: 4, seed: 1, kept });
  return { saved, note, data, told, drawn };
}

/** @param {string} name of a model that ships */
async function shipped(name) {
  const { info } = JSON.parse(new TextDecoder().decode(await readAsset(`${name}.json`)));
  return opened(await readAsset(`${name}.safetensors`), info);
}

/** A cell as the lesson has it, with less to do. @param {string} slug @param {string} id @param {[string, string][]} less */
function cell(slug, id, less = []) {
  const { source } = /** @type {import('../../web/build/notebook.js').Cell} */ (
    cellsOf(slug).find((each) => each.id === id)
  );
  return less.reduce((text, [long, short]) => {
    assert.ok(text.includes(long), `${slug}, ${id}: ${long}`);
    return text.replace(long, short);
  }, source);
}

/** Each lesson that keeps a model: what of it keeps one after a step or two, the name of its data, and what the studio must know. */
const KEEPING = {
  '05-training': {
    cells: [
      cell('05-training', 'data'),
      cell('05-training', 'schedule'),
      'const model = lab.SimpleNoisePredictor(), adam = lab.Adam(model, { lr: 1e-3 }), start = { steps: 3 }, log = [{ loss: 1 }];',
      cell('05-training', 'save'),
    ],
    data: 'data',
    training: { schedule: 'cosine-clipped', timesteps: 1000, objective: 'eps' },
    step: 4,
  },
  '08-images': {
    cells: [
      cell('08-images', 'data'),
      cell('08-images', 'noised'),
      cell('08-images', 'start'),
      cell('08-images', 'watch'),
      'await keep(2, 0.5);',
    ],
    data: 'images',
    training: { schedule: 'linear', timesteps: 1000, objective: 'eps' },
    step: 126,
  },
  '10-guidance': {
    cells: [
      cell('10-guidance', 'data'),
      cell('10-guidance', 'network'),
      'const watch = () => async () => {};',
      cell('10-guidance', 'train', [['epochs = 100', 'epochs = 1']]),
    ],
    data: 'data',
    training: { schedule: 'linear', timesteps: 1000, objective: 'eps' },
    step: 24,
  },
  '11-what-to-predict': {
    cells: [
      cell('11-what-to-predict', 'convert'),
      cell('11-what-to-predict', 'train', [['steps < 2000', 'steps < 3']]),
    ],
    data: 'data',
    training: { schedule: 'cosine', timesteps: 1000, objective: 'v' },
    step: 3,
  },
  '12-straight-paths': {
    cells: [
      cell('12-straight-paths', 'net'),
      cell('12-straight-paths', 'fit'),
      cell('12-straight-paths', 'train', [['steps: 3000', 'steps: 3']]),
    ],
    data: 'data',
    training: { objective: 'flow' },
    step: 3000,
  },
};

for (const [slug, { cells, data: name, training, step }] of Object.entries(KEEPING))
  test(`what lesson ${slug} keeps opens beside the data that it was trained on`, async () => {
    const storage = memoryStorage();
    const { scope } = await runCells({ core, storage }, ...cells);
    const own = modelsOf(cellsOf(slug)).filter(({ hash }) => hash.startsWith(KEPT));
    assert.equal(own.length, 1);
    const kept = await storage.get(keyOf(own[0].hash.slice(KEPT.length)));
    const { saved, note, data, told, drawn } = await opened(kept.weights, kept.info);
    assert.equal(note, '');
    assert.equal(saved.step, step);
    for (const [setting, value] of Object.entries(training))
      assert.equal(saved.config.training[/** @type {'schedule'} */ (setting)], value);
    const learned = scope[name].data;
    assert.equal(data.values.length - data.held * numbersIn(data.shape), learned.length);
    assert.deepEqual(data.values.slice(0, learned.length), Float32Array.from(learned));
    // What nobody has seen is no copy of that.
    assert.ok(data.held > 0);
    assert.notDeepEqual(
      data.values.slice(learned.length),
      data.values.slice(0, data.values.length - learned.length),
    );
    if (told.n_classes > 0)
      assert.deepEqual(Array.from(data.labels ?? []).slice(0, 3000), [...scope.labels.data]);
    assert.ok(drawn);
  });

test('a lesson has a link for each model that it shows, and all that ship open but those that are no matter for the studio', async () => {
  const all = slugs.flatMap((slug) => modelsOf(cellsOf(slug)).map(({ hash }) => hash));
  const kept = all.filter((hash) => hash.startsWith(KEPT));
  const keeping = Object.keys(KEEPING).flatMap((slug) => modelsOf(cellsOf(slug)).map(({ hash }) => hash));
  assert.deepEqual(
    [...new Set(kept)].filter((hash) => !keeping.includes(hash)),
    [],
  );
  const linked = new Set(all.flatMap((hash) => (hash.startsWith(MODEL) ? [hash.slice(MODEL.length)] : [])));
  const names = readdirSync(new URL('../../web/data/', import.meta.url)).flatMap((name) =>
    name.endsWith('.safetensors') ? [name.replace('.safetensors', '')] : [],
  );
  // An autoencoder makes no samples of noise, and captions are words that the studio does not take.
  assert.deepEqual(
    names.filter((name) => !linked.has(name)),
    ['scenes-decoder', 'scenes-encoder', 'scenes-text'],
  );
  const text = weightsTold(/** @type {any} */ ({ core }), {
    file: await readAsset('scenes-text.safetensors'),
  });
  assert.throws(() => canBeTold(text), /told more than time and class \(text\)/);
});

test('models that ship are drawn from by their own schedule, in the range of their pictures', async () => {
  const shapes = await shipped('shapes-unet');
  assert.deepEqual(shapes.saved.config.data.range, [0, 1]);
  assert.deepEqual(shapes.data.shape, [1, 32, 32]);
  assert.equal(shapes.data.held, 200);
  assert.ok(shapes.data.values.every((v) => v === 0 || v === 1));
  const { schedule, timesteps, objective } = shapes.saved.config.training;
  assert.deepEqual([schedule, timesteps, objective], ['linear', 1000, 'eps']);
  assert.ok(shapes.drawn?.samples.every((v) => v > -0.5 && v < 1.5));
  const digits = await shipped('digits-net');
  assert.deepEqual(digits.saved.config.data.range, [-1, 1]);
  assert.equal(digits.saved.config.training.objective, 'v');
  assert.equal(digits.saved.config.sampling.guidance_scale, 2);
  // It has seen them all.
  assert.deepEqual([digits.data.held, digits.data.values.length], [0, 1797 * 64]);
  assert.deepEqual([Math.min(...digits.data.values), Math.max(...digits.data.values)], [-1, 1]);
});

test('weights that say nothing of their schedule are opened with that of the settings, and it is told', async () => {
  const { scope } = await runCells({ core }, 'const file = lab.SimpleNoisePredictor().save();');
  const { note, saved } = await opened(scope.file, { data: 'swiss-roll' });
  assert.equal(saved.config.training.schedule, 'cosine');
  assert.match(
    note,
    /do not say by which schedule .* cosine with T = 1000, as the settings have it, is taken/,
  );
});

test('data that no lesson learns, and sizes beyond those of lessons, are refused in a sentence', async () => {
  const { kernel } = await createKernel({ core });
  const asked = { file: null, shape: [1, 32, 32], range: PICTURE_RANGE };
  assert.throws(
    () => learnedOf({ kernel }, { ...asked, name: 'cats' }),
    /no data named "cats": lessons learn swiss-roll/,
  );
  assert.throws(
    () => learnedOf({ kernel }, { ...asked, name: 'shapes', shape: [1, 4096, 4096] }),
    /shape \[1, 4096, 4096\]: the lessons’ have at most 64/,
  );
  assert.throws(() => learnedOf({ kernel }, { ...asked, name: 'swiss-roll', count: 1e9 }), /n = 1000000000/);
});

test('the playground’s model predicts by a schedule of the core what it predicts by its own, and draws its drawing', async () => {
  const [code] = readFileSync(new URL('../../web/data/playground.txt', import.meta.url), 'utf8').split('\n');
  const { kernel } = await createKernel({ core });
  const context = /** @type {any} */ ({ kernel, core, run: null, data: null, tick: () => undefined });
  const { file, step } = drawnModel(context, { code });
  assert.equal(step, LAST_STEP);
  const told = weightsTold(context, { file });
  /** @type {import('../../web/kernel/studio/protocol.js').Data} */
  const data = {
    kind: 'points',
    shape: [2],
    values: pointsOf(PRESETS.spiral.strokes),
    labels: null,
    classes: [],
    name: 'My drawing',
    transform: { offset: 0, scale: 1 },
    held: 0,
  };
  const { saved, note } = runOf(defaults(), { file, name: 'it', told, info: { steps: step } }, data, false);
  await checkOpened(context, { saved, data });
  const { schedule, timesteps } = saved.config.training;
  assert.deepEqual([note, saved.step, schedule, timesteps], ['', LAST_STEP, SCHEDULE.name, SCHEDULE.T]);
  const toy = new Toy(core);
  const { weights } = decodeModel(code, toy.sizes, LAST_STEP);
  toy.load(weights, step);
  const model = new Model(core.memory, core.engine, new Rng(core.memory, 0), { file, max_batch: 1 });
  const own = namedSchedule(core.memory, SCHEDULE.name, SCHEDULE.T, SCHEDULE.start, SCHEDULE.end);
  const theirs = toy.schedule;
  const noiseOf = (
    /** @type {typeof own} */ { sqrt_alpha_bar, sqrt_one_minus_alpha_bar: noise },
    /** @type {number} */ t,
  ) => noise[t] / sqrt_alpha_bar[t];
  // Its last timestep is as noisy as nearly the last of the playground's.
  assert.ok(noiseOf(own, own.T - 1) > 7.9 && noiseOf(own, own.T - 1) <= noiseOf(theirs, theirs.T - 1));
  const x = gridOf(8);
  for (const t of [3, 30, 150, 300, own.T - 1]) {
    const noise = noiseOf(own, t);
    const after = Array.from({ length: theirs.T }, (_, k) => k).findIndex((k) => noiseOf(theirs, k) >= noise);
    const [low, high] = [after - 1, after].map((k) => toy.model.forward(x, k / theirs.T).data);
    model.forward(x, t / own.T).data.forEach((/** @type {number} */ v, /** @type {number} */ i) => {
      const [least, most] = [Math.min(low[i], high[i]) - 2e-3, Math.max(low[i], high[i]) + 2e-3];
      assert.ok(v >= least && v <= most, `at ${t}: ${v}, between ${low[i]} and ${high[i]}`);
    });
  }
  const kept = { config: saved.config, weights: file };
  const made = await previewOf(context, { type: 'preview', count: 1500, steps: 30, seed: 3, kept });
  const points = Float64Array.from(data.values);
  const far = core.api.sliced_wasserstein(
    1500,
    Float64Array.from(made?.samples ?? []),
    points.length / 2,
    points,
    128,
  );
  assert.ok(far < 0.08, `${far}`);
  assert.throws(() => drawnModel(context, { code: code.slice(1) }), /link is not whole/);
});
