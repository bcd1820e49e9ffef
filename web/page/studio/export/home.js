/** What is taken home of a run: a row of buttons, each of which makes a file. What makes it is loaded then. */
import { h } from '../../../figures/parts/dom.js';
import { download } from '../../common/save.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {Run & {weights: Uint8Array}} Trained */
/** @typedef {{run: Run, rows: import('../../../kernel/studio/sampling.js').Sampled[], labels: number[] | null}} Made samples that were drawn last */

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));
/** @param {Run} run */
const fileName = ({ name }) => name.replace(/[^\w-]+/g, '-') || 'model';

/** @param {Studio} studio @param {Trained} run */
async function dataOf(studio, run) {
  const data = await studio.runs.dataOf(run.data);
  if (!data) throw new Error(`the data of “${run.name}” are not kept here any more`);
  return data;
}

/** The first row that has samples. @param {Made | null} made @param {Trained} run */
function drawnOf(made, run) {
  const row = made?.run.id === run.id ? made.rows.find(({ samples }) => samples) : null;
  if (!row?.samples || !made) throw new Error(`no samples of “${run.name}” are drawn yet: press New samples`);
  return { row, samples: row.samples, labels: made.labels };
}

/** @param {Made | null} made @param {Trained} run */
function framesOf(made, run) {
  const { row } = drawnOf(made, run);
  if (row.frames.length < 2)
    throw new Error(`${row.title} took one step, which is no way to watch: ask for more`);
  return row.frames;
}

/** @typedef {(run: Trained, made: Made | null, studio: Studio) => Promise<[name: string, content: BlobPart, type: string]>} Make */

/** @type {Record<string, Make>} */
const FILES = {
  'Save the weights': async (run) => [
    `${fileName(run)}.safetensors`,
    /** @type {BlobPart} */ (run.weights),
    'application/octet-stream',
  ],
  async 'Save the run'(run, made, studio) {
    const { runFile } = await import('./run_file.js');
    const drawn = made?.run.id === run.id ? drawnOf(made, run) : null;
    const file = runFile(run, await dataOf(studio, run), drawn);
    return [`${fileName(run)}.zip`, /** @type {BlobPart} */ (file), 'application/zip'];
  },
  async Notebook(run, _, studio) {
    const { notebookOf } = await import('../../../kernel/studio/export/notebook.js');
    const known = /^input \S+ labels /m.test(run.config.network.text);
    const text = notebookOf(run, await dataOf(studio, run), known);
    return [`${fileName(run)}.ipynb`, text, 'application/x-ipynb+json'];
  },
  async 'PyTorch program'(run, _, studio) {
    const { programOf } = await import('../../../kernel/studio/export/program.js');
    const { moduleOf, programFor } = await import('../../outputs/program.js');
    const program = programOf(run, await dataOf(studio, run));
    const file = await programFor(run.weights, program);
    return [`${moduleOf(fileName(run))}.py`, file, 'text/x-python'];
  },
  async 'Samples as a picture'(run, made) {
    const { sheetOf } = await import('./moving.js');
    return [`${fileName(run)}.png`, await sheetOf(run.config.data, drawnOf(made, run).samples), 'image/png'];
  },
  async 'Animation (GIF)'(run, made) {
    const { gifOf } = await import('./moving.js');
    return [`${fileName(run)}.gif`, await gifOf(run.config.data, framesOf(made, run)), 'image/gif'];
  },
  async Video(run, made) {
    const { videoOf, videoType } = await import('./moving.js');
    const type = videoType();
    if (!type) throw new Error('this browser records no video of a canvas: take the GIF');
    const file = await videoOf(run.config.data, framesOf(made, run), type);
    return [`${fileName(run)}.${type.startsWith('video/mp4') ? 'mp4' : 'webm'}`, file, type];
  },
};

/** @param {Studio} studio @param {{made: () => Made | null}} samples */
export function createHome(studio, { made }) {
  const words = h('p', { role: 'status' });
  let busy = false;
  /** @param {string} label */
  const save = async (label) => {
    const run = studio.runs.current;
    if (!run?.weights || busy) return;
    busy = true;
    words.textContent = 'The file is being made.';
    try {
      const [name, content, type] = await FILES[label](/** @type {Trained} */ (run), made(), studio);
      download(name, content, type);
      words.textContent = `Saved ${name}.`;
    } catch (error) {
      words.textContent = `Not saved: ${wordsOf(error)}.`;
    }
    busy = false;
  };
  const buttons = Object.keys(FILES).map((label) =>
    h('button', { type: 'button', onclick: () => save(label) }, label),
  );
  const el = h(
    'div',
    { class: 'home' },
    h('h3', { id: 'take-home' }, 'Take home'),
    h('div', { class: 'row', role: 'group', 'aria-labelledby': 'take-home' }, ...buttons),
    words,
  );
  const offer = () => {
    for (const button of buttons) button.disabled = !studio.runs.current?.weights;
  };
  studio.on('runs', offer);
  offer();
  return el;
}
