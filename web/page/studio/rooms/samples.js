/** The samples room: what the run that is chosen has learned, by several methods, judged, and taken home. */
import { h } from '../../../figures/parts/dom.js';
import { createHome } from '../export/home.js';
import { createBeginning } from '../samples/beginning.js';
import { createClasses, createMethods, createRows } from '../samples/compare.js';
import { judgeRows } from '../samples/judgement.js';
import { setUpQuality } from '../samples/quality.js';
import { createSetting } from '../setting.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */

/** @type {Omit<import('../setting.js').Setting, 'section'>[]} */
const SETTINGS = [
  { name: 'count', label: 'Samples' },
  { name: 'steps', label: 'Steps' },
  { name: 'eta', label: 'Eta', hint: 'How much noise DDIM draws: 0 to 1.' },
  { name: 'guidance_scale', label: 'Guidance', hint: '1: none. Where there are classes.' },
  { name: 'seed', label: 'Seed of the noise' },
];

const wordsOf = (/** @type {unknown} */ error) => (error instanceof Error ? error.message : String(error));

/** Samples by the methods that are chosen. @param {Studio} studio @param {Run & {weights: Uint8Array}} run @param {string[]} methods @param {number | null} label @param {import('../../../kernel/studio/sampling.js').Edit | null} edit */
function sample(studio, run, methods, label, edit) {
  const { steps, eta, guidance_scale, seed, count } = studio.state.get().sampling;
  const rows = methods.map((method) => ({ method, steps, eta }));
  return studio.worker.ask({
    type: 'sample',
    wanted: { rows, count, seed, guidance_scale, edit },
    label,
    kept: { config: run.config, weights: run.weights },
  });
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpSamplesRoom(root, studio) {
  const words = h('p', { role: 'status' });
  const place = h('div', { class: 'sampled-rows' });
  const judged = h('div', { class: 'judged' });
  const quality = h('div', { class: 'judged', hidden: true });
  const methods = createMethods(studio);
  const classes = createClasses();
  const beginning = createBeginning(studio);
  const showRows = createRows(place);
  /** @type {import('../export/home.js').Made | null} */
  let made = null;
  // Only what begins from noise says how good a model is.
  let fromNoise = true;
  let busy = false;

  /** @param {string} doing @param {(run: Run & {weights: Uint8Array}) => Promise<void>} fn */
  const work = async (doing, fn) => {
    const run = studio.runs.current;
    if (!run?.weights || busy) return;
    busy = true;
    offer();
    words.textContent = doing;
    const sentence = await fn(/** @type {any} */ (run)).then(() => '', wordsOf);
    words.textContent = sentence && `Not done: ${sentence}.`;
    busy = false;
    offer();
  };
  const draw = () =>
    work('Drawing samples.', async (run) => {
      const edit = beginning.get();
      const { rows, labels } = await sample(studio, run, methods.chosen(), classes.get(), edit);
      fromNoise = edit === null;
      made = { run, rows, labels };
      judged.replaceChildren();
      showRows(run, rows, labels, `${run.name}, seed ${studio.state.get().sampling.seed}`);
    });
  const drawNew = () => {
    const { seed } = studio.state.get().sampling;
    studio.state.set({ sampling: { seed: (seed + 1) % 2 ** 32 } });
    return draw();
  };
  const judge = () =>
    work('Judging the samples.', async () => {
      if (made) await judgeRows(studio, judged, made.run, made.rows, made.labels);
    });
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, quiet = true) =>
    h('button', { type: 'button', onclick, ...(quiet ? {} : { class: 'primary' }) }, text);
  const again = button('New samples', drawNew, false);
  const same = button('The same noise again', draw);
  const judging = button('Judge them', judge);
  const fields = SETTINGS.map((setting) => createSetting(studio, { ...setting, section: 'sampling' }));
  root.append(
    methods.el,
    h('div', { class: 'settings' }, classes.el, beginning.field, ...fields),
    beginning.place,
    h('div', { class: 'row', role: 'group', 'aria-label': 'Samples' }, again, same, judging),
    words,
    place,
    judged,
    quality,
    createHome(studio, { made: () => made }),
  );
  function offer() {
    const run = studio.runs.current;
    again.disabled = same.disabled = !run?.weights || busy;
    judging.disabled = !made || !fromNoise || busy;
    classes.offer(run);
    beginning.offer(run).catch((error) => (words.textContent = wordsOf(error)));
    methods
      .offer((run?.config ?? studio.state.get()).training.objective)
      .catch((error) => (words.textContent = wordsOf(error)));
    if (!run?.weights) words.textContent = 'Train a model first: what it learns is drawn here.';
    else if (words.textContent?.startsWith('Train')) words.textContent = '';
  }
  setUpQuality(quality, studio);
  studio.on('runs', offer);
  studio.on('state', offer);
  offer();
}
