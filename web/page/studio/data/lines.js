/** What is drawn on the board: lines, each with its class, and the points that they become. Knows no canvas, so that it can be tested. */
import { mixed } from '../../../kernel/studio/dataset.js';
import { DRAWING, drawingHash, readDrawing } from '../../play/hash.js';
import { POINTS, pointsOf } from '../../play/shapes.js';
import { drawn } from '../arrival.js';

/** @typedef {import('../../play/shapes.js').Stroke} Stroke */
/** @typedef {{stroke: Stroke, label: number}} Line */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */

/** What classes are called until somebody names them: as many as there can be. */
export const NAMES = ['A', 'B', 'C'];
const LONGEST_NAME = 60;
const MOST_UNDONE = 200;

export class Lines {
  /** @type {Line[]} */
  list = [];
  /** How many classes there are; 1: none. */
  classes = 1;
  names = [...NAMES];
  /** @type {Line[][]} */
  #before = [];

  get canUndo() {
    return this.#before.length > 0;
  }

  get strokes() {
    return this.list.map(({ stroke }) => stroke);
  }

  /** Lines of a class that is given up go to the last one. @param {Line} line */
  labelOf({ label }) {
    return Math.min(label, this.classes - 1);
  }

  /** @param {Line[]} list */
  #become(list) {
    this.#before.push(this.list);
    if (this.#before.length > MOST_UNDONE) this.#before.shift();
    this.list = list;
  }

  /** @param {Stroke} stroke @param {number} label */
  add(stroke, label) {
    this.#become([...this.list, { stroke, label }]);
  }

  clear() {
    if (this.list.length) this.#become([]);
  }

  undo() {
    this.list = this.#before.pop() ?? this.list;
  }

  /** As it is kept. */
  get text() {
    const { list, classes, names } = this;
    return JSON.stringify({
      lines: list.length ? drawingHash(this.strokes) : '',
      labels: list.map(({ label }) => label),
      classes,
      names,
    });
  }

  /** What was kept, where it can still be read. @param {string | null} text @returns {Lines} */
  static from(text) {
    const lines = new Lines();
    try {
      const { lines: hash, labels, classes, names } = JSON.parse(text ?? '');
      const strokes = hash === '' ? [] : readDrawing(DRAWING + hash.slice(DRAWING.length));
      if (![1, 2, 3].includes(classes) || names.length !== NAMES.length || labels.length !== strokes.length)
        return lines;
      lines.list = strokes.map((stroke, i) => ({ stroke, label: NAMES[labels[i]] ? labels[i] : 0 }));
      lines.classes = classes;
      lines.names = names.map((/** @type {unknown} */ name) => String(name).slice(0, LONGEST_NAME));
    } catch {
      // Damaged: an empty board.
    }
    return lines;
  }
}

/** A class that was left without a name has its letter. @param {Lines} lines @returns {string[]} throws a sentence */
function namesOf({ names, classes }) {
  const all = names.slice(0, classes).map((name, i) => name.trim().slice(0, LONGEST_NAME) || NAMES[i]);
  const twice = all.find((name, i) => all.indexOf(name) < i);
  if (twice) throw new RangeError(`two classes are called “${twice}”: each takes a name of its own`);
  return all;
}

/** Of each class that is drawn the same number of points. @param {Lines} lines @returns {Data} throws a sentence */
export function pointsDrawn(lines) {
  const { list, strokes } = lines;
  if (list.length === 0) throw new RangeError('nothing is drawn yet: a line or a dot is enough');
  const names = namesOf(lines);
  const labels = [...new Set(list.map((line) => lines.labelOf(line)))].sort();
  if (labels.length < 2) return drawn(pointsOf(strokes), 'My drawing');
  const each = Math.floor(POINTS / labels.length);
  const parts = labels.map((label) =>
    pointsOf(
      list.filter((line) => lines.labelOf(line) === label).map(({ stroke }) => stroke),
      each,
    ),
  );
  const places = mixed(each * labels.length);
  const values = new Float32Array(2 * places.length);
  for (const [i, place] of places.entries()) {
    const [part, row] = [parts[Math.floor(place / each)], place % each];
    values.set(part.subarray(2 * row, 2 * row + 2), 2 * i);
  }
  return {
    ...drawn(values, 'My drawing'),
    labels: Int32Array.from(places, (place) => Math.floor(place / each)),
    classes: labels.map((label) => names[label]),
  };
}
