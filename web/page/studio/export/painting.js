/** Samples painted on a canvas of fixed size, as a sheet or as a frame of an animation: pictures in rows, points in the plane, series as lines. */
import { colour } from '../../../figures/parts/dom.js';
import { numbersIn, PICTURE_RANGE } from '../../../kernel/studio/dataset.js';
import { inThePlane } from '../show.js';

/** @typedef {import('../show.js').Like} Like */
/** @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Brush */
/** @typedef {{width: number, height: number, paint: (g: Brush, x: Float32Array) => void}} Painting */

const GAP = 2;
const MOST_LINES = 6;
const DOT = 2;

/** @param {number} value @param {[number, number]} range from black to white */
const byte = (value, [low, high]) =>
  Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / (high - low));

/** One pixel a pixel. @param {Float32Array} x @param {number[]} shape @param {[number, number]} range */
function pixelsOf(x, [channels, height, width], range) {
  const image = new ImageData(width, height);
  const plane = width * height;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = byte(x[(channels === 3 ? c : 0) * plane + i], range);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** @param {number[]} shape @param {[number, number]} range @param {number} n @param {number} side @returns {Painting} */
function pictures(shape, range, n, side) {
  const [, height, width] = shape;
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const scale = Math.max(1, Math.floor(side / (columns * Math.max(width, height))));
  const [w, h] = [width * scale + GAP, height * scale + GAP];
  const size = numbersIn(shape);
  return {
    width: columns * w + GAP,
    height: rows * h + GAP,
    paint(g, x) {
      const small = new OffscreenCanvas(width, height);
      const own = /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext('2d'));
      g.imageSmoothingEnabled = false;
      for (let i = 0; i < n; i++) {
        own.putImageData(pixelsOf(x.subarray(i * size, (i + 1) * size), shape, range), 0, 0);
        const [left, top] = [GAP + (i % columns) * w, GAP + Math.floor(i / columns) * h];
        g.drawImage(small, left, top, width * scale, height * scale);
      }
    },
  };
}

/** @param {number} side @param {Float32Array} all @param {string} ink @returns {Painting} */
function points(side, all, ink) {
  const [low, high] = inThePlane(all, '').range;
  const at = (/** @type {number} */ v) => ((v - low) / (high - low)) * side;
  return {
    width: side,
    height: side,
    paint(g, x) {
      g.fillStyle = ink;
      g.beginPath();
      for (let i = 0; i < x.length; i += 2) {
        const [left, top] = [at(x[i]), side - at(x[i + 1])];
        g.moveTo(left + DOT, top);
        g.arc(left, top, DOT, 0, 7);
      }
      g.fill();
    },
  };
}

/** @param {number} length @param {number} n @param {number} side @param {Float32Array} all @param {(k: number) => string} inkOf @returns {Painting} */
function series(length, n, side, all, inkOf) {
  const [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const height = Math.round(side / 2);
  const room = height - 2 * GAP;
  return {
    width: side,
    height,
    paint(g, x) {
      g.lineWidth = 1.5;
      for (let k = 0; k < Math.min(n, MOST_LINES); k++) {
        g.strokeStyle = inkOf(k);
        g.beginPath();
        for (let i = 0; i < length; i++)
          g.lineTo(
            (i * side) / Math.max(1, length - 1),
            GAP + room * (1 - (x[k * length + i] - low) / (high - low || 1)),
          );
        g.stroke();
      }
    },
  };
}

const INKS = ['xt', 'x0', 'eps', 'abar', 'one', 'two'];

/**
 * How samples of these are painted, all in the colours that the page has now. @param {Like} like @param {Float32Array[]} all so that what is painted
 * fits, those of a frame at a time @param {number} side in pixels, about @returns {Painting}
 */
export function paintingOf({ kind, shape, range = PICTURE_RANGE }, all, side) {
  const n = all[0].length / numbersIn(shape);
  const ink = (/** @type {string} */ name) => `rgb(${colour(document.body, name).join(' ')})`;
  const ends = Float32Array.from([...all[0], ...all[all.length - 1]]);
  const painting =
    kind === 'pictures'
      ? pictures(shape, range, n, side)
      : kind === 'points'
        ? points(side, ends, ink('xt'))
        : series(shape[1], n, side, ends, (k) => ink(INKS[k]));
  const paper = getComputedStyle(document.body).backgroundColor;
  return {
    ...painting,
    paint(g, x) {
      g.fillStyle = paper;
      g.fillRect(0, 0, painting.width, painting.height);
      painting.paint(g, x);
    },
  };
}
