/** Small pictures in rows, grey or in colour, each pixel with sharp edges, each picture with a caption. */
import { numbered } from './parts/arrays.js';
import { colour, short } from './parts/dom.js';
import { createPanel, createPanels } from './parts/panel.js';
import { extent, raster } from './parts/raster.js';
import { createReading } from './parts/reading.js';
import { listed, panelled, pictures, present, span, word } from './parts/values.js';

/** @typedef {import('./parts/raster.js').Shaped} Shaped */
/** @typedef {{title?: string, images: Shaped, labels?: string[], columns?: number, range: [number, number]}} Panel */

const range = (/** @type {unknown} */ value) => span('range', value);

/** @param {unknown} value */
function columnsOf(value) {
  if (!Number.isInteger(value) || Number(value) < 1)
    throw new TypeError(`columns must be a whole number, 1 or more, got ${value}`);
  return value;
}

/** Pictures with what belongs to them; `all` counts where they say nothing. @param {Record<string, any>} panel @param {Record<string, any>} [all] @returns {Panel} */
export function checkPictures(panel, all = {}) {
  const images = pictures(panel.images);
  const own = present(panel, {
    title: (title) => word('title', title),
    labels: (labels) => listed('labels', labels, (each) => word('a label', each)),
    columns: columnsOf,
    range,
  });
  if (own.labels && own.labels.length !== images.shape[0])
    throw new TypeError(`${own.labels.length} labels for ${images.shape[0]} images`);
  return { columns: all.columns, range: all.range ?? [0, 1], ...own, images };
}

const check = panelled(
  'grid',
  ['title', 'images', 'labels', 'columns', 'range'],
  { columns: columnsOf, range },
  checkPictures,
);

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * Pictures in rows: `images` is one (height, width), several (n, 1 or 3, height, width), or a list of single ones;
   * `range` is what black and white stand for. Several `panels` have a title each.
   * @param {{title?: string, images?: object, labels?: string[], columns?: number, range?: [number, number], panels?: object[]}} props
   */
  (props) =>
    show(props, check);

/** Of a caption's lines, in CSS pixels: how high each is, what stands above them, and how wide a letter is, about. */
const [LINE, ABOVE, LETTER] = [14, 5, 5.4];

/** A caption in lines about as wide as its picture. @param {string} text @param {number} cell @returns {string[]} */
export function linesOf(text, cell) {
  const most = Math.floor(cell / LETTER);
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] ? `${lines[last]} ${word}` : word;
    if (longer.length <= most || !lines[last]) lines[last] = longer;
    else lines.push(word);
  }
  return lines;
}
/** The widest and the narrowest that a picture is drawn, in CSS pixels. */
const WIDEST = { one: 340, row: 220, many: 104 };
const NARROWEST = { labelled: 64, bare: 44 };

/** A whole number of device pixels a pixel where that costs little room: then all are equally wide. @param {number} cell @param {number} pixels */
function crisp(cell, pixels) {
  const whole = (Math.floor((cell * devicePixelRatio) / pixels) * pixels) / devicePixelRatio;
  return whole > 0.8 * cell ? whole : cell;
}

/** @typedef {{columns: number, rows: number, cell: number, tall: number, gap: number, caption: number}} Layout */

/** How the pictures lie in a panel of that width. A single row that is too narrow becomes several, equally long ones. @param {Panel} panel @param {number} width @returns {Layout} */
function layoutOf({ images, labels, columns }, width) {
  const [n, , height, wide] = images.shape;
  let across = Math.max(1, Math.min(columns ?? Math.min(n, 8), n));
  const gap = n > 24 ? 3 : 8;
  if (across === n) {
    const least = labels ? NARROWEST.labelled : NARROWEST.bare;
    const fit = Math.max(1, Math.floor((width + gap) / (least + gap)));
    across = Math.ceil(n / Math.ceil(n / fit));
  }
  const rows = Math.max(1, Math.ceil(n / across));
  const most = n === 1 ? WIDEST.one : rows === 1 || n <= 8 ? WIDEST.row : WIDEST.many;
  const cell = crisp(Math.max(1, Math.min(most, (width - gap * (across - 1)) / across)), wide);
  const lines = Math.max(0, ...(labels ?? []).map((text) => linesOf(text, cell).length));
  const caption = labels ? ABOVE + LINE * lines : 0;
  return { columns: across, rows, cell, tall: (cell * height) / wide, gap, caption };
}

/** All pictures below each other, one pixel a pixel; what is not a number has a colour of its own. @param {Pick<Panel, 'images' | 'range'>} panel @param {[number, number, number]} wrong */
export function column({ images, range: [low, high] }, wrong) {
  const [n, channels, height, width] = images.shape;
  const size = height * width;
  return raster(width, n * height, (x, y) => {
    const at = (Math.floor(y / height) * channels * height + (y % height)) * width + x;
    const level = (/** @type {number} */ c) => (255 * (images.data[at + c * size] - low)) / (high - low);
    const red = level(0);
    if (!Number.isFinite(red)) return wrong;
    return channels === 1 ? [red, red, red] : [red, level(1), level(2)];
  });
}

/** Where a picture lies: its left and its top, in CSS pixels. @param {Layout} layout @param {number} i */
const cornerOf = ({ columns, cell, tall, gap, caption }, i) => [
  (i % columns) * (cell + gap),
  Math.floor(i / columns) * (tall + gap + caption),
];

/** The pixels, for whoever points at one. @param {Panel} panel @param {Layout} layout @returns {import('./parts/reading.js').Numbers} */
function numbersOf({ title, images, labels }, layout) {
  const [n, channels, high, wide] = images.shape;
  const { columns, cell, tall, gap, caption } = layout;
  const [size, unit] = [high * wide, cell / wide];
  const names = channels === 3 ? ['red', 'green', 'blue'] : [''];
  return {
    name: title || 'the pictures',
    count: n * size,
    row: wide,
    page: size,
    find(x, y) {
      const k = Math.floor(y / (tall + gap + caption)) * columns + Math.floor(x / (cell + gap));
      const [left, top] = cornerOf(layout, k);
      const [column, row] = [Math.floor((x - left) / unit), Math.floor((y - top) / unit)];
      const inside = k >= 0 && k < n && column >= 0 && column < wide && row >= 0 && row < high;
      return inside ? k * size + row * wide + column : -1;
    },
    box(i) {
      const [k, pixel] = [Math.floor(i / size), i % size];
      const [left, top] = cornerOf(layout, k);
      return [left + (pixel % wide) * unit, top + Math.floor(pixel / wide) * unit, unit, unit];
    },
    read(i) {
      const [k, pixel] = [Math.floor(i / size), i % size];
      const which = n > 1 ? `${labels?.[k] ?? `number ${k + 1}`}, ` : '';
      return {
        place: `${which}row ${Math.floor(pixel / wide) + 1}, column ${(pixel % wide) + 1}`,
        values: names.map((name, c) => [name, images.data[(k * channels + c) * size + pixel]]),
      };
    },
  };
}

/** @param {Panel} panel */
function inWords({ title, images, labels, range: [low, high] }) {
  const [n, channels, height, width] = images.shape;
  const size = channels * height * width;
  const each = (/** @type {number} */ i) => {
    const part = Array.prototype.slice.call(images.data, i * size, (i + 1) * size);
    const mean = part.reduce((a, b) => a + b, 0) / size;
    const [least, most] = extent(part);
    return `${labels?.[i] ?? `number ${i + 1}`}: mean ${short(mean)}, from ${short(least)} to ${short(most)}`;
  };
  const some = Array.from({ length: Math.min(n, 8) }, (_, i) => each(i));
  const more = n > 8 ? `; and ${n - 8} more` : '';
  const kind = `${channels === 3 ? 'colour ' : ''}picture${n === 1 ? '' : 's'}`;
  const scale = `black is ${short(low)}, white ${short(high)}`;
  return `${title || 'Pictures'}: ${n} ${kind} of ${width} by ${height} pixels, ${scale}. ${some.join('; ')}${more}.`;
}

/** @param {HTMLElement} el @param {Panel} options */
export function createPictures(el, options) {
  let state = options;

  /** @param {CanvasRenderingContext2D} g @param {number} ratio */
  function draw(g, ratio) {
    const layout = layoutOf(state, panel.root.clientWidth);
    const { cell, tall } = layout;
    const [n, , high, wide] = state.images.shape;
    const pictures = column(state, colour(panel.root, 'eps'));
    g.clearRect(0, 0, g.canvas.width, g.canvas.height);
    g.font = `500 ${11 * ratio}px "Inter Variable", sans-serif`;
    g.textAlign = 'center';
    g.fillStyle = `rgb(${colour(panel.root, 'axis')})`;
    g.imageSmoothingEnabled = false;
    for (let i = 0; i < n; i++) {
      const [left, top] = cornerOf(layout, i);
      const box = [left, top, cell, tall].map((v) => Math.round(v * ratio));
      g.drawImage(pictures, 0, i * high, wide, high, box[0], box[1], box[2], box[3]);
      for (const [k, text] of linesOf(state.labels?.[i] ?? '', cell).entries())
        g.fillText(text, (left + cell / 2) * ratio, box[1] + box[3] + LINE * (k + 1) * ratio, cell * ratio);
    }
  }

  const panel = createPanel(el, 'pictures', draw, (width) => {
    const { columns, rows, cell, tall, gap, caption } = layoutOf(state, width);
    panel.canvas.style.width = `${columns * (cell + gap) - gap}px`;
    panel.canvas.style.height = `${rows * (tall + caption + gap) - gap}px`;
  });
  const reading = createReading(panel.canvas, () =>
    numbersOf(state, layoutOf(state, panel.root.clientWidth)),
  );

  /** @param {Partial<Panel>} next */
  function update(next) {
    state = { ...state, ...next };
    panel.root.classList.toggle('wide', state.images.shape[0] > 4);
    panel.say(state.title ?? '', [], inWords(state));
    panel.fit();
    panel.redraw();
    reading.fit();
  }
  update({});
  return { root: panel.root, update, destroy: panel.destroy };
}

/** @param {HTMLElement} el @param {{panels: Panel[]}} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let { panels } = options;
  const figure = createPanels(el, options, createPictures);
  return {
    ...figure,
    /** @param {{panels: Panel[]}} next */
    update(next) {
      panels = next.panels;
      figure.update(next);
    },
    arrays: () => numbered(panels.map(({ images }) => [images])),
  };
}
