/** Samples as their kind is looked at: points in the plane, pictures in rows, series as lines. */
import { numbersIn, PICTURE_RANGE } from '../../kernel/studio/dataset.js';
import { loaded } from '../outputs/loaded.js';

/** range: of what value to what pictures go. @typedef {{kind: 'points' | 'pictures' | 'series', shape: number[], range?: [number, number]}} Like */

const MOST_LINES = 6;
const MOST_PICTURES = 24;

/** Data have a deviation of about 1: what lies farther off than this is no picture of them, and is told. */
const MOST_REACH = 10;

/** Half the side of a square that holds nearly all of them. @param {ArrayLike<number>} points */
function reach(points) {
  const sizes = Array.from(points, Math.abs).sort((a, b) => a - b);
  return Math.max(0.5, Math.ceil(12 * (sizes[Math.floor(0.995 * (sizes.length - 1))] ?? 1)) / 10);
}

/** Where there are more classes than colours, they are not told apart. */
export const INKS = ['x0', 'eps', 'abar', 'xt', 'one', 'two', 'three', 'four'];

/** A set for each class. @param {Float32Array} points @param {string[]} [labels] a class each */
function setsOf(points, labels) {
  const names = [...new Set(labels)].sort();
  if (labels?.length !== points.length / 2 || names.length < 2 || names.length > INKS.length)
    return [{ points, color: 'xt' }];
  return names.map((label, k) => ({
    label,
    color: INKS[k],
    points: points.filter((_, i) => labels[i >> 1] === label),
  }));
}

/** @param {Float32Array} samples @param {string} title @param {string[]} [labels] */
export function inThePlane(samples, title, labels) {
  const side = Math.min(MOST_REACH, reach(samples));
  const beyond = samples.some((v) => Math.abs(v) > MOST_REACH) ? `, some beyond ${MOST_REACH}` : '';
  return {
    panels: [{ title: title + beyond, sets: setsOf(samples, labels) }],
    range: [-side, side],
  };
}

const FIGURES = {
  points: {
    load: () => import('../../figures/scatter.js'),
    /** @param {Like} _ @param {Float32Array} samples @param {string} title @param {string[]} [labels] */
    props: (_, samples, title, labels) => inThePlane(samples, title, labels),
  },
  pictures: {
    load: () => import('../../figures/grid.js'),
    /** @param {Like} like @param {Float32Array} samples @param {string} title @param {string[]} [labels] */
    props({ shape, range = PICTURE_RANGE }, samples, title, labels) {
      const size = numbersIn(shape);
      const n = Math.min(MOST_PICTURES, samples.length / size);
      const images = { shape: [n, ...shape], data: samples.subarray(0, n * size) };
      return { panels: [{ title, images, labels: labels?.slice(0, n), range }] };
    },
  },
  series: {
    load: () => import('../../figures/chart.js'),
    /** @param {Like} like @param {Float32Array} samples @param {string} title */
    props({ shape: [, length] }, samples, title) {
      const n = Math.min(MOST_LINES, samples.length / length);
      return {
        title,
        x: 'place',
        series: Array.from({ length: n }, (__, i) => `sample ${i + 1}`),
        data: [
          Array.from({ length }, (__, i) => i),
          ...Array.from({ length: n }, (__, i) => Array.from(samples.subarray(i * length, (i + 1) * length))),
        ],
      };
    },
  },
};

/** What their figure takes. @param {Like} like @param {Float32Array} samples @param {string} title @param {string[]} [labels] @returns {any} */
export const propsOf = (like, samples, title, labels) =>
  FIGURES[like.kind].props(like, samples, title, labels);

/**
 * Shows samples in an element; called again, others of any kind. @param {HTMLElement} el
 * @returns {(like: Like, samples: Float32Array, title: string, labels?: string[]) => void}
 */
export function createShow(el) {
  let kind = '';
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  return (like, samples, title, labels) => {
    const { load } = FIGURES[like.kind];
    const next = propsOf(like, samples, title, labels);
    const key = `${like.kind} ${like.shape} ${like.range}`;
    if (view && key === kind) return view.update(next);
    view?.destroy();
    el.replaceChildren();
    kind = key;
    view = loaded(el, next, load);
  };
}
