/** How good samples are, in a table beside what held-out data get; and what each was nearest to in training. */
import { h } from '../../../figures/parts/dom.js';
import { numbersIn } from '../../../kernel/studio/dataset.js';
import { createShow } from '../show.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/sampling.js').Sampled} Sampled */
/** @typedef {import('../../../kernel/studio/judge.js').Judgement} Judgement */

const BEST = { low: 'lower is better', high: 'higher is better', even: '0.5 is best: more may be copies' };

/** @param {number} value */
const figure = (value) => (Number.isFinite(value) ? value.toPrecision(3) : '–');

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

/** @param {Run} run @param {Sampled} row @param {Judgement} judgement @param {Float32Array} train @param {number} size */
function nearestOf(run, row, { nearest }, train, size) {
  const [own, theirs] = [h('div'), h('div')];
  const { data } = run.config;
  createShow(own)(data, /** @type {Float32Array} */ (row.samples), `${row.title}: samples`);
  createShow(theirs)(data, gathered(train, nearest.index, size), 'The nearest of the training data to each');
  return h('div', { class: 'nearest', 'data-nearest': row.method }, own, theirs);
}

/** @param {Studio} studio @param {HTMLElement} el @param {Run} run @param {Sampled[]} sampled */
export async function judgeRows(studio, el, run, sampled) {
  const rows = sampled.filter(({ samples }) => samples !== null);
  if (rows.length === 0) throw new Error('there are no samples to judge: draw some first');
  const data = await studio.runs.dataOf(run.data);
  if (!data) throw new Error(`the data of “${run.name}” are not kept here any more`);
  const { kind, shape, values, held } = data;
  const size = numbersIn(shape);
  const apart = values.length - held * size;
  const [train, unseen] = [values.slice(0, apart), values.slice(apart)];
  /** @type {Judgement[]} */
  const judged = [];
  for (const { samples } of rows)
    judged.push(
      await studio.worker.ask({
        type: 'judge',
        judged: { kind, shape, samples: /** @type {Float32Array} */ (samples), train, held: unseen },
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
    h('h3', {}, 'Is it copying?'),
    ...rows.map((row, i) => nearestOf(run, row, judged[i], train, size)),
  );
  const measures = Object.fromEntries(
    rows.map(({ method }, i) => [
      method,
      Object.fromEntries(judged[i].measures.map((m) => [m.name, m.value])),
    ]),
  );
  const now = studio.runs.list.find(({ id }) => id === run.id);
  if (now) await studio.runs.put({ ...now, measures: { ...now.measures, ...measures } });
}
