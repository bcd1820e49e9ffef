/** A trajectory: frames of points or of pictures to play, scrub and step through. */
import { h } from './dom.js';
import { createPictures } from './grid.js';
import { createPanels } from './panel.js';
import { create as createPoints } from './points.js';

/** @typedef {import('./grid.js').Panel} Pictures */
/** @typedef {{title: string, frames: (ArrayLike<number> | Pictures)[], color?: string}} Track */
/** @typedef {{track: Track, at: number, shared: Options}} Shown */
/** @typedef {{labels: string[], panels: Track[], compare?: ArrayLike<number>, range?: [number, number]}} Options */

const FRAME_MS = 600;

/** @param {{toggle: () => void, seek: (frame: number) => void, hurry: () => void}} actions */
function createControls({ toggle, seek, hurry }) {
  const play = h('button', { type: 'button', onclick: toggle }, 'Play');
  const seekTo = () => seek(Number(slider.value));
  const slider = h('input', { type: 'range', min: 0, value: 0, 'aria-label': 'Frame', oninput: seekTo });
  const label = h('output', { class: 'value' });
  const speed = h(
    'select',
    { 'aria-label': 'Speed', onchange: hurry },
    h('option', { value: '0.5' }, '½×'),
    h('option', { value: '1', selected: true }, '1×'),
    h('option', { value: '3' }, '3×'),
  );
  const box = h('div', { class: 'player-controls' }, play, slider, label, speed);
  return { box, play, slider, label, speed };
}

/** One panel: points or pictures, as its first frame is. @param {HTMLElement} row @param {Shown} first */
function createTrack(row, first) {
  const frameOf = (/** @type {Shown} */ { track, at }) =>
    track.frames[Math.min(at, track.frames.length - 1)] ?? [];
  const points = (/** @type {Shown} */ shown) => {
    const { track, shared } = shown;
    const frame = /** @type {ArrayLike<number>} */ (frameOf(shown));
    const sets = [{ points: frame, color: track.color ?? 'xt' }];
    const behind = shared.compare ? [{ points: shared.compare, color: 'faint' }] : [];
    return { title: track.title, range: shared.range, sets: [...behind, ...sets] };
  };
  if ('images' in frameOf(first)) {
    const pictures = (/** @type {Shown} */ shown) => /** @type {Pictures} */ (frameOf(shown));
    const figure = createPictures(row, pictures(first));
    return { ...figure, update: (/** @type {Shown} */ shown) => figure.update(pictures(shown)) };
  }
  const figure = createPoints(row, points(first));
  return { ...figure, update: (/** @type {Shown} */ shown) => figure.update(points(shown)) };
}

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let state = options;
  let at = 0;
  let timer = 0;
  const { box, play, slider, label, speed } = createControls({
    toggle: () => (timer ? pause() : start()),
    hurry: () => timer && start(),
    seek(frame) {
      pause();
      show(frame);
    },
  });
  const shown = () => state.panels.map((track) => ({ track, at, shared: state }));
  const figure = createPanels(el, { panels: shown() }, createTrack);
  el.append(box);

  /** @param {number} frame */
  function show(frame) {
    const last = state.labels.length - 1;
    at = Math.max(0, Math.min(frame, last));
    slider.max = String(last);
    slider.value = String(at);
    label.textContent = state.labels[at] ?? '';
    slider.setAttribute('aria-valuetext', label.textContent);
    figure.update({ panels: shown() });
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    play.textContent = 'Play';
  }

  function start() {
    pause();
    if (at >= state.labels.length - 1) show(0);
    play.textContent = 'Pause';
    timer = window.setInterval(() => {
      show(at + 1);
      if (at >= state.labels.length - 1) pause();
    }, FRAME_MS / Number(speed.value));
  }
  show(state.labels.length - 1);
  return {
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      show(at);
    },
    destroy() {
      pause();
      figure.destroy();
      box.remove();
    },
  };
}
