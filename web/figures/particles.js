/** Particles in a field: arrows of one length over a density, and particles that follow them, with noise or without. */
import { numbered, ofPoints } from './parts/arrays.js';
import { colour, h, short } from './parts/dom.js';
import {
  drawLattice,
  lattice,
  latticeSvg,
  rgbOf,
  sideOf,
  strengthScale,
  strengths,
} from './parts/lattice.js';
import { createLoop, still } from './parts/loop.js';
import { createPanels } from './parts/panel.js';
import { create as createPoints } from './parts/points.js';
import { colourScale, createKey, extent, ramp, raster } from './parts/raster.js';
import { dotsSvg, squaresSvg } from './parts/svg.js';
import { createSwarm, MOST_PARTICLES, normals } from './parts/swarm.js';
import { got, matrix, named, points, present, sets, span, word } from './parts/values.js';

/** @typedef {import('./parts/lattice.js').Shaped} Shaped */
/** @typedef {typeof import('./parts/hold.js')} Hold */
/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {Shaped} vectors @property {Shaped} [density] (rows, columns) over the whole square, its first row at the top
 * @property {import('./parts/points.js').PointSet[]} [sets]
 * @property {Float32Array} [particles] where some start
 * @property {number} step @property {number} noise @property {[number, number]} range
 */

/** What a click drops, and how far around it. */
const DROP = 24;
const AROUND = 0.03;
/** Steps a second, and how many there are before they rest. */
const RATE = 30;
const RUN = 300;
/** How strong the colour of the density is, below arrows and particles. */
const PALE = 0.45;
/** How far the slider goes from the step that was given: down and up, in powers of ten. */
const DECADES = 1;

/** @param {string} name @param {number} low @param {number} high @param {boolean} open whether low itself is refused */
const amount = (name, low, high, open) => (/** @type {unknown} */ value) => {
  const v = Number(value);
  if (typeof value !== 'number' || !(open ? v > low : v >= low) || !(v <= high))
    throw new TypeError(
      `${name} must be a number ${open ? 'above' : 'from'} ${low} ${open ? 'and at most' : 'to'} ${high}, got ${got(value)}`,
    );
  return v;
};

const CHECKS = {
  title: (/** @type {unknown} */ value) => word('title', value),
  vectors: (/** @type {unknown} */ value) => lattice('vectors', value),
  density: densityOf,
  sets,
  particles: startsOf,
  step: amount('step', 0, 10, true),
  noise: amount('noise', 0, 1, false),
  range: (/** @type {unknown} */ value) => span('range', value),
};

/** @param {unknown} value */
function densityOf(value) {
  const density = matrix('density', value);
  if (!density.data.every((v) => Number.isFinite(v) && v >= 0))
    throw new TypeError('density must be finite numbers, none below 0');
  return density;
}

/** @param {unknown} value */
function startsOf(value) {
  const places = points('particles', value);
  if (places.length > 2 * MOST_PARTICLES)
    throw new RangeError(`at most ${MOST_PARTICLES} particles, got ${places.length / 2}`);
  if (!places.every(Number.isFinite)) throw new TypeError('particles must stand at finite numbers');
  return places;
}

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const all = { ...before, ...named('particles', given, Object.keys(CHECKS)) };
  if (all.vectors === undefined) throw new TypeError('particles needs vectors, a tensor of shape [n * n, 2]');
  return { step: 0.01, noise: 1, range: [-3, 3], ...present(all, CHECKS) };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Particles that follow a field: x <- x + step * v + noise * sqrt(2 * step) * z. `vectors` (n * n, 2) stand at the centres
   * of n x n cells of the square `range`, row after row from the top; the page interpolates between them. `density` (rows,
   * columns) is the picture behind, `particles` (n, 2) start at once; a click drops more.
   * @param {{title?: string, vectors: object, density?: object, sets?: object[], particles?: object, step?: number, noise?: number, range?: [number, number]}} props
   */
  (props) =>
    show(props, check);

/** Means over the particles: the density where they are, as a share of the highest. @param {Options} options @param {number[]} places */
function shareOf({ density, range: [low, high] }, places) {
  if (!density || places.length === 0) return null;
  const [rows, columns] = density.shape;
  let sum = 0;
  for (let i = 0; i < places.length; i += 2) {
    const column = Math.floor((columns * (places[i] - low)) / (high - low));
    const row = Math.floor((rows * (high - places[i + 1])) / (high - low));
    if (row >= 0 && row < rows && column >= 0 && column < columns)
      sum += density.data[row * columns + column];
  }
  const [, most] = extent(density.data);
  return most > 0 ? sum / (places.length / 2) / most : null;
}

/** @param {Options} options @param {ReturnType<typeof createSwarm>} swarm */
function inWords(options, swarm) {
  const { vectors, density } = options;
  const [least, most] = strengths(vectors);
  const n = swarm.places().length / 2;
  const share = shareOf(options, swarm.places());
  return [
    `${sideOf(vectors) ** 2} vectors of strength ${short(least)} to ${short(most)}${density ? ' over a density' : ''}`,
    `${n} particles after ${swarm.steps()} steps`,
    ...(share === null
      ? []
      : [`the density where they are is ${short(100 * share)}% of its highest on average`]),
  ].join('; ');
}

/** Density and arrows, kept until something about them changes. @param {() => HTMLElement} root */
function createGround(root) {
  const canvas = document.createElement('canvas');
  const g = canvas.getContext('2d', { willReadFrequently: true });
  /** @type {unknown[]} */
  let before = [];
  /** @param {Options} options @param {number} size @param {number} ratio */
  return ({ vectors, density, range }, size, ratio) => {
    const el = root();
    const look = [
      vectors,
      density,
      size,
      ...['figure', 'x0', 'xt', 'faint'].map((name) => colour(el, name).join()),
    ];
    if (!g || look.every((each, i) => each === before[i])) return canvas;
    before = look;
    canvas.width = canvas.height = size;
    if (density) {
      const [rows, columns] = density.shape;
      const [, most] = extent(density.data);
      const scale = colourScale(el, [0, most], PALE, 'x0');
      g.drawImage(
        raster(columns, rows, (x, y) => scale.at(density.data[y * columns + x])),
        0,
        0,
        size,
        size,
      );
    }
    drawLattice(g, ratio, range, vectors, el);
    return canvas;
  };
}

/** @param {CanvasRenderingContext2D} g @param {number} ratio @param {[number, number]} range @param {ReturnType<typeof createSwarm>} swarm */
function drawSwarm(g, ratio, [low, high], swarm) {
  const size = g.canvas.width;
  const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * size;
  const trail = swarm.trail();
  const now = swarm.places();
  g.lineWidth = 1.1 * ratio;
  for (let k = trail.length - 1; k > 0; k--) {
    g.globalAlpha = 0.45 * (1 - k / trail.length);
    g.beginPath();
    for (let i = 0; i < now.length; i += 2) {
      g.moveTo(place(trail[k][i]), size - place(trail[k][i + 1]));
      g.lineTo(place(trail[k - 1][i]), size - place(trail[k - 1][i + 1]));
    }
    g.stroke();
  }
  g.globalAlpha = 0.9;
  g.beginPath();
  for (let i = 0; i < now.length; i += 2) {
    const [x, y] = [place(now[i]), size - place(now[i + 1])];
    g.moveTo(x + 2.1 * ratio, y);
    g.arc(x, y, 2.1 * ratio, 0, 7);
  }
  g.fill();
  g.globalAlpha = 1;
}

/** @param {Options} options @param {number[]} places @param {import('./parts/svg.js').Css} css */
export function particlesSvg(options, places, css) {
  const { density, vectors, range } = options;
  return squaresSvg([options], range, css, (_, place) => {
    const cells = [];
    if (density) {
      const [rows, columns] = density.shape;
      const paper = rgbOf(css('figure'));
      const full = rgbOf(css('x0')).map((v, k) => paper[k] + PALE * (v - paper[k]));
      const scale = ramp(
        [paper, /** @type {import('./parts/raster.js').Rgb} */ (full)],
        [0, extent(density.data)[1]],
      );
      const [wide, tall] = [place.size / columns, place.size / rows];
      for (const [i, value] of density.data.entries())
        cells.push(
          `<rect x="${((i % columns) * wide).toFixed(2)}" y="${(Math.floor(i / columns) * tall).toFixed(2)}" width="${(wide + 0.3).toFixed(2)}" height="${(tall + 0.3).toFixed(2)}" fill="rgb(${scale.at(value).map(Math.round).join(',')})"/>`,
        );
    }
    const dots = [...(options.sets ?? []), { points: places, color: 'eps' }];
    return [...cells, ...latticeSvg(vectors, range, place, css), ...dotsSvg(dots, place, css)];
  });
}

/** @param {string} label @param {Record<string, any>} input @param {(value: number) => string} told @param {(value: number) => void} change */
function createSlider(label, input, told, change) {
  const output = h('output', { class: 'value' }, told(input.value));
  const oninput = () => {
    output.textContent = told(Number(slider.value));
    change(Number(slider.value));
  };
  const slider = h('input', { type: 'range', ...input, oninput });
  slider.value = String(input.value);
  return {
    box: h('label', { class: 'control' }, h('span', {}, label), slider, output),
    fit: () => (output.textContent = told(Number(slider.value))),
  };
}

/** The panel: field, particles, and the knob that keys move and that drops. @param {HTMLElement} row @param {Options} first @param {ReturnType<typeof createSwarm>} swarm @param {Hold} hold @param {(x: number, y: number) => void} drop */
function createField(row, first, swarm, hold, drop) {
  let state = first;
  const { range } = first;
  const [low, high] = range;
  const ground = createGround(() => figure.root);
  const figure = createPoints(
    row,
    { title: first.title, sets: first.sets ?? [], range },
    {
      below: (g, ratio) => g.drawImage(ground(state, g.canvas.width, ratio), 0, 0),
      above(g, ratio) {
        g.strokeStyle = g.fillStyle = `rgb(${colour(figure.root, 'eps').join(' ')})`;
        drawSwarm(g, ratio, range, swarm);
        key(strengthScale(state.vectors, range, (name) => colour(figure.root, name)));
      },
      words: () => inWords(state, swarm),
      marks: [
        ...(first.density ? [{ label: 'density', color: 'x0' }] : []),
        { label: 'particles', color: 'eps' },
      ],
    },
  );
  const frame = h('div', { class: 'held aim' });
  figure.canvas.replaceWith(frame);
  frame.append(figure.canvas);
  const key = createKey(figure.root, 'strength of the arrows');
  let at = [(low + high) / 2, (low + high) / 2];
  const toPlane = (/** @type {number} */ x, /** @type {number} */ y) => {
    const size = figure.canvas.clientWidth || 1;
    return [x / size, 1 - y / size].map((v) => low + Math.min(1, Math.max(0, v)) * (high - low));
  };
  figure.canvas.addEventListener('click', ({ clientX, clientY }) => {
    const { left, top } = figure.canvas.getBoundingClientRect();
    const [x, y] = toPlane(clientX - left, clientY - top);
    drop(x, y);
  });
  const { knob, place } = hold.createKnob(frame, {
    move(x, y) {
      at = toPlane(x, y);
      aim();
    },
    step(dx, dy, far) {
      const by = ((high - low) / 40) * (far ? 5 : 1);
      at = [at[0] + dx * by, at[1] + dy * by].map((v) => Math.min(high, Math.max(low, v)));
      aim();
    },
  });
  knob.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    drop(at[0], at[1]);
  });
  knob.addEventListener('click', () => drop(at[0], at[1]));
  function aim() {
    const size = figure.canvas.clientWidth;
    const [x, y] = at.map((v) => ((v - low) / (high - low)) * size);
    const words = `x ${short(at[0])}, y ${short(at[1])}; Enter drops particles here`;
    place({ x, y: size - y, label: 'Where to drop particles', now: at[0], range, words });
  }
  knob.addEventListener('focus', aim);
  aim();
  return {
    root: figure.root,
    redraw: figure.redraw,
    say: () => figure.update({}),
    /** @param {Options} next */
    update(next) {
      state = next;
      figure.update({ title: next.title ?? '', sets: next.sets ?? [] });
    },
    destroy: figure.destroy,
  };
}

export const needs = () => import('./parts/hold.js');

/** @param {HTMLElement} el @param {Options} options @param {Hold} hold @returns {import('./index.js').Figure} */
export function create(el, options, hold) {
  let state = options;
  const swarm = createSwarm(1);
  const scatter = normals(2);
  /** Powers of ten that the slider adds to the step that was given. */
  let power = 0;
  let { noise } = options;
  let left = 0;
  let due = 0;
  const stepNow = () => state.step * 10 ** power;
  /** @type {ReturnType<typeof createField> | undefined} */
  let field;
  const figure = createPanels(el, { panels: [state] }, (row, first) => {
    field = createField(row, first, swarm, hold, drop);
    return field;
  });
  const play = h('button', { type: 'button', onclick: () => (loop.on() ? rest() : run()) }, 'Run');
  const again = h('button', { type: 'button', onclick: begin }, 'Start again');
  const label = h('output', { class: 'value' });
  const settings = { min: -DECADES, max: DECADES, step: 0.01, value: 0 };
  const size = createSlider(
    'step size',
    settings,
    () => short(stepNow()),
    (value) => {
      power = value;
      size.fit();
    },
  );
  const random = createSlider('noise', { min: 0, max: 1, step: 0.01, value: noise }, short, (value) => {
    noise = value;
  });
  const box = h('div', { class: 'player-controls' }, play, again, label, size.box, random.box);
  el.append(box);

  const loop = createLoop(el, (ms) => {
    due = Math.min(due + (ms * RATE) / 1000, 4);
    for (; due >= 1 && left > 0; due--, left--) swarm.step(state.vectors, state.range, stepNow(), noise);
    tell();
    field?.redraw();
    if (left <= 0) rest();
  });

  function tell(note = '') {
    label.textContent = note || `step ${swarm.steps()}`;
  }

  function run() {
    [left, due] = [RUN, 0];
    play.textContent = 'Pause';
    loop.start();
  }

  function rest() {
    loop.stop();
    play.textContent = 'Run';
    field?.say();
  }

  /** @param {number} x @param {number} y */
  function drop(x, y) {
    const by = AROUND * (state.range[1] - state.range[0]);
    const places = Array.from({ length: 2 * DROP }, (_, i) => (i % 2 ? y : x) + by * scatter());
    if (!swarm.drop(places)) return tell(`${MOST_PARTICLES} particles at most`);
    field?.say();
    if (!still() || loop.on()) run();
  }

  function begin() {
    swarm.clear();
    if (state.particles) swarm.drop(state.particles);
    tell();
    field?.say();
    if (state.particles?.length && !still()) run();
    else rest();
  }
  begin();
  return {
    title: figure.title,
    picture: figure.picture,
    arrays: () => numbered([[ofPoints({ points: swarm.places() }), state.vectors, state.density]]),
    svg: (css) => particlesSvg(state, swarm.places(), css),
    /** @param {Partial<Options>} next */
    update(next) {
      state = { ...state, ...next, range: options.range };
      figure.update({ panels: [state] });
      size.fit();
      if (swarm.places().length && !still()) run();
    },
    destroy() {
      loop.destroy();
      figure.destroy();
      box.remove();
    },
  };
}
