/** Methods side by side, each from the same noise: what they make, and what it takes. */
import { h } from '../../../figures/parts/dom.js';
import { createShow } from '../show.js';
import { createWay } from './way.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/sampling.js').Sampled} Sampled */

/** Of two runs that predict the same thing, what was chosen stays. */
const START = { flow: 'euler', other: 'ddim' };

/** The methods that fit a run, to choose of. @param {Studio} studio */
export function createMethods(studio) {
  const list = h('div', { class: 'methods' });
  const el = h('fieldset', { class: 'sampling-methods' }, h('legend', {}, 'Methods'), list);
  let objective = '';
  /** @param {string} of what the network predicts */
  const offer = async (of) => {
    if (of === objective) return;
    objective = of;
    const methods = await studio.worker.ask({ type: 'methods', objective: of });
    if (of !== objective) return;
    const wished = studio.state.get().sampling.method;
    const first = methods.some(({ name }) => name === wished)
      ? wished
      : of === 'flow'
        ? START.flow
        : START.other;
    list.replaceChildren(
      ...methods.map(({ name, title }) => {
        const box = h('input', { type: 'checkbox', value: name });
        box.checked = name === first;
        return h('label', {}, box, ` ${title}`);
      }),
    );
  };
  const chosen = () => [...list.querySelectorAll('input')].filter(({ checked }) => checked);
  return { el, offer, chosen: () => chosen().map(({ value }) => value) };
}

/** The classes that the run's network can be asked for: those of its data, unless it is told none. @param {Run | null} run */
function classesOf(run) {
  if (!run?.config.data.labels) return [];
  const { text } = run.config.network;
  return text === '' || /^input \S+ labels /m.test(text) ? run.config.data.classes : [];
}

/** Which class is asked for. */
export function createClasses() {
  const select = h('select', { id: 'sampling-class' });
  const el = h('div', { class: 'setting' }, h('label', { for: 'sampling-class' }, 'Class'), select);
  let shown = '';
  return {
    el,
    /** @param {Run | null} run */
    offer(run) {
      const classes = classesOf(run);
      el.hidden = classes.length === 0;
      if (classes.join('\n') === shown) return;
      shown = classes.join('\n');
      select.replaceChildren(
        h('option', { value: '' }, 'each in turn'),
        ...classes.map((name, k) => h('option', { value: String(k) }, name)),
      );
    },
    /** @returns {number | null} */
    get: () => (el.hidden || select.value === '' ? null : Number(select.value)),
  };
}

/** @param {number} seconds */
const timeOf = (seconds) => (seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(1)} s`);

/** What a row took, or why there is none. @param {Sampled} row */
const wordsOf = ({ problem, steps, evaluations, seconds }) =>
  problem ||
  `${steps} steps, ${evaluations.toLocaleString('en')} evaluations of the network, ${timeOf(seconds)}`;

/**
 * Shows rows in an element; called again, others.
 * @param {HTMLElement} el @returns {(run: Run, rows: Sampled[], labels: number[] | null, title: string) => void}
 */
export function createRows(el) {
  /** @type {ReturnType<typeof createWay>[]} */
  let ways = [];
  return (run, rows, labels, title) => {
    const { data } = run.config;
    const names = labels?.map((k) => data.classes[k] ?? String(k));
    for (const way of ways) way.destroy();
    ways = [];
    el.replaceChildren(
      ...rows.map((row) => {
        const place = h('div', { class: 'samples-shown' });
        if (row.samples) createShow(place)(data, row.samples, title, names);
        const way = row.frames.length > 1 ? createWay(data, row.frames, row.title) : null;
        if (way) ways.push(way);
        return h(
          'section',
          { class: 'sampled', 'data-method': row.method, 'aria-label': row.title },
          h('h3', {}, row.title),
          h('p', row.problem ? { class: 'setting-wrong' } : {}, wordsOf(row)),
          place,
          ...(way ? [way.el] : []),
        );
      }),
    );
  };
}
