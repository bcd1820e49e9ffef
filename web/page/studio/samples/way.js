/** The way of a row's samples out of noise, step by step: paths of points, pictures and series that change. Shown once somebody asks for it. */
import { h } from '../../../figures/parts/dom.js';
import { loaded } from '../../outputs/loaded.js';
import { propsOf } from '../show.js';

/** @typedef {import('../show.js').Like} Like */
/** @typedef {import('../../../kernel/studio/sampling.js').Frame} Frame */

/** @param {Frame[]} frames */
const labelsOf = (frames) => frames.map(({ step }) => `step ${step} of ${frames[frames.length - 1].step}`);

/** The numbers of all frames: what is shown must hold the widest of them. @param {Frame[]} frames */
function together(frames) {
  const size = frames[0].x.length;
  const all = new Float32Array(frames.length * size);
  frames.forEach(({ x }, i) => {
    all.set(x, i * size);
  });
  return all;
}

const WAYS = {
  points: {
    load: () => import('../../../figures/trajectories.js'),
    /** @param {Like} like @param {Frame[]} frames @param {string} title */
    props: (like, frames, title) => ({
      panels: [{ title, frames: frames.map(({ x }) => x), times: frames.map(({ step }) => step) }],
      clock: 'step',
      range: propsOf(like, together(frames), title).range,
    }),
  },
  pictures: {
    load: () => import('../../../figures/player.js'),
    /** @param {Like} like @param {Frame[]} frames @param {string} title */
    props: (like, frames, title) => ({
      labels: labelsOf(frames),
      panels: [{ title, frames: frames.map(({ x }) => propsOf(like, x, title).panels[0]) }],
    }),
  },
  series: {
    load: () => import('./moving_lines.js'),
    /** @param {Like} like @param {Frame[]} frames @param {string} title */
    props(like, frames, title) {
      const all = frames.map(({ x }) => propsOf(like, x, title));
      const [low, high] = [Math.min, Math.max].map((of) =>
        all.reduce(
          (so, { data }) =>
            data
              .slice(1)
              .flat()
              .reduce((/** @type {number} */ a, /** @type {number} */ b) => of(a, b), so),
          0,
        ),
      );
      return {
        ...all[0],
        labels: labelsOf(frames),
        frames: all.map(({ data }) => data),
        // Of numbers that are all 0 there would be no range.
        range: low < high ? [low, high] : [-1, 1],
      };
    },
  },
};

/** What the way's figure takes. @param {Like} like @param {Frame[]} frames @param {string} title @returns {any} */
export const wayProps = (like, frames, title) => WAYS[like.kind].props(like, frames, title);

/**
 * A button, and below it the way while it is asked for.
 * @param {Like} like @param {Frame[]} frames two at least @param {string} title of the method
 */
export function createWay(like, frames, title) {
  const place = h('div', { class: 'samples-shown' });
  /** @type {ReturnType<typeof loaded> | null} */
  let view = null;
  const hide = () => {
    view?.destroy();
    view = null;
    place.replaceChildren();
  };
  const toggle = () => {
    if (view) hide();
    else
      view = loaded(place, wayProps(like, frames, `${title}: from noise to samples`), WAYS[like.kind].load);
    button.textContent = view ? 'Hide the way' : 'Show the way';
    button.setAttribute('aria-expanded', String(view !== null));
  };
  const button = h('button', { type: 'button', 'aria-expanded': 'false', onclick: toggle }, 'Show the way');
  return { el: h('div', { class: 'way' }, button, place), destroy: hide };
}
