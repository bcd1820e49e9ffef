/** A run that was saved as a file (export/run_file.js), read back: all of it is held to what it says, before anything else sees it. */
import { readConfig } from '../../../kernel/studio/config.js';
import { numbersIn } from '../../../kernel/studio/dataset.js';
import { decodeNpy } from '../../outputs/npy.js';
import { FILES } from '../export/run_file.js';
import { areMeasures } from '../runs/measures.js';
import { readableCode } from './foreign.js';
import { unpacked } from './unzip.js';

/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {Omit<Run, 'id' | 'data' | 'created' | 'weights'> & {weights: Uint8Array}} Saved */

/** What a page's memory has room for, beside what it needs to train. */
export const MOST_BYTES = 512 * 2 ** 20;
const ENDINGS = ['', 'done', 'patience', 'seconds'];
const MOST_PLACES = 100_000;

/** The names that a run may need: those of its data are in its settings, which may stand behind them. @param {string} name */
const isPart = (name) => /^[\w][\w.-]*\.(json|npy|safetensors)$/.test(name);

/** @param {Map<string, Uint8Array>} files @param {string} name @param {string} title */
function part(files, name, title) {
  const found = files.get(name);
  if (!found) throw new TypeError(`${title} has no ${name}, which a run needs`);
  return found;
}

/** @param {Map<string, Uint8Array>} files @param {RunConfig['data']} said @param {string} title */
function valuesOf(files, { file, shape }, title) {
  const array = decodeNpy(part(files, file, title), file);
  const [n, ...each] = array.shape;
  if (each.join() !== shape.join() || !(n >= 1))
    throw new RangeError(
      `${file} has shape [${array.shape.slice(0, 5).join(', ')}], and its run.json speaks of samples of shape [${shape.join(', ')}]: it takes [n, ${shape.join(', ')}]`,
    );
  const values = Float32Array.from(array.data);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new RangeError(
      `${file} has a number that is ${values[wrong]}, in sample ${Math.floor(wrong / numbersIn(shape)) + 1} of ${n}`,
    );
  return { n, values };
}

/** @param {Map<string, Uint8Array>} files @param {RunConfig['data']} said @param {number} n @param {string} title */
function labelsOf(files, { labels: file, classes }, n, title) {
  if (file === null) return null;
  const array = decodeNpy(part(files, file, title), file);
  if (array.shape.length !== 1 || array.shape[0] !== n)
    throw new RangeError(
      `${file} has shape [${array.shape.slice(0, 5).join(', ')}], and there are ${n} samples: it takes [${n}]`,
    );
  const wrong = array.data.find((label) => !Number.isInteger(label) || label < 0 || label >= classes.length);
  if (wrong !== undefined)
    throw new RangeError(
      `${file} has a label ${wrong}, and run.json names ${classes.length} classes: labels are whole numbers from 0, below that`,
    );
  return Int32Array.from(array.data);
}

const isWhole = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** @param {any} list @param {number} most */
const areNumbers = (list, most) =>
  Array.isArray(list) && list.length <= most && list.every((value) => Number.isFinite(value));

/** One number for all, or one for each axis. @param {any} value @param {number} axes @param {(v: number) => boolean} fits */
const isOfAxes = (value, axes, fits) =>
  Number.isFinite(value)
    ? fits(value)
    : areNumbers(value, axes) && value.length > 0 && axes % value.length === 0 && value.every(fits);

/** What training had come to, and how the data are given back in the reader's units. @param {Map<string, Uint8Array>} files @param {number} axes */
function stateOf(files, axes) {
  const text = files.get(FILES.state);
  if (!text) return null;
  const wrong = () => new TypeError(`${FILES.state} is damaged, or not of a run of the studio`);
  let state;
  try {
    state = JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw wrong();
  }
  // A file from before samples' figures were saved has none.
  const { step, seconds, every, curve, ended, transform, measures = {} } = state ?? {};
  const fits =
    isWhole(step) &&
    Number.isFinite(seconds) &&
    seconds >= 0 &&
    isWhole(every) &&
    every > 0 &&
    areNumbers(curve, MOST_PLACES) &&
    ENDINGS.includes(ended) &&
    areMeasures(measures) &&
    isOfAxes(transform?.offset, axes, () => true) &&
    isOfAxes(transform?.scale, axes, (v) => v > 0);
  if (!fits) throw wrong();
  return {
    step,
    seconds,
    every,
    curve,
    ended: /** @type {Run['ended']} */ (ended),
    measures,
    transform: { offset: transform.offset, scale: transform.scale },
  };
}

/** @param {Map<string, Uint8Array>} files @param {RunConfig} config @param {string} title */
function epochsOf(files, { training }, title) {
  const { shape, data } = decodeNpy(part(files, FILES.losses, title), FILES.losses);
  if (shape.length !== 1 || shape[0] > training.epochs || !data.every(Number.isFinite))
    throw new RangeError(
      `${FILES.losses} has shape [${shape.slice(0, 5).join(', ')}]: it takes one finite number an epoch, at most ${training.epochs.toLocaleString('en')}`,
    );
  return Array.from(data);
}

/** @param {Map<string, Uint8Array>} files @param {RunConfig} config @param {string} title */
function dataOf(files, config, title) {
  const { kind, shape, classes, name, held_out, range } = config.data;
  const { n, values } = valuesOf(files, config.data, title);
  const labels = labelsOf(files, config.data, n, title);
  const held = Math.round(held_out * n);
  const state = stateOf(files, numbersIn(shape));
  const transform = state?.transform ?? { offset: 0, scale: 1 };
  /** @type {Data} */
  const data = {
    kind,
    shape: [...shape],
    values,
    labels,
    classes: [...classes],
    name,
    transform,
    held,
    range: [...range],
  };
  return { data, state };
}

/**
 * Whether weights and settings belong together is the worker's to find out (kernel/studio/opened.js).
 * @param {Uint8Array} zip @param {string} title the file's name, for messages @param {(part: number) => void} [told] which part of it is unpacked
 * @returns {Promise<{saved: Saved, data: Data}>} rejects with a sentence without its full stop
 */
export async function readRun(zip, title, told) {
  if (zip.length > MOST_BYTES)
    throw new RangeError(
      `${title} has more than ${MOST_BYTES / 2 ** 20} MB, and that is the most that is taken`,
    );
  const files = await unpacked(zip, { wanted: isPart, most: MOST_BYTES, title, told });
  if (!files?.has(FILES.config))
    throw new TypeError(`${title} is no run of the studio: there is no ${FILES.config} in it`);
  const config = readableCode(readConfig(new TextDecoder().decode(files.get(FILES.config))));
  const { data, state } = dataOf(files, config, title);
  const epochs = epochsOf(files, config, title);
  const weights = part(files, FILES.weights, title);
  const trainer = (state && files.get(FILES.trainer)) ?? null;
  const perEpoch = Math.ceil(
    (data.values.length / numbersIn(data.shape) - data.held) / config.training.batch,
  );
  return {
    data,
    saved: {
      name: config.name || title.replace(/\.zip$/i, '').slice(0, 60),
      config,
      weights,
      trainer,
      step: state?.step ?? epochs.length * perEpoch,
      seconds: state?.seconds ?? 0,
      measures: state?.measures ?? {},
      losses: { every: state?.every ?? 1, curve: state?.curve ?? [], epochs },
      // Without all that training needs to go on, it has ended.
      ended: trainer ? (state?.ended ?? '') : state?.ended || 'done',
    },
  };
}
