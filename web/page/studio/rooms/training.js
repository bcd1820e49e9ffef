/** The training room: one button, what is told while it trains, and all runs in a table. */
import { h } from '../../../figures/parts/dom.js';
import { SCHEDULES } from '../../../kernel/studio/config.js';
import { trainedOn } from '../../../kernel/studio/dataset.js';
import { setUpCharts } from '../runs/charts.js';
import { setUpTable, space, time } from '../runs/table.js';
import { createSetting } from '../setting.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../setting.js').Setting} Setting */

/** @param {string[]} names @returns {[string, string][]} */
const same = (names) => names.map((name) => [name, name]);

/** @type {Omit<Setting, 'section'>[]} */
const FIRST = [
  { name: 'epochs', label: 'Epochs' },
  { name: 'batch', label: 'Batch' },
  { name: 'lr', label: 'Learning rate' },
  {
    name: 'objective',
    label: 'To predict',
    options: [
      ['eps', 'the noise'],
      ['x0', 'the data, x₀'],
      ['v', 'v'],
      ['flow', 'the flow’s velocity'],
    ],
  },
];
/** @type {Omit<Setting, 'section'>[]} */
const MORE = [
  {
    name: 'schedule',
    label: 'Schedule',
    options: same(SCHEDULES),
  },
  { name: 'timesteps', label: 'Timesteps T' },
  {
    name: 'optimizer',
    label: 'Optimiser',
    options: [
      ['adam', 'Adam'],
      ['muon', 'Muon'],
    ],
  },
  { name: 'warmup', label: 'Warm-up', hint: 'A part of all steps, 0 to 1.' },
  { name: 'decay', label: 'Learning rate falls to 0', type: 'checkbox' },
  { name: 'ema', label: 'Average of weights (EMA)', hint: '0: none.' },
  { name: 'label_dropout', label: 'Label dropout', hint: 'For guidance; only where there are labels.' },
  { name: 'seed', label: 'Seed' },
  {
    name: 'mode',
    label: 'Computing',
    options: [
      ['exact', 'exact: the same bits everywhere'],
      ['fast', 'fast: where the browser can'],
    ],
  },
  { name: 'stop.patience', label: 'Stop after so many epochs without a lower loss', hint: '0: never.' },
  { name: 'stop.seconds', label: 'Stop after so many seconds', hint: '0: never.' },
];

/** @param {Studio} studio @param {Omit<Setting, 'section'>[]} list */
const settings = (studio, list) =>
  list.map((setting) => createSetting(studio, { ...setting, section: 'training' }));

/** What the settings make and take, or why they are refused. @param {Studio} studio */
function planned({ dataset, state, size, refusal }) {
  if (!dataset) return '';
  if (refusal) return `Not like that: ${refusal}.`;
  const { batch, epochs } = state.get().training;
  const n = trainedOn(dataset);
  const steps = Math.ceil(n / Math.min(batch, n)) * epochs;
  const about = size?.stepMs ? `, about ${time((steps * size.stepMs) / 1000)}` : '';
  const parameters = size ? `, ${size.parameters.toLocaleString('en')} parameters, ${space(size.bytes)}` : '';
  return `${n.toLocaleString('en')} samples, ${steps.toLocaleString('en')} steps${parameters}${about}`;
}

/** @param {Studio} studio */
function progressWords({ progress, phase, runs, isLive }) {
  if (!progress || !isLive || phase === 'idle') {
    const run = runs.current;
    return run ? `${run.name}: ${run.step.toLocaleString('en')} steps in ${time(run.seconds)}` : '';
  }
  const { step, steps, epoch, seconds, left } = progress;
  const rest = phase === 'training' && step > 0 ? `, about ${time(left)} left` : '';
  return `step ${step.toLocaleString('en')} of ${steps.toLocaleString('en')}, epoch ${epoch}, ${time(seconds)} so far${rest}`;
}

/** The buttons and what is told beside them. @param {HTMLElement} root @param {Studio} studio */
function setUpButtons(root, studio) {
  const button = (/** @type {string} */ text, /** @type {() => void} */ act, kind = '') =>
    h('button', { type: 'button', class: kind, onclick: act }, text);
  const train = button('Train', () => studio.train(), 'primary');
  const pause = button('Pause', () => (studio.phase === 'paused' ? studio.goOn() : studio.pause()));
  const stop = button('Stop', () => studio.stop());
  const goOn = button('Go on', () => studio.goOn());
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Training' });
  const words = h('p', { class: 'train-words' });
  const plan = h('p', { class: 'train-plan' });
  root.append(
    h(
      'div',
      { class: 'train-buttons', role: 'group', 'aria-label': 'Training' },
      train,
      goOn,
      pause,
      stop,
      plan,
    ),
    bar,
    words,
  );
  const show = () => {
    const { phase, runs, dataset, progress, isLive } = studio;
    const busy = phase === 'training' || phase === 'paused';
    train.disabled = phase === 'starting' || phase === 'training' || !dataset;
    goOn.hidden = busy || !runs.current || runs.current.ended !== '' || phase === 'starting';
    pause.disabled = stop.disabled = !busy;
    pause.textContent = phase === 'paused' ? 'Go on' : 'Pause';
    plan.textContent = planned(studio);
    bar.value = progress && isLive ? progress.step / progress.steps : 0;
    bar.hidden = !busy;
    words.textContent = progressWords(studio);
  };
  for (const event of /** @type {const} */ (['progress', 'runs', 'dataset', 'state', 'network']))
    studio.on(event, show);
  show();
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpTrainingRoom(root, studio) {
  const buttons = h('div', { class: 'train-run' });
  const form = h(
    'div',
    { class: 'train-settings' },
    h('div', { class: 'settings' }, ...settings(studio, FIRST)),
    h(
      'details',
      {},
      h('summary', {}, 'All settings'),
      h('div', { class: 'settings' }, ...settings(studio, MORE)),
    ),
  );
  const charts = h('div', { class: 'train-charts' });
  const table = h('div', { class: 'train-runs', hidden: true });
  root.append(buttons, form, charts, table);
  setUpButtons(buttons, studio);
  setUpCharts(charts, studio);
  setUpTable(table, studio);
}
