/** Drawing strokes on a canvas: by mouse, pen and finger (pointer events), or by keyboard. */
import { RANGE } from './shapes.js';

/** @typedef {import('./shapes.js').Stroke} Stroke */
/** @typedef {import('./shapes.js').Place} Place */
/**
 * @typedef {object} Listener
 * @property {() => void} begin a stroke begins
 * @property {() => void} change there is something else to see
 * @property {(strokes: Stroke[]) => void} end a stroke has ended
 * @property {() => void} clear nothing is left
 */

/** What is nearer to the last place adds nothing. */
const LEAST = 0.03;
/** Of the keyboard's pen, in parts of the square's half side; with Shift. */
const STEP = 0.06;
const LONG_STEP = 0.24;
/** More places than a hand draws: what comes after them is left out, and the reader is told. */
export const MOST_PLACES = 20_000;

/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Strokes, and the pen that draws them. Knows no canvas, so that it can be tested. */
export class Pen {
  /** @type {Stroke[]} */
  strokes = [];
  /** @type {Place} */
  at = [0, 0];
  isDown = false;
  #count = 0;

  get isFull() {
    return this.#count >= MOST_PLACES;
  }

  /** @param {Place} place */
  down(place) {
    if (this.isFull) return;
    this.isDown = true;
    this.at = bounded(place);
    this.strokes.push([this.at]);
    this.#count++;
  }

  /** @param {Place} place @returns {boolean} whether it drew */
  move(place) {
    const to = bounded(place);
    const [x, y] = this.at;
    if (!this.isDown) {
      this.at = to;
      return false;
    }
    if (this.isFull || Math.hypot(to[0] - x, to[1] - y) < LEAST) return false;
    this.at = to;
    this.strokes.at(-1)?.push(to);
    this.#count++;
    return true;
  }

  up() {
    this.isDown = false;
  }

  /** Others take the place of those that are there. @param {Stroke[]} strokes */
  load(strokes) {
    this.strokes = [...strokes];
    this.isDown = false;
    this.#count = strokes.flat().length;
  }

  clear() {
    this.load([]);
  }
}

/** @param {Place} place @returns {Place} */
function bounded([x, y]) {
  const inside = (/** @type {number} */ v) => Math.max(-RANGE, Math.min(RANGE, v));
  return [inside(x), inside(y)];
}

/** @param {HTMLCanvasElement} canvas @param {Pen} pen @param {Listener} listener */
export function setUpDrawing(canvas, pen, listener) {
  byPointer(canvas, pen, listener);
  byKeyboard(canvas, pen, listener);
}

/** @param {HTMLCanvasElement} canvas @param {Pen} pen @param {Listener} listener */
function byPointer(canvas, pen, listener) {
  /** The one that draws: a second finger does not. */
  let drawing = -1;
  /** @param {PointerEvent} event @returns {Place} */
  const placeOf = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((clientX - left) / width - 0.5) * 2 * RANGE, (0.5 - (clientY - top) / height) * 2 * RANGE];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (drawing >= 0 || event.button !== 0) return;
    drawing = event.pointerId;
    canvas.setPointerCapture(drawing);
    listener.begin();
    pen.down(placeOf(event));
    listener.change();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== drawing) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) pen.move(placeOf(each));
    listener.change();
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId !== drawing) return;
    drawing = -1;
    pen.up();
    listener.end(pen.strokes);
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
}

/** @param {HTMLCanvasElement} canvas @param {Pen} pen @param {Listener} listener */
function byKeyboard(canvas, pen, listener) {
  const lift = () => {
    if (!pen.isDown) return;
    pen.up();
    listener.end(pen.strokes);
  };
  /** @param {string} key @param {boolean} long @returns {boolean} whether it is one of ours */
  const press = (key, long) => {
    const arrow = ARROWS[key];
    if (arrow) {
      const step = (long ? LONG_STEP : STEP) * RANGE;
      pen.move([pen.at[0] + step * arrow[0], pen.at[1] + step * arrow[1]]);
      listener.change();
    } else if (key === ' ' && !pen.isDown) {
      listener.begin();
      pen.down(pen.at);
      listener.change();
    } else if (key === ' ' || key === 'Enter') lift();
    else if (key === 'Escape') {
      pen.clear();
      listener.clear();
    } else return false;
    return true;
  };
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event.key, event.shiftKey)) event.preventDefault();
  });
  canvas.addEventListener('focus', listener.change);
  canvas.addEventListener('blur', () => {
    lift();
    listener.change();
  });
}
