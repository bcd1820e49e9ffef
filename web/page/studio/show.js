/** Samples as their kind is looked at: points in the plane, pictures in rows, series as lines. */
import { loaded } from '../outputs/loaded.js';

/** @typedef {{kind: 'points' | 'pictures' | 'series', shape: number[]}} Like */

const MOST_LINES = 6;
const MOST_PICTURES = 24;

/** Half the side of a square that holds nearly all of them. @param {ArrayLike<number>} points */
function reach(points) {
  const sizes = Array.from(points, Math.abs).sort((a, b) => a - b);
  return Math.max(0.5, Math.ceil(12 * (sizes[Math.floor(0.995 * (sizes.length - 1))] ?? 1)) / 10);
}

const FIGURES = {
  points: {
    load: () => import('../../figures/scatter.js'),
    /** @param {Like} _ @param {Float32Array} samples @param {string} title */
    props: (_, samples, title) => ({
      panels: [{ title, sets: [{ points: samples, color: 'xt' }] }],
      range: [-reach(samples), reach(samples)],
    }),
  },
  pictures: {
    load: () => import('../../figures/grid.js'),
    /** @param {Like} like @param {Float32Array} samples @param {string} title @param {string[]} [labels] */
    props({ shape }, samples, title, labels) {
      const size = shape.reduce((a, b) => a * b, 1);
      const n = Math.min(MOST_PICTURES, samples.length / size);
      const images = { shape: [n, ...shape], data: samples.subarray(0, n * size) };
      return { panels: [{ title, images, labels: labels?.slice(0, n), range: [-1, 1] }] };
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

/**
 * Shows samples in an element; called again, others of any kind. @param {HTMLElement} el
 * @returns {(like: Like, samples: Float32Array, title: string, labels?: string[]) => void}
 */
export function createShow(el) {
  let kind = '';
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  return (like, samples, title, labels) => {
    const { load, props } = FIGURES[like.kind];
    const next = props(like, samples, title, labels);
    const key = `${like.kind} ${like.shape}`;
    if (view && key === kind) return view.update(next);
    view?.destroy();
    el.replaceChildren();
    kind = key;
    view = loaded(el, next, load);
  };
}
