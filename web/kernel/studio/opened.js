/** Whether the parts of a run that somebody saved belong together. None of them is code that runs: a network of kind 'code' is taken by its weights alone. */
import { Model } from '../core/model.js';
import { Rng } from '../core/random.js';
import { Sampler } from '../core/sampler.js';
import { trainedOn } from './dataset.js';
import { apart, fitting, labOf, match, Run, scheduleOf, sizeOf } from './run.js';
import { turns } from './watch.js';

/** @typedef {import('./worker.js').Context} Context */
/** @typedef {import('./config.js').RunConfig} RunConfig */
/** @typedef {import('./protocol.js').Data} Data */
/** @typedef {Pick<import('./run.js').Checkpoint, 'config' | 'step' | 'seconds' | 'losses' | 'weights' | 'ended'> & {trainer: Uint8Array | null}} Saved */

/** @param {Context} context @param {Uint8Array} file @param {number} max_batch */
const modelOf = ({ core }, file, max_batch) =>
  new Model(core.memory, core.engine, new Rng(core.memory, 0), { file, max_batch });

/**
 * What the weights say of themselves, beside settings and data.
 * @param {Context} context @param {Model} one @param {RunConfig} config @param {Data} data
 * @returns {Promise<boolean>} whether its network is the one that it was saved with, and its settings make another by now
 */
async function compare({ kernel }, one, config, data) {
  const classes = config.data.labels === null ? 0 : config.data.classes.length;
  if (one.sample_shape.join() !== data.shape.join())
    throw new TypeError(
      `its weights are for samples of shape [${one.sample_shape.join(', ')}], and its data have [${data.shape.join(', ')}]`,
    );
  if (one.n_classes > 0 && one.n_classes !== classes)
    throw new TypeError(`its weights know ${one.n_classes} classes, and its data have ${classes}`);
  if (one.objective !== config.training.objective)
    throw new TypeError(
      `its weights predict ${one.objective}, and its settings say training.objective = ${config.training.objective}`,
    );
  const { kind, text } = config.network;
  const own = one.describe();
  if (kind !== 'code' && own === (await sizeOf(kernel, config, data)).text) return false;
  if (own !== text) throw new TypeError('its weights are of another network than its settings make');
  return kind !== 'code';
}

/** A sampler refuses a schedule that the model was not trained with. @param {Context} context @param {Model} model @param {RunConfig} config */
function trySampler({ kernel, core }, model, config) {
  const schedule = scheduleOf(labOf(kernel), config);
  const rng = new Rng(core.memory, 0);
  const labels = turns(model, 1);
  const method = schedule ? 'ddim' : 'euler';
  try {
    new Sampler({ model, schedule, rng, n: 1, steps: 2, method, ...(labels && { labels }) }).dispose();
  } finally {
    rng.dispose();
    schedule?.dispose();
  }
}

/** @param {unknown} error */
const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {Context} context @param {{saved: Saved, data: Data}} asked @returns {Promise<{isEarlier: boolean}>} isEarlier: its settings made that network in an earlier version, and make another in this one; throws a sentence */
export function checkOpened(context, { saved, data }) {
  const { kernel } = context;
  const { config, weights, trainer } = saved;
  return apart(kernel, async () => {
    match(config, data);
    /** @type {Model} */
    let one;
    try {
      one = modelOf(context, weights, 1);
    } catch (error) {
      throw new TypeError(`its weights cannot be read: ${wordsOf(error)}`);
    }
    let isEarlier = false;
    try {
      isEarlier = await compare(context, one, config, data);
      trySampler(context, one, config);
      fitting(one, kernel, config, data);
    } finally {
      one.dispose();
    }
    if (!trainer || isEarlier) return { isEarlier };
    const batch = Math.min(config.training.batch, trainedOn(data));
    try {
      Run.of(kernel, config, data, modelOf(context, weights, batch), { ...saved, trainer }).dispose();
    } catch (error) {
      throw new TypeError(`what it needs to go on training cannot be read: ${wordsOf(error)}`);
    }
    return { isEarlier };
  });
}
