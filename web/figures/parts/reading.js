/** Reads single numbers of a picture: by mouse, by touch, and by a slider that only the keyboard finds. */
import { h } from './dom.js';

/**
 * What a canvas shows, number by number; places are CSS pixels from its upper left corner.
 * @typedef {object} Numbers
 * @property {string} name of the figure
 * @property {number} count how many numbers
 * @property {number} row how many of them lie in a row: the arrow keys up and down go so far
 * @property {number} page how far Page Up and Page Down go
 * @property {(x: number, y: number) => number} find the index of the number at a place, -1 if there is none
 * @property {(index: number) => Box} box where it stands
 * @property {(index: number) => {place: string, values: [string, number][]}} read what it is called, and is
 */

/** Left, top, width and height, in CSS pixels. @typedef {[number, number, number, number]} Box */

const GAP = 6;

/** Three digits, or what it is instead of a number. @param {number} value */
const told = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value));

/**
 * The numbers of a table that fills a canvas: where they stand.
 * @param {HTMLCanvasElement} canvas @param {number[]} shape rows, columns
 * @returns {Omit<Numbers, 'name' | 'read'>}
 */
export function tabular({ clientWidth, clientHeight }, [rows, columns]) {
  const [wide, tall] = [clientWidth / columns, clientHeight / rows];
  return {
    count: rows * columns,
    row: columns,
    page: 10 * columns,
    find(x, y) {
      const [column, row] = [Math.floor(x / wide), Math.floor(y / tall)];
      return column >= 0 && column < columns && row >= 0 && row < rows ? row * columns + column : -1;
    },
    box: (i) => [(i % columns) * wide, Math.floor(i / columns) * tall, wide, tall],
  };
}

/** @param {HTMLCanvasElement} canvas @param {() => Numbers} now */
export function createReading(canvas, now) {
  const mark = h('div', { class: 'read-mark', hidden: true });
  const box = h('div', { class: 'readout', hidden: true, 'aria-hidden': true });
  const slider = h('input', { type: 'range', class: 'unseen', min: 0, value: 0 });
  const frame = h('div', { class: 'plot-frame readable' });
  canvas.replaceWith(frame);
  frame.append(canvas, mark, box, slider);
  let at = -1;

  function hide() {
    at = -1;
    mark.hidden = box.hidden = true;
  }

  /** Beside the number, inside the window. @param {Box} cell */
  function place([inner, top, width, height]) {
    const left = inner + canvas.clientLeft;
    mark.style.cssText = `left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px`;
    const { left: origin } = frame.getBoundingClientRect();
    const most = document.documentElement.clientWidth - GAP - origin - box.offsetWidth;
    const above = top - box.offsetHeight - GAP;
    box.style.left = `${Math.max(GAP - origin, Math.min(left, most))}px`;
    box.style.top = `${top + height / 2 > canvas.clientHeight / 2 ? above : top + height + GAP}px`;
  }

  /** @param {number} index */
  function show(index) {
    const numbers = now();
    if (!(index >= 0 && index < numbers.count)) return hide();
    at = index;
    const { place: where, values } = numbers.read(index);
    mark.hidden = box.hidden = false;
    box.replaceChildren(
      h('strong', {}, where),
      ...values.map(([label, value]) => h('div', {}, h('span', {}, label), h('b', {}, told(value)))),
    );
    place(numbers.box(index));
    slider.value = String(index);
    const words = values.map(([label, value]) => `${label} ${told(value)}`.trim());
    slider.setAttribute('aria-valuetext', `${where}: ${words.join(', ')}`);
  }

  slider.oninput = slider.onfocus = () => show(Number(slider.value));
  slider.onblur = hide;
  slider.onkeydown = (event) => {
    const { count, row, page } = now();
    const steps = { ArrowUp: -row, ArrowDown: row, PageUp: -page, PageDown: page };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step === undefined) return;
    event.preventDefault();
    const next = Number(slider.value) + step;
    if (next >= 0 && next < count) show(next);
  };
  const point = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect();
    show(now().find(clientX - left, clientY - top));
  };
  canvas.addEventListener('pointerdown', point);
  canvas.addEventListener('pointermove', point);
  canvas.addEventListener('pointerleave', hide);

  return {
    /** The figure has other numbers: what is being read is read again. */
    fit() {
      const { name, count } = now();
      slider.max = String(Math.max(0, count - 1));
      slider.setAttribute('aria-label', `Read ${name}, number by number`);
      if (at >= 0) show(at);
    },
  };
}
