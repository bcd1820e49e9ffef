/** What sampling begins with: noise, or something to fill, to make a picture of, or to go between. */
import { h } from '../../../figures/parts/dom.js';
import { numbersIn, PICTURE_RANGE, trainedOn } from '../../../kernel/studio/dataset.js';
import { create as createControls } from '../../outputs/controls.js';
import { createShow } from '../show.js';
import { createCanvas } from './canvas.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../runs/runs.js').Run} Run */
/** @typedef {import('../../../kernel/studio/sampling.js').Edit} Edit */
/** @typedef {import('../../../kernel/studio/config.js').DataConfig} DataConfig */
/** @typedef {Pick<DataConfig, 'kind' | 'shape' | 'range'>} Like */
/** `real`: samples that were held out, or where none were all; `count`: how many are asked for. @typedef {{like: Like, real: Float32Array, count: number}} Given */
/** @typedef {{el: HTMLElement[], get: () => Edit | null}} Way */

/** @param {string} label @param {number} min @param {number} max @param {number} value @param {number} [step] */
const slider = (label, min, max, value, step = 1) => ({
  type: /** @type {const} */ ('slider'),
  label,
  min,
  max,
  value,
  step,
});
const rounds = () => slider('Rounds a step', 1, 8, 2);
const strength = (/** @type {number} */ value) => slider('How far back into noise', 0.05, 1, value, 0.05);

/** @param {Record<string, import('../../outputs/controls.js').Spec>} controls @param {(values: Record<string, any>) => void} [changed] */
function createKnobs(controls, changed) {
  const el = h('div');
  let values = Object.fromEntries(Object.entries(controls).map(([name, { value }]) => [name, value]));
  createControls(el, { controls }, (next) => {
    values = next;
    changed?.(next);
  });
  return { el, get: () => values };
}

/** @param {Given} given @param {number} k from 1 */
function realOf({ like, real }, k) {
  const size = numbersIn(like.shape);
  return real.slice((k - 1) * size, k * size);
}
/** @param {Given} given */
const countIn = ({ like, real }) => real.length / numbersIn(like.shape);

/** The colour that is the commonest, of each channel: what one draws on. @param {Given} given */
function paperOf({ like: { shape, range }, real }) {
  const [low, high] = range;
  const [channels, height, width] = shape;
  const size = height * width;
  return Array.from({ length: channels }, (_, c) => {
    /** @type {Map<number, number>} */
    const found = new Map();
    for (let i = 0; i < real.length; i++)
      if (Math.floor(i / size) % channels === c) {
        const part = (Math.max(low, Math.min(high, real[i])) - low) / (high - low);
        const level = low + ((high - low) * Math.round(40 * part)) / 40;
        found.set(level, (found.get(level) ?? 0) + 1);
      }
    return [...found].reduce((best, each) => (each[1] > best[1] ? each : best), [low, 0])[0];
  });
}

/** A picture to draw on: empty, or one that was held out. @param {Given} given @param {'empty' | 'held'} first @param {() => void} changed */
function createPicture(given, first, changed) {
  const { like } = given;
  const of = (/** @type {Record<string, any>} */ { below, which }) =>
    below === 'held' ? realOf(given, which) : null;
  const offered = countIn(given) > 0;
  const knobs = createKnobs(
    {
      ...(offered && {
        below: {
          type: /** @type {const} */ ('choice'),
          label: 'Picture',
          value: first,
          options: { held: 'a real one', empty: 'empty' },
        },
        which: slider('Which real one', 1, countIn(given), 1),
      }),
    },
    (values) => {
      canvas.lay(of(values));
      changed();
    },
  );
  const canvas = createCanvas(
    'Picture: draw on it',
    like.shape,
    { over: of(knobs.get()), paper: paperOf(given), range: like.range },
    changed,
  );
  return { el: [knobs.el, canvas.el], get: canvas.get };
}

/** @param {Given} given @returns {Way} */
function fillPicture(given) {
  const picture = createPicture(given, 'held', () => mask.lay(picture.get()));
  const mask = createCanvas(
    'Mask: paint what is made anew',
    given.like.shape,
    { mask: true, over: picture.get(), range: given.like.range },
    () => {},
  );
  const knobs = createKnobs({ rounds: rounds() });
  return {
    el: [...picture.el, mask.el, knobs.el],
    get: () => ({
      kind: 'inpaint',
      picture: picture.get(),
      mask: mask.get(),
      rounds: knobs.get().rounds,
    }),
  };
}

/** @param {Given} given @returns {Way} */
function fillSeries(given) {
  const length = given.like.shape[1];
  const place = h('div', { class: 'beginning-shown' });
  const show = createShow(place);
  const tell = (/** @type {Record<string, any>} */ { which }) =>
    show(given.like, realOf(given, which), 'What is known of it stays');
  const knobs = createKnobs(
    {
      which: slider('Series', 1, countIn(given), 1),
      from: slider('Made anew from place', 0, length - 1, Math.floor(length / 2)),
      to: slider('to place', 0, length - 1, length - 1),
      rounds: rounds(),
    },
    tell,
  );
  tell(knobs.get());
  return {
    el: [knobs.el, place],
    get() {
      const { which, from, to, rounds: times } = knobs.get();
      const mask = Float32Array.from({ length }, (_, i) => (i >= from && i <= to ? 1 : 0));
      return { kind: 'inpaint', picture: realOf(given, which), mask, rounds: times };
    },
  };
}

/** @returns {Way} */
function fillPoint() {
  const knobs = createKnobs({
    known: { type: 'choice', label: 'Known is', value: 'x', options: { x: 'x', y: 'y' } },
    value: slider('and it is', -3, 3, 0, 0.05),
    rounds: rounds(),
  });
  return {
    el: [knobs.el],
    get() {
      const { known, value, rounds: times } = knobs.get();
      const isX = known === 'x';
      return {
        kind: 'inpaint',
        picture: Float32Array.of(isX ? value : 0, isX ? 0 : value),
        mask: Float32Array.of(isX ? 0 : 1, isX ? 1 : 0),
        rounds: times,
      };
    },
  };
}

/** @param {Given} given @returns {Way} */
function scribble(given) {
  const picture = createPicture(given, 'empty', () => {});
  const knobs = createKnobs({ strength: strength(0.6) });
  return {
    el: [...picture.el, knobs.el],
    get: () => ({ kind: 'scribble', picture: picture.get(), strength: knobs.get().strength }),
  };
}

/** @param {Given} given @returns {Way} */
function betweenSamples({ count }) {
  const knobs = createKnobs({
    from: slider('From sample', 1, count, 1),
    to: slider('to sample', 1, count, Math.min(2, count)),
  });
  return {
    el: [knobs.el],
    get: () => ({ kind: 'interpolate', from: knobs.get().from - 1, to: knobs.get().to - 1 }),
  };
}

/** @param {Given} given @returns {Way} */
function betweenReal(given) {
  const place = h('div', { class: 'beginning-shown' });
  const show = createShow(place);
  const ends = (/** @type {Record<string, any>} */ { from, to }) =>
    /** @type {[Float32Array, Float32Array]} */ ([realOf(given, from), realOf(given, to)]);
  const tell = (/** @type {Record<string, any>} */ values) => {
    const [a, b] = ends(values);
    show(given.like, Float32Array.of(...a, ...b), 'The two');
  };
  const n = countIn(given);
  const knobs = createKnobs(
    {
      from: slider('From', 1, n, 1),
      to: slider('to', 1, n, Math.min(2, n)),
      strength: strength(0.5),
    },
    tell,
  );
  tell(knobs.get());
  return {
    el: [knobs.el, place],
    get: () => ({ kind: 'between', ends: ends(knobs.get()), strength: knobs.get().strength }),
  };
}

const FILL = { points: fillPoint, series: fillSeries, pictures: fillPicture };
/** Pictures that can be drawn on. @param {Given} given */
const canBeDrawn = ({ like: { kind, shape } }) => kind === 'pictures' && (shape[0] === 1 || shape[0] === 3);

/** @type {Record<string, {title: (like: Like) => string, hint: string, fits: (given: Given) => boolean, make: (given: Given) => Way}>} */
const WAYS = {
  noise: { title: () => 'noise', hint: '', fits: () => true, make: () => ({ el: [], get: () => null }) },
  inpaint: {
    title: ({ kind }) => (kind === 'points' ? 'one coordinate: the other is filled in' : 'a gap to fill'),
    hint: 'Inpainting: after each step what is known is put back, as noisy as the rest. More rounds a step join both better.',
    fits: (given) =>
      given.like.kind === 'points' ||
      (countIn(given) > 0 && given.like.kind === 'series') ||
      canBeDrawn(given),
    make: (given) => FILL[given.like.kind](given),
  },
  scribble: {
    title: () => 'a scribble',
    hint: 'Scribble to picture (SDEdit): noise is laid over it, and taken away by the model. Farther back it keeps less of yours.',
    fits: canBeDrawn,
    make: scribble,
  },
  interpolate: {
    title: () => 'the way between two samples',
    hint: 'Interpolation along the arc between the noise of two samples. Numbers are those of the samples from noise, with the same seed.',
    fits: ({ count }) => count > 1,
    make: betweenSamples,
  },
  between: {
    title: () => 'the way between two real ones',
    hint: 'Both get the same noise, are mixed, and the model takes the noise away: from the first to the second.',
    fits: (given) => countIn(given) > 1,
    make: betweenReal,
  },
};

/** The choice, and what belongs to it. @param {Studio} studio */
export function createBeginning(studio) {
  const select = h('select', { id: 'sampling-begin' });
  const hint = h('p', { class: 'setting-hint' });
  const place = h('div', { class: 'beginning' });
  const field = h('div', { class: 'setting' }, h('label', { for: 'sampling-begin' }, 'Begin with'), select);
  /** @type {Given | null} */
  let given = null;
  let key = '';
  /** @type {Way} */
  let way = WAYS.noise.make(/** @type {any} */ (null));

  function show() {
    const chosen = WAYS[select.value] ?? WAYS.noise;
    way = given ? chosen.make(given) : way;
    hint.textContent = chosen.hint;
    place.hidden = select.value === 'noise';
    place.replaceChildren(hint, ...way.el);
  }
  select.onchange = show;

  function fill() {
    const all = given;
    if (!all) return;
    const before = select.value;
    const fitting = Object.entries(WAYS).filter(([, { fits }]) => fits(all));
    select.replaceChildren(...fitting.map(([value, { title }]) => h('option', { value }, title(all.like))));
    select.value = fitting.some(([value]) => value === before) ? before : 'noise';
    show();
  }

  /** @param {Run | null} run */
  async function offer(run) {
    const { count } = studio.state.get().sampling;
    const next = run ? `${run.data} ${run.config.data.shape}` : '';
    if (next === key) {
      if (!given || given.count === count) return;
      given.count = count;
      // What is painted stays; sliders that count samples are made anew.
      if (select.value === 'interpolate') show();
      return;
    }
    key = next;
    const data = run && (await studio.runs.dataOf(run.data));
    if (next !== key || !run) return;
    const { kind, shape, range = PICTURE_RANGE } = run.config.data;
    const first = data && data.held > 0 ? trainedOn(data) * numbersIn(shape) : 0;
    given = {
      like: { kind, shape, range },
      real: data ? data.values.slice(first) : new Float32Array(0),
      count,
    };
    fill();
  }
  return { field, place, offer, get: () => way.get() };
}
