/** A trajectory: frames of points to play, scrub and step through. */
import { h } from './dom.js';
import { create as createPoints } from './points.js';

/** @typedef {{title: string, frames: ArrayLike<number>[], color?: string}} Track */
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

/** The points of one panel at a frame. @param {Track} track @param {number} at @param {ArrayLike<number>} [compare] */
function setsAt({ frames, color = 'xt' }, at, compare) {
  const points = frames[Math.min(at, frames.length - 1)] ?? [];
  return [...(compare ? [{ points: compare, color: 'faint' }] : []), { points, color }];
}

/** @param {HTMLElement} el @param {Options} options */
export function create(el, options) {
  let state = options;
  let at = 0;
  let timer = 0;
  const row = h('div', { class: 'panels' });
  const { box, play, slider, label, speed } = createControls({
    toggle: () => (timer ? pause() : start()),
    hurry: () => timer && start(),
    seek(frame) {
      pause();
      show(frame);
    },
  });
  const root = h('div', {}, row, box);
  el.append(root);
  const figures = options.panels.map(({ title }) => createPoints(row, { title, range: options.range }));

  /** @param {number} frame */
  function show(frame) {
    const last = state.labels.length - 1;
    at = Math.max(0, Math.min(frame, last));
    slider.max = String(last);
    slider.value = String(at);
    label.textContent = state.labels[at] ?? '';
    slider.setAttribute('aria-valuetext', label.textContent);
    state.panels.forEach((track, i) => {
      figures[i].update({ title: track.title, sets: setsAt(track, at, state.compare) });
    });
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
      for (const figure of figures) figure.destroy();
      root.remove();
    },
  };
}
