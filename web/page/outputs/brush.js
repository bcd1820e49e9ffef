/** What is drawn with a round brush: pixels, and what undoes them. Knows no canvas, so that it can be tested. */
import { drawingOf, drawingText, UNPAINTED } from '../../kernel/painting.js';

/** @typedef {[number, number]} Place x from the left and y from the top, in pixels */
/** @typedef {import('../../kernel/painting.js').Size} Size */

/** So many strokes can be undone. */
const MOST_UNDONE = 200;

export class Drawing {
  /** @type {Int8Array[]} */
  #before = [];
  /** @type {Int8Array} */
  #pixels;

  /** @param {Size} size @param {number} colours how many there are @param {string} value as painting.js writes it */
  constructor(size, colours, value) {
    this.size = size;
    this.#pixels = drawingOf(size, colours, value) ?? new Int8Array(size.height * size.width).fill(UNPAINTED);
  }

  get pixels() {
    return this.#pixels;
  }

  get text() {
    return drawingText(this.size, this.#pixels);
  }

  get canUndo() {
    return this.#before.length > 0;
  }

  get isEmpty() {
    return this.#pixels.every((k) => k === UNPAINTED);
  }

  /** What is painted from here on is undone together. */
  begin() {
    const [last] = this.#before.slice(-1);
    if (last?.every((k, i) => k === this.#pixels[i])) return;
    this.#before.push(this.#pixels.slice());
    if (this.#before.length > MOST_UNDONE) this.#before.shift();
  }

  /**
   * A straight piece of a stroke: all pixels whose middle the brush covers, and those below the middle of the brush.
   * @param {Place} from @param {Place} to @param {number} wide of the brush @param {number} colour its number, or UNPAINTED @returns {boolean} whether anything is another than before
   */
  paint([x0, y0], [x1, y1], wide, colour) {
    const { height, width } = this.size;
    const [dx, dy] = [x1 - x0, y1 - y0];
    const squared = dx * dx + dy * dy;
    let changed = false;
    const put = (/** @type {number} */ x, /** @type {number} */ y) => {
      if (x < 0 || y < 0 || x >= width || y >= height || this.#pixels[y * width + x] === colour) return;
      this.#pixels[y * width + x] = colour;
      changed = true;
    };
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
        const along = squared && Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
        if (Math.hypot(px - along * dx, py - along * dy) <= wide / 2) put(x, y);
      }
    put(Math.floor(x0), Math.floor(y0));
    put(Math.floor(x1), Math.floor(y1));
    return changed;
  }

  clear() {
    if (this.isEmpty) return;
    this.begin();
    this.#pixels.fill(UNPAINTED);
  }

  /** Back to where the last stroke began, passing over those that changed nothing. */
  undo() {
    for (let last = this.#before.pop(); last; last = this.#before.pop()) {
      const same = last.every((k, i) => k === this.#pixels[i]);
      this.#pixels = last;
      if (!same) return;
    }
  }

  /** How much is painted, 0 to 1, and where: the first and last row and column, from 1. */
  get extent() {
    const { width } = this.size;
    const at = Array.from(this.#pixels.keys()).filter((i) => this.#pixels[i] !== UNPAINTED);
    const ends = (/** @type {number[]} */ list) => [Math.min(...list) + 1, Math.max(...list) + 1];
    return {
      share: at.length / this.#pixels.length,
      rows: ends(at.map((i) => Math.floor(i / width))),
      columns: ends(at.map((i) => i % width)),
    };
  }
}
