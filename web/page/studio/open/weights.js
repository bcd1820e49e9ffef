/** Weights without a run: a model that a lesson has trained, or that somebody saved, sampled and judged beside data of its shape. */
import { patched } from '../../../kernel/studio/config.js';
import { SHIPPED } from '../../../kernel/studio/shipped.js';
import { readAsset } from '../../kernel/assets.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('./read_run.js').Saved} Saved */
/** @typedef {import('../../../kernel/studio/weights.js').Told} Told */

/** Models of lessons that the studio's own data fit, and these data. @type {Record<string, keyof typeof SHIPPED>} */
const LESSONS = { 'digits-unet': 'digits', 'digits-net': 'digits' };

const CODE = `// This network came as its weights: it can be sampled and judged, and the code that made it is not here.
// To train, choose blocks above, or write a network whose last line is lab.model(...).`;

/** What the file's head says about the training, as text. @param {Uint8Array} file @returns {Record<string, string>} */
function headOf(file) {
  try {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    const head = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    return head.__metadata__ ?? {};
  } catch {
    return {};
  }
}

/** @param {Studio} studio @param {Told} told */
function fittingData({ dataset }, { shape, n_classes }) {
  if (dataset?.shape.join() === shape.join() && (n_classes === 0 || n_classes === dataset.classes.length))
    return dataset;
  const classes = n_classes > 0 ? ` of ${n_classes} classes` : '';
  throw new TypeError(
    `these weights are for samples of shape [${shape.join(', ')}]${classes}, and are judged beside data: choose some of that kind first, then open them again`,
  );
}

/** @param {Studio} studio @param {Uint8Array} file @param {string} name @param {string} origin throws a sentence, and then nothing has changed */
async function openWeights(studio, file, name, origin) {
  const told = await studio.worker.ask({ type: 'weights', file });
  const more = told.inputs.filter((input) => !['x', 't', 'label'].includes(input));
  if (more.length > 0)
    throw new TypeError(
      `this network is told more than time and class (${more.join(', ')}), and the studio has nothing to tell it`,
    );
  const data = fittingData(studio, told);
  const head = headOf(file);
  const before = studio.state.get();
  const config = patched(before, {
    network: { kind: 'code', code: CODE, text: told.text },
    training: {
      objective: /** @type {any} */ (told.objective),
      ...(head.schedule && { schedule: head.schedule }),
      ...(head.T && { timesteps: Number(head.T) }),
    },
  });
  const steps = Number(head.steps);
  await studio.openRun(
    {
      name,
      config,
      weights: file,
      trainer: null,
      step: Number.isSafeInteger(steps) && steps > 0 ? steps : 0,
      seconds: 0,
      losses: { every: 1, curve: [], epochs: [] },
      ended: 'done',
    },
    data,
    '',
  );
  studio.tell(`“${name}” is open, from ${origin}: draw samples of it, and judge them.`);
}

/** @param {Studio} studio @param {File} file */
export const openWeightsFile = async (studio, file) =>
  openWeights(
    studio,
    new Uint8Array(await file.arrayBuffer()),
    file.name.replace(/\.safetensors$/i, '').slice(0, 60),
    'a file',
  );

/** The model of a lesson, beside the data that it was trained on. @param {Studio} studio @param {string} name */
export async function openLessonModel(studio, name) {
  if (!Object.hasOwn(LESSONS, name))
    throw new RangeError(`the studio has no model ${name}: it has ${Object.keys(LESSONS).join(', ')}`);
  const key = LESSONS[name];
  const { file, title } = SHIPPED[key];
  const before = studio.dataset?.name;
  const isOwn = before !== undefined && !Object.values(SHIPPED).some((shipped) => shipped.title === before);
  const words = `The model comes with its data, “${title}”, which take the place of “${before}”. Runs keep theirs.`;
  if (isOwn && !confirm(words)) return studio.tell('Nothing is opened: your data stay.');
  await studio.setDataset(
    await studio.worker.ask({ type: 'shipped', name: key, file: file ? await readAsset(file) : null }),
  );
  await openWeights(studio, await readAsset(`${name}.safetensors`), name, 'a lesson');
}
