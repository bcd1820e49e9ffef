/** How good samples are, in a table beside what held-out data get; and what each was nearest to in training. */
import { h } from '../../../figures/parts/dom.js';
import { numbersIn } from '../../../kernel/studio/dataset.js';
import { loaded } from '../../outputs/loaded.js';
import { scoredOf } from '../runs/measures.js';
import { createShow } from '../show.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/sampling.js').Sampled} Sampled */
/** @typedef {import('../../../kernel/studio/judge.js').Judgement} Judgement */

const BEST = { low: 'lower is better', high: 'higher is better', even: '0.5 is best: more may be copies' };

/** @param {number} value */
export const figure = (value) => (Number.isFinite(value) ? value.toPrecision(3) : '–');

/** @param {Sampled[]} rows @param {Judgement[]} judged */
function tableOf(rows, judged) {
  const head = ['Measure', ...rows.map(({ title }) => title), 'Real data'];
  const body = judged[0].measures.map(({ title, better, real }, i) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, title, h('span', { class: 'better' }, ` ${BEST[better]}`)),
      ...judged.map(({ measures }) => h('td', { class: 'number' }, figure(measures[i].value))),
      h('td', { class: 'number' }, figure(real)),
    ),
  );
  return h(
    'table',
    { class: 'runs judgement' },
    h('thead', {}, h('tr', {}, ...head.map((name) => h('th', { scope: 'col' }, name)))),
    h('tbody', {}, ...body),
  );
}

/** The training samples of those places. @param {Float32Array} train @param {Int32Array} index @param {number} size */
function gathered(train, index, size) {
  const out = new Float32Array(index.length * size);
  index.forEach((row, i) => {
    out.set(train.subarray(row * size, (row + 1) * size), i * size);
  });
  return out;
}

/** How far each is from its nearest, to be read. @param {Judgement['nearest']} nearest */
function distancesOf({ index, distance, usual }) {
  const cells = Array.from(distance, (d, i) =>
    h(
      'tr',
      {},
      ...[String(i + 1), String(index[i] + 1), figure(d)].map((text) => h('td', { class: 'number' }, text)),
    ),
  );
  const head = ['Sample', 'Nearest of training', 'Distance'].map((name) => h('th', { scope: 'col' }, name));
  const held = Number.isFinite(usual) ? ` (a held-out sample's median: ${figure(usual)})` : '';
  return h(
    'details',
    {},
    h('summary', {}, `The distance of each${held}`),
    h('table', { class: 'runs' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...cells)),
  );
}

/** Of series: spectrum and autocorrelation beside those of held-out data. @param {Sampled[]} rows @param {Judgement[]} judged */
function wavesOf(rows, judged) {
  const first = judged[0].waves;
  if (!first) return [];
  const chart = (
    /** @type {string} */ title,
    /** @type {string} */ x,
    /** @type {number[]} */ places,
    /** @type {'spectrum' | 'correlation'} */ of,
  ) => {
    const el = h('div', { class: 'chart-place', 'data-waves': of });
    const samples = judged.map(({ waves }) => waves?.samples[of] ?? []);
    const series = [...rows.map((row) => row.title), 'Real data'];
    const data = [places, ...samples, first.real[of]];
    loaded(el, { title, x, series, log: of === 'spectrum', data }, () => import('../../../figures/chart.js'));
    return el;
  };
  return [
    h('h3', {}, 'Its waves'),
    chart('Spectrum', 'waves in a series', first.frequencies, 'spectrum'),
    chart('Autocorrelation', 'places later', first.lags, 'correlation'),
  ];
}

/** @param {Run} run @param {Sampled} row @param {Judgement} judgement @param {Float32Array} train @param {number} size */
function nearestOf(run, row, { nearest, copying }, train, size) {
  const [own, theirs] = [h('div'), h('div')];
  const { data } = run.config;
  createShow(own)(data, /** @type {Float32Array} */ (row.samples), `${row.title}: samples`);
  const title = 'The nearest of the training data to each';
  // Only pictures stand one by one, with room for a number at each.
  const far = data.kind === 'pictures' ? Array.from(nearest.distance, figure) : undefined;
  createShow(theirs)(data, gathered(train, nearest.index, size), title, far);
  return h(
    'section',
    { 'aria-label': `${row.title}: copies` },
    h('p', { class: 'copying' }, `${row.title}: ${copying}`),
    h('div', { class: 'nearest', 'data-nearest': row.method }, own, theirs),
    distancesOf(nearest),
  );
}

/** @param {Studio} studio @param {HTMLElement} el @param {Run} run @param {Sampled[]} sampled @param {number[] | null} asked classes */
export async function judgeRows(studio, el, run, sampled, asked) {
  const rows = sampled.filter(({ samples }) => samples !== null);
  if (rows.length === 0) throw new Error('there are no samples to judge: draw some first');
  const data = await studio.runs.dataOf(run.data);
  if (!data) throw new Error(`the data of “${run.name}” are not kept here any more`);
  const { kind, shape, values, held } = data;
  const trained = values.length / numbersIn(shape) - held;
  const known = asked && data.labels;
  const size = numbersIn(shape);
  const apart = values.length - held * size;
  const [train, unseen] = [values.slice(0, apart), values.slice(apart)];
  const labels = known && {
    samples: asked,
    train: known.slice(0, trained),
    held: known.slice(trained),
  };
  /** @type {Judgement[]} */
  const judged = [];
  for (const { samples } of rows)
    judged.push(
      await studio.worker.ask({
        type: 'judge',
        judged: { kind, shape, samples: /** @type {Float32Array} */ (samples), train, held: unseen, labels },
      }),
    );
  el.replaceChildren(
    h('h3', {}, 'Judgement'),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Judgement' },
      tableOf(rows, judged),
    ),
    ...judged[0].notes.map((note) => h('p', {}, note)),
    ...wavesOf(rows, judged),
    h('h3', {}, 'Is it copying?'),
    ...rows.map((row, i) => nearestOf(run, row, judged[i], train, size)),
  );
  const measures = Object.fromEntries(rows.map(({ method }, i) => [method, scoredOf(judged[i])]));
  const now = studio.runs.list.find(({ id }) => id === run.id);
  if (now) await studio.runs.put({ ...now, measures: { ...now.measures, ...measures } });
}
