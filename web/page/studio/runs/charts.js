/** What is seen of runs: their losses, the loss by noise level and a few samples of the one that trains. */
import { h } from '../../../figures/parts/dom.js';
import { loaded } from '../../outputs/loaded.js';
import { createShow } from '../show.js';
import { watch } from './watch.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('./runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/run.js').Losses} Losses */

const chart = () => import('../../../figures/chart.js');
const MOST_CURVES = 5;
/** How often one looks at what trains. */
const PREVIEW_MS = 2500;
const LEVELS_MS = 6000;
const PREVIEW = { points: 400, series: 6, pictures: 8 };
const PREVIEW_STEPS = 20;

/** Curves over the step, each with its own places. @param {{name: string, losses: Losses}[]} runs */
export function columnsOf(runs) {
  const places = [
    ...new Set(runs.flatMap(({ losses }) => losses.curve.map((_, i) => (i + 1) * losses.every))),
  ].sort((a, b) => a - b);
  const at = new Map(places.map((place, i) => [place, i]));
  const curves = runs.map(({ losses: { every, curve } }) => {
    const column = /** @type {(number | null)[]} */ (new Array(places.length).fill(null));
    curve.forEach((loss, i) => {
      column[at.get((i + 1) * every) ?? 0] = loss;
    });
    return column;
  });
  return [places, ...curves];
}

/** The loss of the run that is looked at, beside those of others. @param {HTMLElement} el @param {Studio} studio */
function setUpLosses(el, studio) {
  const compare = h('input', { type: 'checkbox' });
  const place = h('div');
  const offer = h('label', { class: 'check', hidden: true }, compare, ' beside the other runs');
  el.append(place, offer);
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  const show = () => {
    const { current, list } = studio.runs;
    const live = studio.isLive ? studio.progress?.losses : undefined;
    const mine = current && { name: current.name, losses: live ?? current.losses };
    const others = list.filter(({ id }) => id !== current?.id).slice(-MOST_CURVES);
    offer.hidden = others.length === 0;
    const runs = [...(mine ? [mine] : []), ...(compare.checked ? others : [])];
    el.hidden = runs.length === 0;
    if (runs.length === 0) return;
    const next = {
      title: 'Loss',
      x: 'step',
      series: runs.map(({ name }) => name),
      log: true,
      data: columnsOf(runs),
    };
    if (view) view.update(next);
    else view = loaded(place, next, chart);
  };
  compare.onchange = show;
  studio.on('runs', show);
  studio.on('progress', show);
  show();
}

/** @param {HTMLElement} el @param {import('../../../kernel/studio/protocol.js').Answer<'levels'>} levels @param {ReturnType<typeof loaded> | null} view */
function showLevels(el, levels, view) {
  el.hidden = !levels;
  if (!levels) return view;
  const next = {
    title: 'Loss by noise level',
    x: 't (0 is data, the end is noise)',
    series: ['loss'],
    log: true,
    data: [levels.timesteps, levels.losses],
  };
  if (!view) return loaded(el, next, chart);
  view.update(next);
  return view;
}

/** @param {HTMLElement} root @param {Studio} studio */
export function setUpCharts(root, studio) {
  const losses = h('div', { class: 'chart-place' });
  const levels = h('div', { class: 'chart-place', hidden: true });
  const samples = h('div', { class: 'live-samples', hidden: true });
  root.append(samples, losses, levels);
  setUpLosses(losses, studio);
  const show = createShow(samples);
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  watch(studio, PREVIEW_MS, async () => {
    const run = studio.runs.current;
    if (!run) return;
    const { data } = run.config;
    const ask = {
      type: /** @type {const} */ ('preview'),
      count: PREVIEW[data.kind],
      steps: PREVIEW_STEPS,
      seed: 1,
    };
    const answer = await studio.worker.ask(ask);
    if (!answer || studio.runs.current?.id !== run.id) return;
    samples.hidden = false;
    const names = answer.labels && Array.from(answer.labels, (k) => data.classes[k] ?? '');
    const title = `Samples after ${answer.step.toLocaleString('en')} steps`;
    show(data, answer.samples, title, names ?? undefined);
    samples.dataset.step = String(answer.step);
  });
  watch(studio, LEVELS_MS, async () => {
    view = showLevels(levels, await studio.worker.ask({ type: 'levels' }), view);
  });
  studio.on('runs', () => {
    // They are of the run that the worker has.
    if (!studio.isLive) levels.hidden = samples.hidden = true;
  });
}
