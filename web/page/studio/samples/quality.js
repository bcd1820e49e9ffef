/** Quality against diversity: precision and recall of each run that was judged, beside those of real data. */
import { h } from '../../../figures/parts/dom.js';
import { loaded } from '../../outputs/loaded.js';
import { bestOf } from '../runs/measures.js';
import { INKS } from '../show.js';
import { figure } from './judgement.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** `real`: what real data score, and not samples of a run. @typedef {{name: string, method: string, precision: number, recall: number, real: boolean}} Mark */

/** Room for dots at 0 and 1. @type {[number, number]} */
const PART = [-0.04, 1.04];

/** The runs by their best method, then real data: once where all were held against the same. @param {Pick<Run, 'name' | 'config' | 'measures'>[]} runs @returns {Mark[]} */
export function marksOf(runs) {
  /** @type {Mark[]} */
  const marks = [];
  /** @type {Map<string, Mark>} */
  const real = new Map();
  for (const run of runs) {
    const best = bestOf(run);
    if (!best) continue;
    const { precision, recall } = best.values;
    if (precision === undefined || recall === undefined) continue;
    marks.push({ name: run.name, method: best.method, precision, recall, real: false });
    const theirs = best.real;
    if (theirs.precision === undefined || theirs.recall === undefined) continue;
    const name = `Real: ${run.config.data.name || run.config.data.kind}`;
    real.set(`${name} ${theirs.precision} ${theirs.recall}`, {
      name,
      method: '',
      precision: theirs.precision,
      recall: theirs.recall,
      real: true,
    });
  }
  const [only, ...others] = real.values();
  return [...marks, ...(only && others.length === 0 ? [{ ...only, name: 'Real data' }] : real.values())];
}

/** What the chart takes: a series for each, with its only dot at its place. @param {Mark[]} marks */
export function qualityProps(marks) {
  const places = marks.toSorted((a, b) => a.precision - b.precision);
  return {
    title: 'Quality against diversity',
    x: 'precision',
    y: 'recall',
    dots: true,
    range: PART,
    x_range: PART,
    series: marks.map(({ name }) => name),
    colors: marks.map(({ real }, i) => (real ? 'axis' : INKS[i % INKS.length])),
    data: [
      places.map(({ precision }) => precision),
      ...marks.map((mark) => places.map((each) => (each === mark ? mark.recall : null))),
    ],
  };
}

/** @param {Mark[]} marks */
function tableOf(marks) {
  const head = ['Run', 'Method', 'Precision', 'Recall'].map((name) => h('th', { scope: 'col' }, name));
  const rows = marks.map(({ name, method, precision, recall }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', {}, method || '–'),
      ...[precision, recall].map((value) => h('td', { class: 'number' }, figure(value))),
    ),
  );
  return h('table', { class: 'runs marks' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows));
}

/** @param {HTMLElement} el @param {Studio} studio */
export function setUpQuality(el, studio) {
  const place = h('div', { class: 'quality' });
  const table = h('div', {
    class: 'scroll',
    tabindex: 0,
    role: 'region',
    'aria-label': 'Runs that were judged',
  });
  el.append(
    h('h3', {}, 'Runs that were judged'),
    h(
      'p',
      {},
      'Right: samples lie among real data. Up: real data lie among samples. Each run by its best method.',
    ),
    place,
    table,
  );
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  let shown = '';
  const show = () => {
    const marks = marksOf(studio.runs.list);
    const key = JSON.stringify(marks);
    if (key === shown) return;
    shown = key;
    el.hidden = marks.length === 0;
    if (el.hidden) return;
    table.replaceChildren(tableOf(marks));
    const props = qualityProps(marks);
    if (view) view.update(props);
    else view = loaded(place, props, () => import('../../../figures/chart.js'));
  };
  studio.on('runs', show);
  show();
}
