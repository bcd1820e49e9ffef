/** Paths of samples: lines that grow from noise to data, coloured by time, in panels that keep time with each other. */
import { ofPoints, stacked } from './parts/arrays.js';
import { colour, short } from './parts/dom.js';
import { createLoop, still } from './parts/loop.js';
import { createPanels } from './parts/panel.js';
import { frameAt, lengthsOf, placesAt } from './parts/paths.js';
import { create as createPoints } from './parts/points.js';
import { createKey, ramp } from './parts/raster.js';
import { dotsSvg, squaresSvg } from './parts/svg.js';
import { createTransport } from './parts/transport.js';
import { got, listed, numbers, panelled, points, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/raster.js').Rgb} Rgb */
/** @typedef {import('./parts/raster.js').Scale} Scale */
/** @typedef {{title?: string, frames: Float32Array[], times: number[]}} Track */
/** @typedef {{panels: Track[], lines?: number, compare?: Float32Array, range?: [number, number], clock: string}} Options */
/** @typedef {{title?: string, track: Track, shared: Options, time: number, scale: (get: Colours) => Scale}} Shown */
/** @typedef {(name: string) => Rgb} Colours */

/** More is neither quick nor to be told apart. */
const MOST_PLACES = 2e6;
const LINES = 60;
/** Early, in between, late: noise becomes data. */
const COLOURS = ['eps', 'xt', 'x0'];
/** How many colours a path goes through. */
const SHADES = 48;
/** How much of the time the bright end of a path covers. */
const TRAIL = 0.08;
const PLAY_MS = 7000;
/** Steps of the slider, and of an animation. */
const TICKS = 100;
const GIF_FRAMES = 40;

/** @param {unknown} value @param {number} count of frames @returns {number[]} */
function timesOf(value, count) {
  const times = numbers('times', value);
  if (times.length !== count) throw new TypeError(`${times.length} times for ${count} frames`);
  const way = Math.sign(Number(times.at(-1)) - Number(times[0]));
  if (!times.every((t, k) => Number.isFinite(t) && (k === 0 || (Number(t) - Number(times[k - 1])) * way > 0)))
    throw new TypeError('times must rise from frame to frame, or fall from frame to frame');
  return times.map(Number);
}

/** @param {Record<string, any>} panel @param {Record<string, any>} all @returns {Track} */
function checkTrack({ title, frames: given, times }, all) {
  const frames = listed('frames', given, (frame) => points('a frame', frame));
  if (frames.length < 2)
    throw new TypeError(`a path needs at least 2 frames, and frames has ${frames.length}`);
  const [{ length }] = frames;
  const other = frames.find((frame) => frame.length !== length);
  if (length === 0) throw new TypeError('a frame must have at least one point');
  if (other)
    throw new TypeError(
      `all frames show the same points: one has ${length / 2}, another ${other.length / 2}`,
    );
  if ((length / 2) * frames.length > MOST_PLACES)
    throw new RangeError(
      `${frames.length} frames of ${length / 2} points are too many to draw: at most ${MOST_PLACES / 1e6} million places a panel. Keep every second or tenth frame`,
    );
  const own = times ?? all.times;
  return {
    ...present({ title }, { title: (text) => word('title', text) }),
    frames,
    times: own === undefined ? frames.map((_, k) => k) : timesOf(own, frames.length),
  };
}

/** @param {unknown} value */
function countOf(value) {
  if (!Number.isInteger(value) || Number(value) < 1)
    throw new TypeError(`lines must be a whole number, 1 or more, got ${got(value)}`);
  return Number(value);
}

const panelsOf = panelled(
  'trajectories',
  ['title', 'frames', 'times'],
  {
    times: (value) => value,
    lines: countOf,
    compare: (value) => points('compare', value),
    range: (value) => span('range', value),
    clock: (value) => word('clock', value),
  },
  checkTrack,
);

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const { times, ...props } = panelsOf(given, before);
  const ways = props.panels.map((/** @type {Track} */ { times: own }) => own[1] > own[0]);
  if (ways.some((/** @type {boolean} */ rises) => rises !== ways[0]))
    throw new TypeError('times rise in one panel and fall in another');
  const own = times ?? (given.panels ?? before.panels)?.some?.((/** @type {any} */ panel) => panel.times);
  return { clock: own ? 't' : 'step', ...props };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Paths of points: `frames`, a list of tensors (n, 2) of the same points, one a moment, at `times` that rise or fall
   * (otherwise they are counted). Panels keep time with each other. The first `lines` points have lines, the others dots
   * only; `compare`: points behind them; `clock`: what the times are called, t if not said.
   * @param {{title?: string, frames?: object[], times?: number[], panels?: {title?: string, frames: object[], times?: number[]}[], lines?: number, compare?: object, range?: [number, number], clock?: string}} props
   */
  (props) =>
    show(props, check);

/** From the first time to the last, of all panels. @param {Track[]} panels @returns {[number, number]} */
function clockOf(panels) {
  const all = panels.flatMap(({ times }) => [times[0], times[times.length - 1]]);
  const [first, last] = [Math.min(...all), Math.max(...all)];
  return panels[0].times[1] < panels[0].times[0] ? [last, first] : [first, last];
}

/** @param {[number, number]} clock */
const scaleOf = (clock) => (/** @type {Colours} */ get) => ramp(COLOURS.map(get), clock);

/** How many of a panel's points have lines. @param {Shown} shown */
const linesOf = ({ track, shared }) => Math.min(shared.lines ?? LINES, track.frames[0].length / 2);

/** @param {Shown} shown */
function inWords({ track, shared, time }) {
  const { path, direct } = lengthsOf(track.frames);
  const n = track.frames[0].length / 2;
  const steps = track.frames.length - 1;
  return `${n} paths of ${steps} ${steps === 1 ? 'step' : 'steps'}, drawn up to ${shared.clock} = ${short(time)}; a path is ${short(path)} long on average, and its ends are ${short(direct)} apart`;
}

/** Runs of a path that have one colour: from frame to frame. @param {Track} track @param {number} from @param {number} to @param {[number, number]} clock */
function* shades({ times }, from, to, [start, end]) {
  const shade = (/** @type {number} */ k) => Math.round(((times[k] - start) / (end - start)) * SHADES);
  for (let k = from; k < to; ) {
    const first = k;
    while (k < to && shade(k) === shade(first)) k++;
    yield { first, last: k, time: times[first] };
  }
}

/**
 * Lines that are kept while they grow, so that a moment of playing draws only what it adds.
 * @param {() => HTMLElement} root
 */
function createInk(root) {
  const canvas = document.createElement('canvas');
  const g = canvas.getContext('2d', { willReadFrequently: true });
  let drawn = 0;
  let state = '';
  /** @type {Track | null} */
  let of = null;

  /** @param {Shown} shown @param {number} to the last frame @param {number} size @param {number} ratio @param {[number, number]} range @param {[number, number]} clock */
  return (shown, to, size, ratio, [low, high], clock) => {
    const { track, scale } = shown;
    const lines = linesOf(shown);
    const get = (/** @type {string} */ name) => colour(root(), name);
    const look = [size, lines, clock, ...COLOURS.map(get)].join();
    if (!g || size === 0) return canvas;
    if (look !== state || track !== of || to < drawn) {
      canvas.width = canvas.height = size;
      [state, of, drawn] = [look, track, 0];
    }
    const colours = scale(get);
    g.lineWidth = 1.1 * ratio;
    g.lineJoin = 'round';
    g.globalAlpha = Math.max(0.35, Math.min(0.8, 14 / lines));
    for (const { first, last, time } of shades(track, drawn, to, clock)) {
      g.strokeStyle = `rgb(${colours.at(time).join(' ')})`;
      g.beginPath();
      for (let i = 0; i < lines; i++)
        for (let k = first; k <= last; k++) {
          const x = ((track.frames[k][2 * i] - low) / (high - low)) * size;
          const y = ((high - track.frames[k][2 * i + 1]) / (high - low)) * size;
          if (k === first) g.moveTo(x, y);
          else g.lineTo(x, y);
        }
      g.stroke();
    }
    drawn = to;
    return canvas;
  };
}

/** Where all are now, and the bright ends of their paths. @param {CanvasRenderingContext2D} g @param {number} ratio @param {[number, number]} range @param {Shown} shown @param {[number, number]} clock @param {Scale} scale */
function drawHeads(g, ratio, [low, high], shown, [start, end], scale) {
  const { track, time } = shown;
  const size = g.canvas.width;
  const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * size;
  const at = frameAt(track.times, time);
  const tail = frameAt(track.times, time - TRAIL * (end - start));
  const lines = linesOf(shown);
  const now = placesAt(track.frames, at);
  const between = track.frames.slice(Math.ceil(tail), Math.floor(at) + 1);
  const way = [placesAt(track.frames, tail), ...between, now];
  g.strokeStyle = g.fillStyle = `rgb(${scale.at(time).join(' ')})`;
  g.lineWidth = 1.8 * ratio;
  g.lineJoin = 'round';
  g.beginPath();
  for (let i = 0; i < lines; i++)
    for (const [k, frame] of way.entries()) {
      const [x, y] = [place(frame[2 * i]), size - place(frame[2 * i + 1])];
      if (k === 0) g.moveTo(x, y);
      else g.lineTo(x, y);
    }
  g.stroke();
  g.beginPath();
  for (let i = 0; i < now.length / 2; i++) {
    const radius = (i < lines ? 2.6 : 1.4) * ratio;
    const [x, y] = [place(now[2 * i]), size - place(now[2 * i + 1])];
    g.moveTo(x + radius, y);
    g.arc(x, y, radius, 0, 7);
  }
  g.fill();
}

/** @param {HTMLElement} row @param {Shown} first */
function createTrack(row, first) {
  let shown = first;
  const range = first.shared.range ?? /** @type {[number, number]} */ ([-3, 3]);
  const ink = createInk(() => figure.root);
  const get = (/** @type {string} */ name) => colour(figure.root, name);

  /** @type {import('./parts/points.js').Layer} */
  function above(g, ratio) {
    const { track, shared, time } = shown;
    const clock = clockOf(shared.panels);
    const scale = shown.scale(get);
    const to = Math.floor(frameAt(track.times, time));
    g.drawImage(ink(shown, to, g.canvas.width, ratio, range, clock), 0, 0);
    drawHeads(g, ratio, range, shown, clock, scale);
    key(scale);
  }

  const sets = ({ shared: { compare } } = shown) => (compare ? [{ points: compare, color: 'faint' }] : []);
  const figure = createPoints(
    row,
    { title: first.title, range, sets: sets() },
    { above, words: () => inWords(shown) },
  );
  const key = createKey(figure.root, first.shared.clock);
  return {
    root: figure.root,
    /** @param {Shown} next */
    update(next) {
      const moves = next.track === shown.track && next.shared === shown.shared;
      shown = next;
      if (moves) figure.redraw();
      else figure.update({ title: next.title ?? '', sets: sets() });
    },
    /** What the panel shows, told anew once it rests. */
    say: () => figure.update({}),
    destroy: figure.destroy,
  };
}

/** @param {Options} options @param {number} time @param {import('./parts/svg.js').Css} css */
export function trajectoriesSvg(options, time, css) {
  const { panels, range = [-3, 3], compare } = options;
  const clock = clockOf(panels);
  const get = (/** @type {string} */ name) =>
    /** @type {Rgb} */ ((css(name).match(/[\d.]+/g) ?? []).map(Number));
  const scale = scaleOf(clock)(get);
  return squaresSvg(panels, range, css, (track, place) => {
    const lines = linesOf({ track, shared: options, time, scale: () => scale });
    const at = frameAt(track.times, time);
    const told = ([x, y] = [0, 0]) => `${place.x(x).toFixed(1)} ${place.y(y).toFixed(1)}`;
    const of = (/** @type {number} */ k, /** @type {number} */ i) =>
      told([track.frames[k][2 * i], track.frames[k][2 * i + 1]]);
    const parts = [...shades(track, 0, Math.floor(at), clock)].map(({ first, last, time: t }) => {
      let path = '';
      for (let i = 0; i < lines; i++)
        for (let k = first; k <= last; k++) path += `${k === first ? 'M' : 'L'}${of(k, i)}`;
      return `<path d="${path}" fill="none" stroke="rgb(${scale.at(t).map(Math.round).join(',')})" stroke-opacity="0.5"/>`;
    });
    const behind = compare ? dotsSvg([{ points: compare, color: 'faint' }], place, css) : [];
    return [
      ...behind,
      ...parts,
      ...dotsSvg([{ points: placesAt(track.frames, at), color: 'x0' }], place, css),
    ];
  });
}

/** @param {HTMLElement} el @param {Options} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let state = options;
  /** How much of the time has gone by: 0 to 1. */
  let gone = still() ? 1 : 0;
  const time = () => {
    const [start, end] = clockOf(state.panels);
    return start + gone * (end - start);
  };
  const shown = () => {
    const scale = scaleOf(clockOf(state.panels));
    return state.panels.map((track) => ({ title: track.title, track, shared: state, time: time(), scale }));
  };
  /** @type {ReturnType<typeof createTrack>[]} */
  const tracks = [];
  const figure = createPanels(el, { panels: shown() }, (row, first) => {
    const track = createTrack(row, first);
    tracks.push(track);
    return track;
  });
  const { box, play, slider, label, speed } = createTransport({
    toggle: () => (loop.on() ? pause() : start()),
    hurry() {},
    seek(tick) {
      show(tick / TICKS);
      pause();
    },
  });
  slider.max = String(TICKS);
  slider.setAttribute('aria-label', 'Time');
  el.append(box);
  const loop = createLoop(el, (ms) => {
    show(Math.min(1, gone + (ms * Number(speed.value)) / PLAY_MS));
    if (gone === 1) pause();
  });

  /** @param {number} to */
  function show(to) {
    gone = to;
    slider.value = String(Math.round(gone * TICKS));
    label.textContent = `${state.clock} = ${short(time())}`;
    slider.setAttribute('aria-valuetext', label.textContent);
    figure.update({ panels: shown() });
  }

  function pause() {
    loop.stop();
    play.textContent = 'Play';
    for (const track of tracks) if (track.root.isConnected) track.say();
  }

  function start() {
    if (gone === 1) show(0);
    play.textContent = 'Pause';
    loop.start();
  }

  show(gone);
  if (!still()) start();
  return {
    title: figure.title,
    picture: figure.picture,
    arrays: () =>
      state.panels.flatMap(({ frames }, p) =>
        stacked(
          `frames-${p + 1}`,
          frames.map((frame) => ofPoints({ points: frame })),
        ),
      ),
    svg: (css) => trajectoriesSvg(state, time(), css),
    animation: () => ({
      at: Math.round(gone * (GIF_FRAMES - 1)),
      count: GIF_FRAMES,
      show(frame) {
        pause();
        show(frame / (GIF_FRAMES - 1));
      },
    }),
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next };
      show(gone);
    },
    destroy() {
      loop.destroy();
      figure.destroy();
      box.remove();
    },
  };
}
