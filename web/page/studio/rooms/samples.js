/** The samples room: what the run that is chosen has learned, and its weights to take home. */
import { h } from '../../../figures/parts/dom.js';
import { download } from '../../common/save.js';
import { createShow } from '../show.js';

/** @typedef {import('../studio.js').Studio} Studio */

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpSamplesRoom(root, studio) {
  let seed = studio.state.get().sampling.seed;
  const words = h('p', { role: 'status' });
  const place = h('div', { class: 'samples-shown' });
  const show = createShow(place);
  const draw = async () => {
    const run = studio.runs.current;
    if (!run?.weights) return;
    const { count, steps } = studio.state.get().sampling;
    const kept = { config: run.config, weights: run.weights };
    try {
      const answer = await studio.worker.ask({ type: 'preview', count, steps, seed: ++seed, kept });
      const { data } = run.config;
      const names = answer?.labels && Array.from(answer.labels, (k) => data.classes[k] ?? '');
      if (answer) show(data, answer.samples, `${run.name}, seed ${seed}`, names ?? undefined);
      words.textContent = answer
        ? ''
        : 'Its samples are no numbers: train it longer, or with a smaller learning rate.';
    } catch (error) {
      words.textContent = `No samples: ${error instanceof Error ? error.message : error}`;
    }
  };
  const again = h('button', { type: 'button', class: 'primary', onclick: draw }, 'New samples');
  const save = () => {
    const run = studio.runs.current;
    const name = run?.name.replace(/[^\w-]+/g, '-') || 'model';
    if (run?.weights) download(`${name}.safetensors`, new Blob([/** @type {BlobPart} */ (run.weights)]));
  };
  const home = h('button', { type: 'button', onclick: save }, 'Save the weights');
  root.append(h('div', { class: 'row', role: 'group', 'aria-label': 'Samples' }, again, home), words, place);
  const offer = () => {
    const run = studio.runs.current;
    again.disabled = home.disabled = !run?.weights;
    if (!run?.weights) words.textContent = 'Train a model first: what it learns is drawn here.';
    else if (words.textContent?.startsWith('Train')) words.textContent = '';
  };
  studio.on('runs', offer);
  offer();
}
