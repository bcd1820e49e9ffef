/** Any network as a drawing: what leads from x to the outputs in one column, time and class in another beside it. */
import { image } from './inside.js';
import { label } from './label.js';

/** @typedef {{name: string, of: string, shape: number[], side: boolean, from: number[]}} Node a box, after those that it reads */
/** @typedef {Node & {x: number, y: number, w: number, h: number}} Box */
/** @typedef {(name: string) => string} Css a colour of tokens.css */

/** Of a box, without and with pictures of what goes on inside; and between two. */
const TALL = { plain: 34, seen: 70 };
const BETWEEN = 20;
/** Of a picture in a box, and of a vector's strip. */
const SIDE = 28;
const STRIP = 10;
const TOP = 12;
const LANE = 9;
/** Below this the columns are too near for a name between them: one begins under the other. */
const NARROW = 700;
/** What a letter takes at most, about: of the two lines in a box, and of what stands beside one. */
const BOLD = 8.2;
const SMALL = 6.4;
const BESIDE = 7.4;
/** Lines that stand beside a box. */
const MOST_TOLD = 3;
const LINE = 13;

/** A text's end, where all of it does not fit. @param {string} text @param {number} room @param {number} letter */
function fitting(text, room, letter) {
  const most = Math.floor(room / letter);
  return text.length > most ? `…${text.slice(1 - most)}` : text;
}

export const times = (/** @type {number[]} */ shape) => shape.join('×');

/** @param {Node[]} nodes @param {number} width @param {object} values what goes on inside, by name @returns {Box[]} */
function boxesOf(nodes, width, values) {
  const sides = nodes.some(({ side }) => side);
  const w = Math.min(180, width * (sides ? 0.36 : 0.6));
  const tall = (/** @type {Node} */ { name }) => (Object.hasOwn(values, name) ? TALL.seen : TALL.plain);
  const room = (/** @type {Node} */ node) => tall(node) + BETWEEN;
  const above =
    width < NARROW ? nodes.filter(({ side }) => side).reduce((sum, node) => sum + room(node), 0) : 0;
  const next = [TOP + above, TOP];
  return nodes.map((node) => {
    const column = Number(node.side);
    const y = next[column];
    next[column] += room(node);
    const x = node.side ? width * 0.24 - w / 2 : width * (sides ? 0.66 : 0.45) - w / 2;
    return { ...node, x, y, w, h: tall(node) };
  });
}

/** A line with a head. @param {string} path @param {string} css @param {string} [more] */
export const arrow = (path, css, more = '') =>
  `<path d="${path}" fill="none" stroke="${css}" stroke-width="1.5" marker-end="url(#head-${css.replace(/\W/g, '')})" ${more}/>`;

/** The heads of lines of these colours. @param {string[]} colours */
export const heads = (colours) =>
  `<defs>${colours.map((css) => `<marker id="head-${css.replace(/\W/g, '')}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5L8 4L0 7.5z" fill="${css}"/></marker>`).join('')}</defs>`;

/** Lines within a column: to the next box straight, past others in a lane beside them. @param {Box[]} boxes @param {Css} css */
function lines(boxes, css) {
  /** Where each lane is free again, by side. @type {[number[], number[]]} */
  const lanes = [[], []];
  return boxes.flatMap((to) =>
    to.from.flatMap((i) => {
      const from = boxes[i];
      if (from.side !== to.side) return [];
      const middle = from.x + from.w / 2;
      if (to.y - from.y === from.h + BETWEEN)
        return [arrow(`M${middle} ${from.y + from.h}V${to.y - 2}`, css('axis'))];
      const taken = lanes[Number(to.side)];
      let lane = taken.findIndex((free) => free <= from.y);
      if (lane < 0) lane = taken.length;
      taken[lane] = to.y;
      const way = to.side ? -1 : 1;
      const edge = to.side ? from.x : from.x + from.w;
      const out = edge + way * (LANE + (lane % 12) * LANE);
      return [arrow(`M${edge} ${from.y + from.h - 8}H${out}V${to.y + 8}H${edge + way * 2}`, css('abar'))];
    }),
  );
}

/**
 * What a box is told from the other column: a dot with names, a line each, as every line to there would hide the others.
 * @param {Box[]} boxes @param {Css} css @param {number} width
 */
const tellings = (boxes, css, width) =>
  boxes.flatMap((to) => {
    const told = to.from.map((i) => boxes[i]).filter(({ side }) => side !== to.side);
    if (told.length === 0) return [];
    const y = to.y + to.h / 2;
    const room = to.x - 12 - (width < NARROW ? 0 : Math.max(...told.map(({ x, w }) => x + w)));
    const names = told.slice(0, MOST_TOLD).map(({ name }) => name);
    if (told.length > MOST_TOLD) names[MOST_TOLD - 1] = `and ${told.length - MOST_TOLD + 1} more`;
    return [
      `<circle cx="${to.x}" cy="${y}" r="4" fill="${css('x0')}"/>`,
      ...names.map((name, i) => {
        const line = y + 4 + (i - (names.length - 1) / 2) * LINE;
        return label(to.x - 8, line, fitting(name, room, BESIDE), css('axis'), 'text-anchor="end"');
      }),
    ];
  });

/** What goes on in a box: its channels side by side, as many as there is room for, or a vector's strip. @param {Box} box @param {string[]} hrefs */
function seen({ shape, x, y, w }, hrefs) {
  if (shape.length !== 3) return [image(hrefs[0], x + 8, y + 44, w - 16, STRIP)];
  const fit = hrefs.slice(0, Math.max(1, Math.floor((w - 8) / (SIDE + 4))));
  const wide = Math.min(w - 12, (SIDE * shape[2]) / shape[1]);
  const left = x + (w - fit.length * (wide + 4) + 4) / 2;
  return fit.map((href, i) => image(href, left + i * (wide + 4), y + 36, wide, SIDE));
}

/** @param {Box} box @param {string | undefined} chosen @param {Css} css @param {string[]} [hrefs] */
function drawn(box, chosen, css, hrefs) {
  const { name, of, shape, side, x, y, w } = box;
  const colours = /** @type {Record<string, string>} */ ({ input: 'xt', output: 'eps' });
  const colour = css(name === chosen ? 'x0' : side ? 'x0' : (colours[of] ?? 'faint'));
  const middle = x + w / 2;
  const first = fitting(name, w - 6, BOLD);
  const whole = of === name ? times(shape) : `${of} ${times(shape)}`;
  const second = whole.length * SMALL > w - 6 ? times(shape) : whole;
  return [
    `<rect x="${x}" y="${y}" width="${w}" height="${box.h}" rx="3" fill="none" stroke="${colour}" stroke-width="${name === chosen ? 4 : 2}"/>`,
    label(middle, y + 14, first, css('axis'), 'text-anchor="middle" font-weight="600"'),
    label(middle, y + 28, second, css('axis'), 'text-anchor="middle" style="font-size: 11px"'),
    ...(hrefs ? seen(box, hrefs) : []),
  ];
}

/** The parts of the drawing, and its size. @param {{nodes: Node[], chosen?: string, values?: object}} o @param {Css} css @param {number} width @param {import('./inside.js').Hrefs} [pictures] of what goes on inside */
export function graphDrawing({ nodes, chosen, values }, css, width, pictures = {}) {
  const boxes = boxesOf(nodes, width, values ?? {});
  return {
    width,
    height: Math.max(...boxes.map(({ y, h }) => y + h)) + TOP,
    parts: [
      heads([css('axis'), css('abar')]),
      ...lines(boxes, css),
      ...boxes.flatMap((box) => drawn(box, chosen, css, pictures[box.name])),
      ...tellings(boxes, css, width),
    ],
  };
}

/** The same in words. @param {{title?: string, nodes: Node[]}} o */
export function graphInWords({ title, nodes }) {
  const each = nodes.map(({ name, of, shape, from }) => {
    const of_what = from.map((i) => nodes[i].name).join(' and ');
    return `${name}${of === name ? '' : ` (${of})`} of ${times(shape)}${of_what && ` from ${of_what}`}`;
  });
  return `${title ?? 'A network'}: ${each.join('; ')}.`;
}
