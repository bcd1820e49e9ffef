/** Many frames of points or pictures as strips, one below the other: whoever moves along them sees each frame whole above. */
import { column } from './grid.js';
import { colour, framed, h, onLook } from './parts/dom.js';
import { createLoop, still } from './parts/loop.js';
import { createPanels } from './parts/panel.js';
import { plot } from './parts/points.js';
import { createTransport } from './parts/transport.js';
import { checkFrames, createTrack, framesOf } from './player.js';

/** @typedef {import('./player.js').Options} Options */
/** @typedef {import('./player.js').Track} Track */
/** @typedef {typeof import('./parts/hold.js')} Hold */

const checked = checkFrames('strip');
/** Numbers in all frames: more would take longer to send than to compute. */
const MOST_NUMBERS = 2 ** 24;

/** @type {import('./parts/values.js').Check} */
function check(given, before) {
  const props = checked(given, before);
  const count = props.labels.length;
  const odd = props.panels.find((/** @type {Track} */ { frames }) => frames.length !== count);
  if (odd)
    throw new TypeError(
      `strip needs a label for each frame, got ${count} labels for ${odd.frames.length} frames`,
    );
  const numbers = props.panels.flatMap((/** @type {Track} */ { frames }) =>
    frames.map((frame) => ('images' in frame ? frame.images.data.length : frame.length)),
  );
  const all = numbers.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  if (all > MOST_NUMBERS)
    throw new RangeError(
      `strip takes at most ${MOST_NUMBERS} numbers in all its frames, got ${all}: show fewer frames or samples`,
    );
  return props;
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Many frames as strips, a row for each panel: of points (n, 2), or of pictures (n, 1 or 3, height, width), the first of
   * which is in the strip. It plays when it comes into view; moving along a strip shows each frame whole above it.
   * @param {{labels: string[], panels: {title: string, frames: object[], color?: string, columns?: number, range?: [number, number]}[], compare?: object, range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** Of a small picture in a strip, in CSS pixels. */
const SIDE = { wide: 62, narrow: 46 };
const GAP = 3;
/** @type {[number, number]} */
const SQUARE = [-3, 3];
/** So long it takes to play all of it. */
const PLAY_MS = 5000;

/** How many frames a strip shows, and which. @param {number} width @param {number} count of all frames */
function chosen(width, count) {
  const side = width < 480 ? SIDE.narrow : SIDE.wide;
  const n = Math.max(2, Math.min(count, Math.floor((width + GAP) / (side + GAP))));
  return {
    side: (width + GAP) / n - GAP,
    frames: Array.from({ length: n }, (_, i) => Math.round((i * (count - 1)) / (n - 1))),
  };
}

/** One frame, small. @param {CanvasRenderingContext2D} g @param {Track} track @param {Options} o @param {number} at @param {number[]} box left and side, in device pixels @param {number} ratio */
function paintFrame(g, { frames, color = 'xt', range: own }, o, at, [left, side], ratio) {
  const el = g.canvas;
  const frame = frames[at];
  if ('images' in frame) {
    const [, channels, height, width] = frame.images.shape;
    const data = Array.prototype.slice.call(frame.images.data, 0, channels * height * width);
    const images = { shape: [1, channels, height, width], data };
    const picture = column({ images, range: frame.range }, colour(el, 'eps'));
    g.imageSmoothingEnabled = false;
    g.drawImage(picture, left, 0, side, side);
    return;
  }
  const image = g.createImageData(side, side);
  const paper = colour(el, 'figure');
  const range = own ?? o.range ?? SQUARE;
  for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : paper[i % 4];
  if (o.compare) plot(image, o.compare, colour(el, 'faint'), range, ratio);
  plot(image, frame, colour(el, color), range, ratio);
  g.putImageData(image, left, 0);
}

/** The strips, with a mark at the frame that is shown. @param {HTMLElement} el @param {() => {o: Options, at: number}} now */
function createStrips(el, now) {
  const mark = h('div', { class: 'strip-mark' });
  const frame = h('div', { class: 'held strips', role: 'img' });
  const root = h('figure', { class: 'lines strip-figure' }, frame);
  el.append(root);
  /** @type {{name: HTMLElement, canvas: HTMLCanvasElement}[]} */
  let rows = [];

  const draw = framed(() => {
    const { o } = now();
    const width = frame.clientWidth;
    if (width === 0) return;
    const { side, frames } = chosen(width, o.labels.length);
    const ratio = Math.min(devicePixelRatio || 1, 3);
    for (const [k, track] of o.panels.entries()) {
      const { canvas } = rows[k];
      canvas.style.height = `${side}px`;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(side * ratio);
      const g = canvas.getContext('2d', { willReadFrequently: true });
      if (!g) return;
      for (const [i, at] of frames.entries()) {
        const box = [i * (side + GAP), side].map((v) => Math.round(v * ratio));
        paintFrame(g, track, o, at, box, ratio);
      }
    }
    place();
  });
  const end = onLook(frame, draw);

  /** The middle of a frame is where it would stand among those that are shown. */
  function place() {
    const { o, at } = now();
    const width = frame.clientWidth;
    const { side } = chosen(width, o.labels.length);
    const x = side / 2 + ((width - side) * at) / Math.max(1, o.labels.length - 1);
    mark.style.translate = `${x}px 0`;
  }
  return {
    root,
    frame,
    draw,
    place,
    /** The frame at a place. @param {number} x */
    find(x) {
      const { o } = now();
      const { side } = chosen(frame.clientWidth, o.labels.length);
      const share = (x - side / 2) / Math.max(1, frame.clientWidth - side);
      return Math.round(Math.max(0, Math.min(share, 1)) * (o.labels.length - 1));
    },
    say() {
      const { o } = now();
      rows = o.panels.map(({ title }, k) => {
        const { name, canvas } = rows[k] ?? { name: h('div'), canvas: h('canvas') };
        name.textContent = title;
        return { name, canvas };
      });
      frame.replaceChildren(...rows.flatMap(({ name, canvas }) => [name, canvas]), mark);
      // The room they take, at once: what is below must not jump when they are drawn.
      const { side } = chosen(frame.clientWidth, o.labels.length);
      for (const { canvas } of rows) canvas.style.height = `${side}px`;
      const titles = o.panels.map(({ title }) => title).join(', ');
      frame.setAttribute(
        'aria-label',
        `Strips of ${o.labels.length} frames, from ${o.labels[0]} to ${o.labels.at(-1)}: ${titles}.`,
      );
    },
    destroy() {
      end();
      root.remove();
    },
  };
}

export const needs = () => import('./parts/hold.js');

/** @param {HTMLElement} el @param {Options} options @param {Hold} hold @returns {import('./index.js').Figure} */
export function create(el, options, { onHold }) {
  let state = options;
  /** Between two frames while it plays. */
  let at = options.labels.length - 1;
  const frameAt = () => Math.floor(at);
  const { box, play, slider, label, speed } = createTransport({
    toggle: () => (loop.on() ? pause() : start()),
    hurry: () => {},
    seek,
  });
  const shown = () =>
    state.panels.map((track) => ({ title: track.title, track, at: frameAt(), shared: state }));
  const figure = createPanels(el, { panels: shown() }, createTrack);
  const strips = createStrips(el, () => ({ o: state, at }));
  el.append(box);
  onHold(strips.frame, strips.frame, (x) => seek(strips.find(x)));
  // Its panels are in sight before the strips below them are.
  const loop = createLoop(el, (ms) => {
    const last = state.labels.length - 1;
    show(at + (ms * last * Number(speed.value)) / PLAY_MS);
    if (at >= last) pause();
  });

  /** @param {number} to */
  function seek(to) {
    pause();
    show(to);
  }

  /** @param {number} to */
  function show(to) {
    const last = state.labels.length - 1;
    const before = frameAt();
    at = Math.max(0, Math.min(to, last));
    strips.place();
    if (frameAt() !== before) tell();
  }

  function tell() {
    slider.max = String(state.labels.length - 1);
    slider.value = String(frameAt());
    label.textContent = state.labels[frameAt()];
    slider.setAttribute('aria-valuetext', state.labels[frameAt()]);
    figure.update({ panels: shown() });
  }

  function pause() {
    loop.stop();
    play.textContent = 'Play';
  }

  function start() {
    if (at >= state.labels.length - 1) show(0);
    play.textContent = 'Pause';
    loop.start();
  }
  /** @param {Partial<Options>} next */
  function update(next) {
    state = { ...state, ...next };
    at = Math.min(at, state.labels.length - 1);
    strips.say();
    strips.draw();
    tell();
  }
  update({});
  if (!still()) start();
  return {
    update,
    title: figure.title,
    picture: () => [...figure.picture(), strips.root],
    arrays: () => state.panels.flatMap(framesOf),
    animation: () => ({ at: frameAt(), count: state.labels.length, show: seek }),
    destroy() {
      loop.destroy();
      figure.destroy();
      strips.destroy();
      box.remove();
    },
  };
}
