/** The board of the data room, loaded when it is opened: points are drawn with the playground's pen, with a brush for each class. */
import { framed, h, onLook } from '../../../figures/parts/dom.js';
import { recall, remember } from '../../common/memory.js';
import { Pen, setUpDrawing } from '../../play/drawing.js';
import { paint } from '../../play/painter.js';
import { Lines, NAMES, pointsDrawn } from './lines.js';

/** @typedef {import('../rooms/data.js').Host} Host */

const KEY = 'studio:drawing';
const SIZE = 840;
/** The brushes' colours, which the points have below, too. */
export const INKS = ['x0', 'eps', 'abar'];
const KEYS =
  'By keyboard: arrow keys move the pen (with Shift, further), Space begins and ends a line, Escape clears.';

class Board {
  #lines = Lines.from(recall(KEY));
  #pen = new Pen();
  /** The class that is drawn. */
  #brush = 0;
  #canvas = h('canvas', {
    width: SIZE,
    height: SIZE,
    tabindex: 0,
    role: 'application',
    'aria-describedby': 'board-keys',
  });
  #brushes = h('div', { class: 'board-brushes', role: 'group', 'aria-label': 'Brush' });
  #undo = h('button', { type: 'button', onclick: () => this.#goBack() }, 'Undo');
  #clear = h('button', { type: 'button', onclick: () => this.#empty() }, 'Clear');

  /** @param {HTMLElement} root @param {Host} host */
  constructor(root, host) {
    this.host = host;
    const classes = h(
      'select',
      { id: 'board-classes' },
      ...['no classes', 'two classes', 'three classes'].map((words, i) =>
        h('option', { value: i + 1, selected: this.#lines.classes === i + 1 }, words),
      ),
    );
    classes.onchange = () => this.#classesChosen(Number(classes.value));
    const label = h('label', { for: 'board-classes' }, 'Points have');
    root.append(
      h('div', { class: 'board' }, this.#canvas),
      h(
        'div',
        { class: 'board-side' },
        h('div', { class: 'row' }, label, classes),
        this.#brushes,
        h('div', { class: 'row' }, this.#undo, this.#clear),
        h('p', { class: 'data-hint', id: 'board-keys' }, KEYS),
      ),
    );
    this.#pen.load(this.#lines.strokes);
    setUpDrawing(this.#canvas, this.#pen, {
      begin: () => {},
      change: this.#draw,
      end: (strokes) => this.#ended(strokes),
      clear: () => this.#empty(),
    });
    onLook(this.#canvas, this.#draw);
    this.#showBrushes();
    this.#show();
  }

  #draw = framed(() => {
    const g = this.#canvas.getContext('2d');
    if (!g) return;
    const { list } = this.#lines;
    const inks = this.#pen.strokes.map((_, i) => INKS[list[i] ? this.#lines.labelOf(list[i]) : this.#brush]);
    const pen = this.#canvas.matches(':focus-visible') ? this.#pen.at : null;
    paint(g, this.#canvas, {
      strokes: this.#pen.strokes,
      bold: true,
      inks,
      particles: null,
      place: 0,
      field: null,
      pen,
    });
  });

  #show() {
    const count = this.#lines.list.length;
    this.#canvas.setAttribute(
      'aria-label',
      `Drawing board: ${count === 0 ? 'empty' : count === 1 ? '1 line' : `${count} lines`}`,
    );
    this.#undo.setAttribute('aria-disabled', String(!this.#lines.canUndo));
    this.#clear.setAttribute('aria-disabled', String(count === 0));
    remember(KEY, this.#lines.text);
    this.#draw();
  }

  /** As many brushes as classes, each with the name of its class. */
  #showBrushes() {
    const { classes, names } = this.#lines;
    this.#brush = Math.min(this.#brush, classes - 1);
    const buttons = NAMES.slice(0, classes).map((letter, k) => {
      const ink = h('span', { class: 'board-ink', style: `background: var(--c-${INKS[k]})` });
      const button = h('button', { type: 'button', 'aria-label': `Draw class ${letter}` }, ink);
      button.onclick = () => {
        this.#brush = k;
        for (const [i, each] of buttons.entries()) each.setAttribute('aria-pressed', String(i === k));
      };
      button.setAttribute('aria-pressed', String(k === this.#brush));
      return button;
    });
    const rows = buttons.map((button, k) => {
      const name = h('input', {
        type: 'text',
        value: names[k],
        maxlength: 60,
        'aria-label': `Name of class ${NAMES[k]}`,
      });
      name.onchange = () => {
        names[k] = name.value;
        this.#changed();
      };
      return h('div', { class: 'row' }, button, name);
    });
    this.#brushes.hidden = classes === 1;
    this.#brushes.replaceChildren(...rows);
  }

  /** @param {number} classes */
  #classesChosen(classes) {
    this.#lines.classes = classes;
    this.#showBrushes();
    this.#changed();
  }

  /** @param {import('../../play/shapes.js').Stroke[]} strokes */
  #ended(strokes) {
    for (const stroke of strokes.slice(this.#lines.list.length)) this.#lines.add(stroke, this.#brush);
    if (this.#pen.isFull) this.host.studio.tell('The board holds no more: undo something, or clear it.');
    this.#changed();
  }

  #goBack() {
    this.#lines.undo();
    this.#pen.load(this.#lines.strokes);
    this.#changed();
  }

  #empty() {
    this.#lines.clear();
    this.#pen.load([]);
    this.#changed();
  }

  /** What is drawn is what is learned; of an empty board nothing is, and the data stay. */
  #changed() {
    this.#show();
    if (this.#lines.list.length) this.host.take(async () => pointsDrawn(this.#lines));
  }
}

/** @param {HTMLElement} root @param {Host} host */
export const create = (root, host) => void new Board(root, host);
