/** A trajectory: frames of points or of pictures to play, scrub and step through. */
import { checkPictures, createPictures } from './grid.js';
import { ofPoints, stacked } from './parts/arrays.js';
import { colourName } from './parts/colours.js';
import { createPanels } from './parts/panel.js';
import { createPlayback } from './parts/playback.js';
import { create as createPoints } from './parts/points.js';
import { got, isPictures, listed, named, panelled, points, present, span, word } from './parts/values.js';

/** @typedef {import('./grid.js').Panel} Pictures */
/** @typedef {{title: string, frames: (ArrayLike<number> | Pictures)[], color?: string, range?: [number, number]}} Track */
/** @typedef {{title: string, track: Track, at: number, shared: Options}} Shown */
/** @typedef {{labels: string[], panels: Track[], compare?: ArrayLike<number>, range?: [number, number]}} Options */

/** @param {unknown} value */
function labelsOf(value) {
  const labels = listed('labels', value, (each) => word('a label', each));
  if (labels.length === 0) throw new TypeError('labels must name at least one frame');
  return labels;
}

/** One panel: all its frames are points, or all are pictures. @param {Record<string, any>} panel @param {Record<string, any>} all @returns {Track} */
function checkTrack({ title = '', frames, color, columns, range }, all) {
  if (!Array.isArray(frames) || frames.length === 0)
    throw new TypeError(`frames must be a list of at least one tensor, got ${got(frames)}`);
  const settings = {
    title: word('title', title),
    ...present({ color, range }, { color: colourName, range: (given) => span('range', given) }),
  };
  const ofOne = frames.map((frame) =>
    isPictures(frames[0])
      ? checkPictures(
          { title, images: frame, ...(columns !== undefined && { columns }), ...(range && { range }) },
          all,
        )
      : points('a frame', frame),
  );
  return { ...settings, frames: ofOne };
}

/** The check of a figure that plays frames. @param {string} what the figure @returns {import('./parts/values.js').Check} */
export function checkFrames(what) {
  const panelsOf = panelled(
    what,
    ['title', 'frames', 'color', 'columns', 'range'],
    {
      labels: labelsOf,
      range: (range) => span('range', range),
      compare: (value) => points('compare', value),
    },
    checkTrack,
  );
  return (given, before = {}) => {
    const { labels, panels } = {
      ...before,
      ...named(what, given, ['labels', 'panels', 'compare', 'range']),
    };
    if (!labels || !panels) throw new TypeError(`${what} needs ${labels ? 'panels' : 'labels, one a frame'}`);
    return panelsOf(given, before);
  };
}

const check = checkFrames('player');

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Frames to play and step through: of points (n, 2), or of pictures (n, 1 or 3, height, width).
   * @param {{labels: string[], panels: {title: string, frames: object[], color?: string, columns?: number, range?: [number, number]}[], compare?: object, range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** One panel: points or pictures, as its first frame is. @param {HTMLElement} row @param {Shown} first */
export function createTrack(row, first) {
  const frameOf = (/** @type {Shown} */ { track, at }) =>
    track.frames[Math.min(at, track.frames.length - 1)] ?? [];
  const points = (/** @type {Shown} */ shown) => {
    const { track, shared } = shown;
    const frame = /** @type {ArrayLike<number>} */ (frameOf(shown));
    const sets = [{ points: frame, color: track.color ?? 'xt' }];
    const behind = shared.compare ? [{ points: shared.compare, color: 'faint' }] : [];
    return { title: track.title, range: track.range ?? shared.range, sets: [...behind, ...sets] };
  };
  if ('images' in frameOf(first)) {
    const pictures = (/** @type {Shown} */ shown) => /** @type {Pictures} */ (frameOf(shown));
    const figure = createPictures(row, pictures(first));
    return { ...figure, update: (/** @type {Shown} */ shown) => figure.update(pictures(shown)) };
  }
  const figure = createPoints(row, points(first));
  return { ...figure, update: (/** @type {Shown} */ shown) => figure.update(points(shown)) };
}

/** The frames of a panel as one array. @param {Track} track @param {number} p @returns {import('./index.js').Array[]} */
export const framesOf = ({ frames }, p) =>
  stacked(
    `frames-${p + 1}`,
    frames.map((frame) => ('images' in frame ? frame.images : ofPoints({ points: frame }))),
  );

/** @param {HTMLElement} el @param {Options} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let state = options;
  const shown = (at = 0) => state.panels.map((track) => ({ title: track.title, track, at, shared: state }));
  const figure = createPanels(el, { panels: shown() }, createTrack);
  const playback = createPlayback(el, state.labels, (at) => figure.update({ panels: shown(at) }));
  return {
    title: figure.title,
    picture: figure.picture,
    arrays: () => state.panels.flatMap(framesOf),
    animation: playback.animation,
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      playback.update(state.labels);
    },
    destroy() {
      playback.destroy();
      figure.destroy();
    },
  };
}
