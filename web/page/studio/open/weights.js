/** Weights without a run: a model that a lesson has trained, or that somebody saved, sampled and judged beside data of its shape. */
import { isSound } from '../../../kernel/record.js';
import { keyOf, openStorage } from '../../../kernel/storage.js';
import { PICTURE_RANGE } from '../../../kernel/studio/dataset.js';
import { fittingFor } from '../../../kernel/studio/fitting.js';
import { LEARNED } from '../../../kernel/studio/learned.js';
import { SHIPPED } from '../../../kernel/studio/shipped.js';
import { SITE } from '../../common/memory.js';
import { readAsset } from '../../kernel/assets.js';
import { PRESETS } from '../../play/shapes.js';
import { networkFor } from '../studio.js';
import { canBeTold, runOf } from './lesson_run.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../studio.js').Dataset} Dataset */
/** @typedef {import('./lesson_run.js').Weights} Weights */
/** @typedef {import('../../../kernel/studio/weights.js').Told} Told */

/** @param {Studio} studio @param {Told} told */
function fittingData({ dataset }, { shape, n_classes }) {
  if (dataset?.shape.join() === shape.join() && (n_classes === 0 || n_classes === dataset.classes.length))
    return dataset;
  const classes = n_classes > 0 ? ` of ${n_classes} classes` : '';
  throw new TypeError(
    `these weights are for samples of shape [${shape.join(', ')}]${classes}, and are judged beside data: choose some of that kind first, then open them again`,
  );
}

/** Of its lesson, or what the studio has. @param {Studio} studio @param {Weights} weights */
async function dataFor(studio, { told, info }) {
  if (!Object.hasOwn(LEARNED, String(info.data))) return { data: fittingData(studio, told), comes: false };
  const { file } = LEARNED[info.data];
  const range = /** @type {[number, number]} */ (info.range ?? PICTURE_RANGE);
  const asked = {
    name: info.data,
    file: file ? await readAsset(file) : null,
    shape: told.shape,
    range,
    count: info.n,
  };
  return { data: await studio.worker.ask({ type: 'learned', ...asked }), comes: true };
}

/** Whether the reader's own data may give way to those; data that can be had again by a button do so unasked. @param {Studio} studio @param {Dataset} data */
function mayTake(studio, data) {
  const before = studio.dataset?.name;
  const all = [PRESETS, SHIPPED, LEARNED].flatMap((sets) => Object.values(sets).map(({ title }) => title));
  const words = `The model comes with its data, “${data.name}”, which take the place of “${before}”. Runs keep theirs.`;
  return before === undefined || all.includes(before) || confirm(words);
}

/** The reader's own code, or the blocks of before, unless those were for other data. @param {import('../../../kernel/studio/config.js').RunConfig} before @param {Dataset} data */
function nextNetwork({ network, data: of }, data) {
  const fits = network.kind === 'code' || of.kind === data.kind;
  return networkFor(fits ? network : fittingFor(data).network, data.shape);
}

/** Throws a sentence, and then nothing has changed. @param {Studio} studio @param {Omit<Weights, 'told'>} given @param {string} origin @param {string} [more] to be told */
async function openWeights(studio, given, origin, more = '') {
  const told = await studio.worker.ask({ type: 'weights', file: given.file });
  canBeTold(told);
  const weights = { ...given, told };
  const { data, comes } = await dataFor(studio, weights);
  if (comes && !mayTake(studio, data)) return studio.tell('Nothing is opened: your data stay.');
  const before = studio.state.get();
  const { saved, note } = runOf(before, weights, data, comes);
  // The settings are for the next run, which may be a rival on the same data: it needs a network that can be trained.
  const network = nextNetwork(before, data);
  await studio.openRun(saved, data, '', { ...saved.config, network: { ...before.network, ...network } });
  const open = `“${given.name}” is open, from ${origin}: draw samples of it, and judge them.`;
  studio.tell([open, note, more].filter(Boolean).join(' '));
}

/** @param {Studio} studio @param {File} file */
export const openWeightsFile = async (studio, file) =>
  openWeights(
    studio,
    {
      file: new Uint8Array(await file.arrayBuffer()),
      name: file.name.replace(/\.safetensors$/i, '').slice(0, 60),
      info: {},
    },
    'a file',
  );

/** A model that ships, by its name in web/data. @param {Studio} studio @param {string} name */
export async function openShippedModel(studio, name) {
  const [said, file] = [await readAsset(`${name}.json`), await readAsset(`${name}.safetensors`)];
  const { info = {} } = JSON.parse(new TextDecoder().decode(said));
  await openWeights(studio, { file, name, info }, 'a lesson');
}

/** What this browser keeps under that name. @param {string} name */
async function keptAs(name) {
  try {
    return await (await openStorage(SITE)).get(keyOf(name));
  } catch {
    throw new Error('this browser lets us keep nothing, so there is no model of yours here');
  }
}

/** A model that the reader has trained in a lesson, or kept by a cell. @param {Studio} studio @param {string} name */
export async function openKeptModel(studio, name) {
  const saved = await keptAs(name);
  if (saved === undefined)
    throw new Error(`this browser keeps no model “${name}”: it is here once its lesson has trained it`);
  if (!isSound(saved))
    throw new Error(`what this browser kept as “${name}” is damaged or has weights that are not finite`);
  const { weights: file, info } = saved;
  await openWeights(studio, { file, name: name.slice(0, 60), info }, 'this browser, where you trained it');
}

/** The playground's, beside the drawing that came with it. @param {Studio} studio @param {string} code */
export async function openDrawnModel(studio, code) {
  const { file, step } = await studio.worker.ask({ type: 'drawn', code });
  const name = studio.dataset?.name ?? 'My drawing';
  await openWeights(
    studio,
    { file, name, info: { steps: step } },
    'the start page, its weights to eight bits each',
    'It has learned all points, those held out too.',
  );
}
