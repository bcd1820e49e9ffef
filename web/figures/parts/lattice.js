/**
 * Vectors on a lattice of the plane: one at the centre of each of n x n cells of a square, row after row from the top, as
 * lab.field takes them. Between the centres they are interpolated, beyond the outermost extended.
 */

import { arrow } from './arrows.js';
import { colour } from './dom.js';
import { extent, ramp } from './raster.js';
import { plane } from './values.js';

/** @typedef {{shape: number[], data: Float32Array}} Shaped */
/** @typedef {[number, number]} Range */

/** How many arrows stand side by side at most. */
const ACROSS = 20;

/** @param {string} what @param {unknown} value @returns {Shaped} */
export function lattice(what, value) {
  const vectors = plane(what, value);
  const n = Math.sqrt(vectors.shape[0]);
  if (!Number.isInteger(n) || n < 2)
    throw new TypeError(
      `${what} must stand at n x n places, row after row from the top, n at least 2: got ${vectors.shape[0]} of them`,
    );
  if (!vectors.data.every(Number.isFinite))
    throw new TypeError(`${what} must be finite numbers, and one of them is not`);
  return vectors;
}

/** How many stand side by side. @param {Shaped} vectors */
export const sideOf = ({ shape }) => Math.round(Math.sqrt(shape[0]));

/** Where the k-th column stands, or from below the k-th row. @param {number} k @param {number} n @param {Range} range */
const centre = (k, n, [low, high]) => low + ((high - low) * (k + 0.5)) / n;

/** The vector at a place. @param {Shaped} vectors @param {Range} range @param {number} x @param {number} y @returns {[number, number]} */
export function vectorAt({ data, shape }, [low, high], x, y) {
  const n = Math.round(Math.sqrt(shape[0]));
  // To the edge of the square, half a cell beyond the centres; from there on it stays as it is.
  const inside = (/** @type {number} */ v) => Math.min(n - 0.5, Math.max(-0.5, v));
  const column = inside((n * (x - low)) / (high - low) - 0.5);
  const row = inside((n * (high - y)) / (high - low) - 0.5);
  const [i, j] = [column, row].map((v) => Math.min(n - 2, Math.max(0, Math.floor(v))));
  const [fx, fy] = [column - i, row - j];
  const at = (/** @type {number} */ c, /** @type {number} */ r, /** @type {number} */ k) =>
    data[2 * (r * n + c) + k];
  const mixed = (/** @type {number} */ k) =>
    (1 - fy) * ((1 - fx) * at(i, j, k) + fx * at(i + 1, j, k)) +
    fy * ((1 - fx) * at(i, j + 1, k) + fx * at(i + 1, j + 1, k));
  return [mixed(0), mixed(1)];
}

/** How long the vectors are: from the shortest to the longest. @param {Shaped} vectors */
export const strengths = ({ data, shape }) =>
  extent(Float32Array.from({ length: shape[0] }, (_, i) => Math.hypot(data[2 * i], data[2 * i + 1])));

/** Those that are drawn: where, which way, how strong; of a dense lattice the middles of blocks. @param {Shaped} vectors @param {Range} range */
export function sparse(vectors, range) {
  const n = sideOf(vectors);
  const side = Math.floor(n / Math.ceil(n / ACROSS));
  const chosen = [];
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      const [x, y] = [centre(i, side, range), centre(side - 1 - j, side, range)];
      const [vx, vy] = vectorAt(vectors, range, x, y);
      const strength = Math.hypot(vx, vy);
      if (strength > 0) chosen.push({ x, y, ux: vx / strength, uy: vy / strength, strength });
    }
  return { chosen, cell: (range[1] - range[0]) / side };
}

/** The colours of strength, from none to that of nine arrows in ten. @param {Shaped} vectors @param {Range} range @param {(name: string) => import('./raster.js').Rgb} get */
export function strengthScale(vectors, range, get) {
  const all = sparse(vectors, range)
    .chosen.map(({ strength }) => strength)
    .sort((a, b) => a - b);
  return ramp([get('faint'), get('xt')], [0, all[Math.floor(0.9 * (all.length - 1))] ?? 1]);
}

/** Arrows of one length; their colour says how strong. @param {CanvasRenderingContext2D} g @param {number} ratio @param {Range} range @param {Shaped} vectors @param {HTMLElement} root */
export function drawLattice(g, ratio, range, vectors, root) {
  const size = g.canvas.width;
  const [low, high] = range;
  const place = (/** @type {number} */ v) => ((v - low) / (high - low)) * size;
  const scale = strengthScale(vectors, range, (name) => colour(root, name));
  const { chosen, cell } = sparse(vectors, range);
  const long = (0.72 * cell * size) / (high - low);
  g.lineWidth = 1.3 * ratio;
  for (const { x, y, ux, uy, strength } of chosen) {
    g.strokeStyle = `rgb(${scale.at(strength).join(' ')})`;
    g.beginPath();
    const [left, top] = [place(x) - (ux * long) / 2, size - place(y) + (uy * long) / 2];
    arrow(g, left, top, ux * long, -uy * long, 3.6 * ratio);
    g.stroke();
  }
}

/** The same in a drawing. @param {Shaped} vectors @param {Range} range @param {import('./svg.js').Place} place @param {import('./svg.js').Css} css */
export function latticeSvg(vectors, range, place, css) {
  const get = (/** @type {string} */ name) => rgbOf(css(name));
  const scale = strengthScale(vectors, range, get);
  const { chosen, cell } = sparse(vectors, range);
  const long = (0.72 * cell * place.size) / (range[1] - range[0]);
  return chosen.map(({ x, y, ux, uy, strength }) =>
    arrowSvg(
      place.x(x) - (ux * long) / 2,
      place.y(y) + (uy * long) / 2,
      ux * long,
      -uy * long,
      `rgb(${scale.at(strength).map(Math.round).join(',')})`,
      1,
    ),
  );
}

/** A colour as style sheets write it, as numbers. @param {string} css @returns {import('./raster.js').Rgb} */
export const rgbOf = (css) => /** @type {any} */ ((css.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number));

/** @param {number} x @param {number} y @param {number} dx @param {number} dy @param {string} stroke @param {number} width */
export function arrowSvg(x, y, dx, dy, stroke, width) {
  const told = (/** @type {number[]} */ ...all) => all.map((v) => v.toFixed(1)).join(' ');
  const parts = { moveTo: 'M', lineTo: 'L' };
  let path = '';
  const pen = Object.fromEntries(
    Object.entries(parts).map(([name, letter]) => [
      name,
      (/** @type {number} */ a, /** @type {number} */ b) => {
        path += letter + told(a, b);
      },
    ]),
  );
  arrow(/** @type {any} */ (pen), x, y, dx, dy, 3 + 2 * width);
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`;
}
