/** A 3 x 3 convolution that can be taken apart: a picture, nine weights to edit, what comes out, and the products of one place. */
import { colour, h, short } from './parts/dom.js';
import { label } from './parts/label.js';
import { createLoop, still } from './parts/loop.js';
import { createPanel } from './parts/panel.js';
import { colourScale, createKey, extent, rangeOf, raster } from './parts/raster.js';
import { svgFile, svgTitle } from './parts/svg.js';
import { got, named, numbers, pictures, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/values.js').Shaped} Shaped */
/** @typedef {typeof import('./parts/hold.js')} Hold */
/**
 * @typedef {object} Options
 * @property {string} [title]
 * @property {Shaped} image (1, 1, height, width)
 * @property {Record<string, number[]>} kernels to choose from: nine weights each, row by row
 * @property {string | number[]} kernel one of them, or nine weights
 * @property {[number, number]} at row and column of the window's middle
 * @property {[number, number]} range of the picture's black and white
 * @property {boolean} [slides] whether the window slides over the picture by itself, once
 */
/** @typedef {{o: Options, weights: number[], place: number, output: Float32Array, upTo: number}} State place: the pixel in the window's middle; upTo: so many pixels of the output are shown */

const NAMES = ['title', 'image', 'kernels', 'kernel', 'at', 'range', 'slides'];
/** A window in a larger picture could not be seen. */
const MOST_PIXELS = 128;

/** @type {Record<string, number[]>} */
const KERNELS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  'left edge': [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  'top edge': [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  outline: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((v) => v / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
};

/** @param {string} what @param {unknown} value @returns {number[]} */
function nine(what, value) {
  const list = numbers(what, value);
  if (list.length !== 9 || !list.every(Number.isFinite))
    throw new TypeError(`${what} must be nine numbers, row by row, got ${got(value)}`);
  return /** @type {number[]} */ (list);
}

/** @param {unknown} value @returns {Record<string, number[]>} */
function kernelsOf(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value))
    throw new TypeError(`kernels must be lists of nine weights by their names, got ${got(value)}`);
  const all = Object.entries(value).map(([name, list]) => [name, nine(`the kernel ${name}`, list)]);
  if (all.length === 0) throw new TypeError('kernels must name at least one list of nine weights');
  return Object.fromEntries(all);
}

/** @param {unknown} value @param {Record<string, number[]>} kernels */
function kernelOf(value, kernels) {
  if (typeof value !== 'string') return nine('kernel', value);
  if (!Object.hasOwn(kernels, value))
    throw new TypeError(
      `kernel is nine numbers or one of ${Object.keys(kernels).join(', ')}, got ${got(value)}`,
    );
  return value;
}

/** @param {any} value @param {number[]} shape @returns {[number, number]} */
function placeOf(value, [height, width]) {
  const [row, column, more] = Array.isArray(value) ? value : [];
  const inside = (/** @type {unknown} */ v, /** @type {number} */ most) =>
    Number.isInteger(v) && Number(v) >= 0 && Number(v) < most;
  if (!inside(row, height) || !inside(column, width) || more !== undefined)
    throw new RangeError(
      `at must be [row, column], rows 0 to ${height - 1}, columns 0 to ${width - 1}, got ${Array.isArray(value) ? `[${value.join(', ')}]` : got(value)}`,
    );
  return [row, column];
}

/** @param {unknown} value */
function greyImage(value) {
  const image = pictures(value, 'image');
  const [n, channels, height, width] = image.shape;
  if (n !== 1 || channels !== 1)
    throw new TypeError(`image must be one grey picture [height, width], got ${got(value)}`);
  if (Math.max(height, width) > MOST_PIXELS)
    throw new RangeError(`image must have at most ${MOST_PIXELS} pixels a side, got ${height} by ${width}`);
  return image;
}

/** @type {import('./parts/values.js').Check} */
function check(given, before = {}) {
  const all = { ...before, ...named('convolution', given, NAMES) };
  const image = greyImage(all.image);
  const shape = image.shape.slice(2);
  const kernels = kernelsOf(all.kernels ?? KERNELS);
  return {
    ...present(all, { title: (title) => word('title', title), slides: Boolean }),
    range: span('range', all.range ?? [0, 1]),
    image,
    kernels,
    kernel: kernelOf(all.kernel ?? Object.keys(kernels)[0], kernels),
    at: placeOf(all.at ?? shape.map((n) => Math.floor(n / 2)), shape),
  };
}

/** @param {Pick<Options, 'kernel' | 'kernels'>} o */
const weightsOf = ({ kernel, kernels }) => [...(typeof kernel === 'string' ? kernels[kernel] : kernel)];

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * A 3 x 3 convolution of `image` (height, width): nine weights that can be edited or chosen among `kernels` (nine numbers
   * each, by name), what comes out, and the nine products at the window, which can be moved. Beyond the border lie zeros.
   * With `slides` the window slides over the picture once, by itself.
   * `lab.interact(lab.convolution(...), ({ kernel }) => ...)` hands the weights to code, whenever they change.
   * @param {{title?: string, image: object, kernels?: Record<string, ArrayLike<number>>, kernel?: string | ArrayLike<number>, at?: [number, number], range?: [number, number], slides?: boolean}} props
   */
  (props) =>
    show(props, check, (o) => ({ kernel: weightsOf(o) }));

/** What the window sees, row by row: zeros beyond the border. @param {Shaped} image @param {number} place */
function seenAt({ shape: [, , height, width], data }, place) {
  const [r, c] = [Math.floor(place / width), place % width];
  return Array.from({ length: 9 }, (_, k) => {
    const [i, j] = [r + Math.floor(k / 3) - 1, c + (k % 3) - 1];
    return i >= 0 && i < height && j >= 0 && j < width ? data[i * width + j] : 0;
  });
}

/** @param {Shaped} image @param {number[]} weights */
export const convolved = (image, weights) =>
  Float32Array.from(image.data, (_, place) =>
    seenAt(image, place).reduce((sum, x, k) => sum + weights[k] * x, 0),
  );

/** @param {State} state */
const rowAndColumn = ({ o, place }) => [Math.floor(place / o.image.shape[3]), place % o.image.shape[3]];

/** @param {State} state */
function placeInWords(state) {
  const [row, column] = rowAndColumn(state);
  return `row ${row + 1}, column ${column + 1}`;
}

const signed = (/** @type {number} */ v) => short(v).replace('-', '−');

/** @param {Options} o @param {number} v as a grey, 0 to 255 */
const greyOf = ({ range: [low, high] }, v) => (255 * (v - low)) / (high - low);

/** @param {State} state @param {Element} el for the theme */
function rasters({ o, output }, el) {
  const [, , height, width] = o.image.shape;
  const scale = colourScale(el, outputRange(output));
  const wrong = colour(el, 'axis');
  return {
    scale,
    input: raster(width, height, (x, y) => {
      const v = greyOf(o, o.image.data[y * width + x]);
      return Number.isFinite(v) ? [v, v, v] : wrong;
    }),
    output: raster(width, height, (x, y) => {
      const v = output[y * width + x];
      return Number.isFinite(v) ? scale.at(v) : wrong;
    }),
  };
}

/** With zero as paper: never a scale of no width. @param {Float32Array} output @returns {[number, number]} */
function outputRange(output) {
  const [low, high] = extent(output);
  const [least, most] = rangeOf([Math.min(low, 0), Math.max(high, 0)]);
  return least < most ? [least, most] : [0, 1];
}

/** A canvas of one picture with a frame around pixels. @param {HTMLElement} el @param {(g: CanvasRenderingContext2D) => void} paint @param {() => {state: State, reach: number}} now reach: pixels of the frame beside its middle */
function createPicture(el, paint, now) {
  const panel = createPanel(el, 'picture', (g, ratio) => {
    const { state, reach } = now();
    const [, , height, width] = state.o.image.shape;
    const [row, column] = rowAndColumn(state);
    const unit = g.canvas.width / width;
    g.imageSmoothingEnabled = false;
    paint(g);
    g.strokeStyle = `rgb(${colour(panel.root, 'xt')})`;
    g.lineWidth = 2.5 * ratio;
    const side = (2 * reach + 1) * unit;
    g.strokeRect((column - reach) * unit, ((row - reach) * g.canvas.height) / height, side, side);
  });
  const [, , height, width] = now().state.o.image.shape;
  panel.canvas.style.aspectRatio = `${width} / ${height}`;
  const frame = h('div', { class: 'held' });
  panel.canvas.replaceWith(frame);
  frame.append(panel.canvas);
  return { ...panel, frame };
}

/** Nine fields, a choice of kernels, and the nine products. @param {{edit: (weights: number[]) => void, slide: () => void}} act */
function createMiddle({ edit, slide }) {
  const fields = Array.from({ length: 9 }, (_, k) =>
    h('input', {
      type: 'number',
      step: 'any',
      'aria-label': `Weight, row ${Math.floor(k / 3) + 1}, column ${(k % 3) + 1}`,
      oninput: take,
    }),
  );
  const choice = h('select', { 'aria-label': 'Kernel' });
  /** @type {State['o']['kernels']} */
  let kernels = {};
  choice.onchange = () => edit([...kernels[choice.value]]);
  const play = h('button', { type: 'button', onclick: slide }, 'Slide');
  const terms = Array.from({ length: 9 }, () => h('span'));
  const sum = h('output');
  const fault = h('p', { class: 'fault', role: 'status' });
  const box = h(
    'div',
    { class: 'kernel-box' },
    h('div', { class: 'holding' }, choice, play),
    h('div', { class: 'nine' }, ...fields),
    fault,
    h('div', { class: 'nine terms', 'aria-hidden': true }, ...terms),
    sum,
  );

  function take() {
    const values = fields.map(({ value }) => (value.trim() === '' ? Number.NaN : Number(value)));
    for (const [k, field] of fields.entries())
      field.setAttribute('aria-invalid', String(!Number.isFinite(values[k])));
    const good = values.every(Number.isFinite);
    fault.textContent = good
      ? ''
      : 'A weight is a number, such as −1 or 0.25: the last one counts until then.';
    if (good) edit(values);
  }
  return {
    box,
    play,
    /** @param {State} state */
    show({ o, weights, place, output }) {
      kernels = o.kernels;
      const names = Object.keys(kernels);
      const name = names.find((each) => kernels[each].join() === weights.join());
      const offers = [...names, ...(name ? [] : ['yours'])];
      choice.replaceChildren(
        ...offers.map((each) =>
          h(
            'option',
            { value: each, disabled: each === 'yours', selected: each === (name ?? 'yours') },
            each,
          ),
        ),
      );
      const seen = seenAt(o.image, place);
      const most = Math.max(...weights.map(Math.abs)) || 1;
      for (const [k, field] of fields.entries()) {
        const weight = weights[k];
        // What is being typed stays as it is typed.
        if (document.activeElement !== field || Number(field.value) !== weight)
          field.value = String(Number(weight.toPrecision(6)));
        field.style.setProperty('--weight', `${(45 * Math.abs(weight)) / most}%`);
        field.style.setProperty('--tint', `var(--c-${weight < 0 ? 'x0' : 'eps'})`);
        terms[k].textContent = `${signed(weight)} × ${signed(seen[k])}`;
      }
      sum.textContent = `sum of the nine: ${signed(output[place])}`;
      if (fields.every(({ value }) => value !== '')) {
        fault.textContent = '';
        for (const field of fields) field.removeAttribute('aria-invalid');
      }
    },
  };
}

/** @param {State} state @param {import('./parts/svg.js').Css} css @param {Element} el for the theme */
function convolutionSvg(state, css, el) {
  const { o, weights, place, output } = state;
  const [, , height, width] = o.image.shape;
  const [side, gap, cell] = [280, 24, 48];
  const tall = (side * height) / width;
  const unit = side / width;
  const [row, column] = rowAndColumn(state);
  const { input, output: out } = rasters(state, el);
  const image = (
    /** @type {HTMLCanvasElement} */ canvas,
    /** @type {number} */ x,
    /** @type {number} */ reach,
  ) => [
    `<image x="${x}" y="34" width="${side}" height="${tall}" href="${canvas.toDataURL()}" style="image-rendering: pixelated"/>`,
    `<rect x="${x}" y="34" width="${side}" height="${tall}" fill="none" stroke="${css('grid')}"/>`,
    `<rect x="${x + (column - reach) * unit}" y="${34 + (row - reach) * unit}" width="${(2 * reach + 1) * unit}" height="${(2 * reach + 1) * unit}" fill="none" stroke="${css('xt')}" stroke-width="2.5"/>`,
  ];
  const middle = 10 + side + gap;
  const right = middle + 3 * cell * 1.4 + gap;
  const seen = seenAt(o.image, place);
  const centred = 'text-anchor="middle"';
  const kernel = weights.flatMap((weight, k) => {
    const [x, y] = [middle + (k % 3) * cell * 1.4 + cell * 0.7, 60 + Math.floor(k / 3) * cell];
    return [
      label(x, y, signed(weight), css('axis'), `${centred} font-weight="600"`),
      label(x, y + 3.4 * cell, `${signed(weight)} × ${signed(seen[k])}`, css('axis'), centred),
    ];
  });
  const sum = label(
    middle + cell * 2.1,
    60 + 6.4 * cell,
    `sum: ${signed(output[place])}`,
    css('axis'),
    centred,
  );
  return svgFile(right + side + 10, Math.max(tall, 6.6 * cell) + 60, css, [
    svgTitle(10, 20, o.title, css),
    ...image(input, 10, 1),
    ...kernel,
    sum,
    ...image(out, right, 0),
  ]);
}

export const needs = () => import('./parts/hold.js');

/** Pixels of the output that sliding adds in a frame: a picture of 32 by 32 takes six seconds. */
const PACE = 3;

/**
 * @param {HTMLElement} el @param {Options} options @param {Hold} hold
 * @param {(values: Record<string, any>) => void} [change] @returns {import('./index.js').Figure}
 */
export function create(el, options, { createKnob, onHold }, change = () => {}) {
  let state = stateOf(options, weightsOf(options), options.at);
  /** Where the window was before it slid. */
  let begin = state.place;
  const title = h('figcaption', { class: 'panel-title' });
  const row = h('div', { class: 'convolution-row' });
  const root = h('figure', { class: 'lines' }, title, row);
  el.append(root);
  const input = createPicture(
    row,
    (g) => g.drawImage(rasters(state, root).input, 0, 0, g.canvas.width, g.canvas.height),
    () => ({ state, reach: 1 }),
  );
  const middle = createMiddle({ edit, slide: () => (loop.on() ? stop() : start()) });
  row.append(middle.box);
  const output = createPicture(row, paintOutput, () => ({ state, reach: 0 }));
  const key = createKey(output.root);
  const knob = createKnob(input.frame, { move: (x, y) => moveTo(input.frame, x, y), step });
  for (const { frame: place, canvas } of [input, output])
    onHold(canvas, place, (x, y) => moveTo(place, x, y));
  const loop = createLoop(root, slide);

  /** @param {CanvasRenderingContext2D} g */
  function paintOutput(g) {
    const { width, height } = g.canvas;
    const { scale, output: picture } = rasters(state, root);
    g.drawImage(picture, 0, 0, width, height);
    const [, , rows, columns] = state.o.image.shape;
    const done = Math.floor(state.upTo / columns);
    g.fillStyle = `rgb(${colour(root, 'grid')})`;
    const [unit, tall] = [width / columns, height / rows];
    if (done < rows) g.fillRect((state.upTo % columns) * unit, done * tall, width, tall);
    g.fillRect(0, (done + 1) * tall, width, height);
    key(scale);
  }

  /** @param {HTMLElement} at @param {number} x @param {number} y */
  function moveTo(at, x, y) {
    const [, , rows, columns] = state.o.image.shape;
    const inside = (/** @type {number} */ v, /** @type {number} */ n) =>
      Math.max(0, Math.min(Math.floor(v * n), n - 1));
    go(inside(y / at.clientHeight, rows) * columns + inside(x / at.clientWidth, columns));
  }

  /** @param {number} dx @param {number} dy @param {boolean} far */
  function step(dx, dy, far) {
    const [, , rows, columns] = state.o.image.shape;
    const [r, c] = rowAndColumn(state);
    const to = [r - dy * (far ? 4 : 1), c + dx];
    go(Math.max(0, Math.min(to[0], rows - 1)) * columns + Math.max(0, Math.min(to[1], columns - 1)));
  }

  /** @param {number} place */
  function go(place) {
    stop();
    state = { ...state, place };
    show();
  }

  /** @param {number[]} weights */
  function edit(weights) {
    stop();
    state = { ...state, weights, output: convolved(state.o.image, weights) };
    show();
    change({ kernel: weights });
  }

  function stop() {
    loop.stop();
    middle.play.textContent = 'Slide';
    state = { ...state, upTo: state.output.length };
  }

  function start() {
    middle.play.textContent = 'Stop';
    begin = state.place;
    state = { ...state, upTo: 0 };
    loop.start();
  }

  function slide() {
    const upTo = state.upTo + PACE;
    const ends = upTo >= state.output.length;
    if (ends) stop();
    state = ends ? { ...state, place: begin } : { ...state, place: upTo, upTo: upTo + 1 };
    show();
  }

  function show() {
    const { o, place, weights } = state;
    const [, , height, width] = o.image.shape;
    const where = placeInWords(state);
    title.textContent = o.title ?? 'A convolution';
    input.say('x', [], `The picture, ${width} by ${height} pixels. The window is at ${where}.`);
    const [least, most] = extent(state.output);
    output.say(
      'y',
      [],
      `What comes out, from ${short(least)} to ${short(most)}. Weights: ${weights.map(short).join(', ')}.`,
    );
    middle.show(state);
    knob.place({
      x: ((place % width) + 0.5) * (input.frame.clientWidth / width),
      y: (Math.floor(place / width) + 0.5) * (input.frame.clientHeight / height),
      label: 'Window',
      now: place,
      range: [0, width * height - 1],
      words: `${where}: y = ${short(state.output[place])}`,
    });
    input.redraw();
    output.redraw();
  }
  show();
  if (state.o.slides && !still()) start();
  return {
    /** @param {Partial<Options>} next what the reader has moved stays, unless there is another kernel or place */
    update(next) {
      stop();
      const o = { ...state.o, ...next };
      const same = weightsOf(o).join() === weightsOf(state.o).join();
      const weights = same ? state.weights : weightsOf(o);
      const stays = o.at.join() === state.o.at.join() && o.image.shape.join() === state.o.image.shape.join();
      const [r, c] = rowAndColumn(state);
      state = stateOf(o, weights, stays ? [r, c] : o.at);
      show();
    },
    title: () => state.o.title ?? 'convolution',
    picture: () => [root],
    svg: (css) => convolutionSvg(state, css, root),
    arrays() {
      const shape = state.o.image.shape.slice(2);
      return [
        { name: 'x', shape, data: Float32Array.from(state.o.image.data) },
        { name: 'kernel', shape: [3, 3], data: Float32Array.from(state.weights) },
        { name: 'y', shape, data: state.output },
      ];
    },
    destroy() {
      loop.destroy();
      input.destroy();
      output.destroy();
      root.remove();
    },
  };
}

/** @param {Options} o @param {number[]} weights @param {number[]} at @returns {State} */
function stateOf(o, weights, [row, column]) {
  const output = convolved(o.image, weights);
  return { o, weights, output, place: row * o.image.shape[3] + column, upTo: output.length };
}
