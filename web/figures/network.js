/** A network as a drawing; MiniUNet as the U that it is: a box a block, as high as its pictures and as wide as it has channels. */
import { cssColour } from './parts/colours.js';
import { framed, h, onLook, short } from './parts/dom.js';
import { arrow, graphDrawing, graphInWords, heads, times } from './parts/graph.js';
import { image, picturesOf, valuesOf } from './parts/inside.js';
import { label } from './parts/label.js';
import { extent } from './parts/raster.js';
import { svgFile } from './parts/svg.js';
import { got, named, present, word } from './parts/values.js';

/** @typedef {{name: string, shape: number[]}} Layer */
/** @typedef {{title?: string, input: number[], layers: Layer[], skips: boolean, chosen?: string, values?: Values}} Options `chosen`: the name of a block to point out; `values`: what goes on inside */
/** @typedef {{name: string, shape: number[], x: number, y: number, w: number, h: number, row: number}} Box */

/** @typedef {import('./parts/inside.js').Values} Values */
/** @typedef {import('./parts/inside.js').Hrefs} Hrefs */
/** @typedef {{title?: string, chosen?: string, values?: Values, nodes: import('./parts/graph.js').Node[]}} Any of another network */

/** A figure with more boxes would be longer than anyone reads. */
const MOST_BOXES = 100;

/** @param {any} model @returns {Pick<Options, 'input' | 'layers' | 'skips'> | Pick<Any, 'nodes'>} */
function partsOf(model) {
  if (typeof model?.nodes !== 'function')
    throw new TypeError(
      `network draws a model, as lab.MiniUNet() or lab.model(...) makes one, got ${got(model)}`,
    );
  if (model.kind === 'mini-unet')
    return { input: model.sample_shape, layers: model.layers(), skips: model.skips };
  const nodes = model.nodes();
  if (nodes.length > MOST_BOXES)
    throw new RangeError(
      `network draws at most ${MOST_BOXES} boxes, and this one has ${nodes.length}: put layers together in modules, each of which is one box`,
    );
  return { nodes };
}

const NAMES = ['title', 'chosen', 'x', 't', 'labels', 'conds'];

/** @type {import('./parts/values.js').Check} */
function check(given, before) {
  const own = named('network', given, [...NAMES, 'model']);
  const words = present(own, {
    title: (title) => word('title', title),
    chosen: (chosen) => word('chosen', chosen),
  });
  const looks = ['model', 'x', 't', 'labels', 'conds'].some((name) => name in own);
  if (before && !looks) return words;
  const { model, x, t, labels, conds } = { ...before, ...own };
  const parts = partsOf(model);
  if (x === undefined) {
    if (t !== undefined) throw new TypeError('network takes t together with x, a batch of one sample');
    return { ...words, ...parts };
  }
  const names =
    'nodes' in parts
      ? { input: 'x', output: null, boxes: parts.nodes.map(({ name }) => name) }
      : { input: 'x_t', output: 'ε', boxes: blocksOf(parts).map(({ name }) => name) };
  return { ...words, ...parts, values: valuesOf(model, { x, t, labels, conds }, names) };
}

/** @param {import('./parts/values.js').Show} show */
export const offer =
  (show) =>
  /**
   * A drawing of a model's network and its shapes; `chosen` points out a block by its name. With `x`, a batch of one sample,
   * and `t`, `labels` and `conds` as forward takes them, its boxes show what goes on inside: some of their channels, black at
   * the box's lowest number and white at its highest. update({ x, t }) goes on from there.
   * @param {object} model @param {{title?: string, chosen?: string, x?: object, t?: any, labels?: any, conds?: any}} [props]
   */
  (model, props = {}) =>
    show({ ...named('network', props, NAMES), model }, check);

const WIDE = 720;
const TOP = 34;
const MIDDLES = [0.075, 0.245, 0.375, 0.5, 0.625, 0.755, 0.925];
const ROWS = [0, 1, 2];

/** What lies in the plane of the pictures, from x_t to the predicted noise. @param {Pick<Options, 'input' | 'layers'>} o @returns {Layer[]} */
const blocksOf = ({ input, layers }) => [
  { name: 'x_t', shape: input },
  ...layers.filter(({ shape, name }) => shape.length === 3 && name !== 'attention'),
  { name: 'ε', shape: input },
];

/** @param {Options} o @param {number} width */
function boxesOf(o, width) {
  const blocks = blocksOf(o);
  const [full, most] = [o.input[1], Math.max(...blocks.map(({ shape }) => shape[0]))];
  const unit = width < 480 ? 44 : 76;
  // With pictures in them, the smallest boxes are still large enough to see something.
  const heights = ROWS.map((row) => (o.values ? (width < 480 ? 44 : 88) / 1.3 ** row : unit / 2 ** row));
  const tops = ROWS.map((row) => TOP + heights.slice(0, row).reduce((sum, each) => sum + each + 46, 0));
  const boxes = blocks.map(({ name, shape }, i) => {
    const row = Math.round(Math.log2(full / shape[1]));
    const w = o.values ? heights[row] : Math.max(3, (shape[0] / most) * (width < 480 ? 20 : 44));
    return { name, shape, row, w, h: heights[row], x: MIDDLES[i] * width - w / 2, y: tops[row] };
  });
  return { boxes, bottom: tops[2] + heights[2] + 50 };
}

/** What goes on in a box: one picture, or four in a square where there is room. @param {Box} box @param {string[]} hrefs @param {string} css the frame's colour */
function seen({ x, y, w, h: height }, hrefs, css) {
  const n = hrefs.length >= 4 && w > 50 ? 2 : 1;
  const [wide, tall] = [(w - n + 1) / n, (height - n + 1) / n];
  const frame = `<rect x="${x - 1.5}" y="${y - 1.5}" width="${w + 3}" height="${height + 3}" fill="none" stroke="${css}" stroke-width="2"/>`;
  return [
    ...hrefs
      .slice(0, n * n)
      .map((href, i) =>
        image(href, x + (i % n) * (wide + 1), y + Math.floor(i / n) * (tall + 1), wide, tall),
      ),
    frame,
  ];
}

/** From one box to the next, down into its left part and up out of the right one: the two ways stay apart. @param {Box} a @param {Box} b @param {string} css */
function flow(a, b, css) {
  const [y, z] = [a.y + a.h / 2, b.y + b.h / 2];
  if (a.row === b.row) return arrow(`M${a.x + a.w + 3} ${y}H${b.x - 3}`, css);
  if (b.row > a.row) return arrow(`M${a.x + a.w + 3} ${y}H${b.x + b.w / 4}V${b.y - 4}`, css);
  return arrow(`M${a.x + (3 * a.w) / 4} ${a.y - 3}V${z}H${b.x - 4}`, css);
}

/** @param {Box} a @param {Box} b @param {boolean} on @param {(name: string) => string} css */
function skip(a, b, on, css) {
  const y = a.y + 6;
  const colour = css(on ? 'abar' : 'faint');
  return [
    arrow(`M${a.x + a.w + 3} ${y}H${b.x - 4}`, colour, on ? '' : 'stroke-dasharray="3 4"'),
    label((a.x + a.w + b.x) / 2, y - 6, on ? 'skip' : 'skip off', colour, 'text-anchor="middle"'),
  ];
}

/**
 * The parts of the drawing, and its size.
 * @param {Options | Any} o @param {(name: string) => string} css a colour of tokens.css @param {number} [width]
 * @param {Hrefs} [pictures] of what goes on inside
 */
export function drawing(o, css, width = WIDE, pictures = {}) {
  if ('nodes' in o) return graphDrawing(o, css, width, pictures);
  const { boxes, bottom } = boxesOf(o, width);
  const size = `text-anchor="middle" style="font-size: ${width < 480 ? 10 : 12}px"`;
  const colours = /** @type {Record<string, string>} */ ({ x_t: 'xt', ε: 'eps' });
  const parts = boxes.flatMap((box) => {
    const { name, shape, x, y, w, h: height } = box;
    const fill = css(name === o.chosen ? 'x0' : (colours[name] ?? 'faint'));
    const told =
      name in colours ? '' : `<circle cx="${x + w / 2}" cy="${y + height}" r="3.5" fill="${css('x0')}"/>`;
    return [
      `<rect x="${x}" y="${y}" width="${w}" height="${height}" rx="2" fill="${fill}"/>`,
      ...(pictures[name] ? seen(box, pictures[name], fill) : []),
      told,
      label(
        x + w / 2,
        y + height + 17,
        name,
        css(name === o.chosen ? 'x0' : 'axis'),
        `${size} font-weight="600"`,
      ),
      label(x + w / 2, y + height + 31, times(shape), css('axis'), size),
    ];
  });
  const flows = boxes.slice(1).map((box, i) => flow(boxes[i], box, css('axis')));
  const byName = (/** @type {string} */ name) => boxes.find((box) => box.name === name);
  const skips = [
    ['down1', 'up1'],
    ['down2', 'up2'],
  ].flatMap(([from, to]) => {
    const [a, b] = [byName(from), byName(to)];
    return a && b ? skip(a, b, o.skips, css) : [];
  });
  const time = o.layers
    .filter(({ shape }) => shape.length === 1)
    .map(({ name, shape }) => `${name} ${shape}`);
  const dot = `<circle cx="${boxes[0].x + 5}" cy="${bottom - 4}" r="3.5" fill="${css('x0')}"/>`;
  const clock = label(boxes[0].x + 14, bottom, `t → ${time.join(' → ')} → every block`, css('axis'));
  return {
    width,
    height: bottom + 10,
    parts: [heads(['axis', 'abar', 'faint'].map(css)), ...skips, ...flows, ...parts, dot, clock],
  };
}

/** What goes on inside, in words. @param {Values} [values] */
function seenInWords(values) {
  const each = Object.entries(values ?? {}).map(
    ([name, { data }]) => `${name} ${extent(data).map(short).join(' to ')}`,
  );
  return each.length ? ` What it gives: ${each.join('; ')}.` : '';
}

/** @param {Options | Any} o */
function inWords(o) {
  if ('nodes' in o) return graphInWords(o);
  const through = blocksOf(o)
    .slice(1, -1)
    .map(
      ({ name, shape: [channels, high, wide] }) => `${name} with ${channels} channels of ${wide} by ${high}`,
    );
  const skips = o.skips
    ? 'Skip connections lead from down1 to up1 and from down2 to up2.'
    : 'The skip connections are switched off.';
  return `${o.title ?? 'A U-Net'}: x_t of ${times(o.input)} goes through ${through.join(', ')}, to the predicted noise. ${skips} Every block is told the time.`;
}

/** @param {HTMLElement} el @param {Options | Any} options @returns {import('./index.js').Figure} */
export function create(el, options) {
  let o = options;
  const title = h('figcaption', { class: 'panel-title' });
  const box = h('div', { class: 'drawing', role: 'img' });
  const figure = h('figure', { class: 'lines' }, title, box);
  el.append(figure);
  const draw = () => {
    const wide = Math.min(WIDE, box.clientWidth || WIDE);
    const { width, height, parts } = drawing(o, cssColour, wide, picturesOf(o.values, box));
    box.innerHTML = `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">${parts.join('')}</svg>`;
  };
  const end = onLook(box, framed(draw));
  /** @param {Partial<Options | Any>} next */
  function update(next) {
    o = /** @type {Options | Any} */ ({ ...o, ...next });
    title.replaceChildren(o.title ?? '');
    box.setAttribute('aria-label', `${inWords(o)}${seenInWords(o.values)}`);
    draw();
  }
  update({});
  return {
    update,
    title: () => o.title ?? '',
    arrays: () => Object.entries(o.values ?? {}).map(([name, { shape, data }]) => ({ name, shape, data })),
    picture: () => [figure],
    svg(css) {
      const { width, height, parts } = drawing(o, css, WIDE, picturesOf(o.values, box));
      return svgFile(width, height, css, parts);
    },
    destroy() {
      end();
      figure.remove();
    },
  };
}
