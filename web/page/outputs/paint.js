/** The control that one draws on, loaded when a cell asks for one: by mouse, pen, finger and keys. */
import '../../styles/paint.css';
import { colour, framed, h, onLook } from '../../figures/parts/dom.js';
import { raster } from '../../figures/parts/raster.js';
import { UNPAINTED } from '../../kernel/painting.js';
import { Drawing } from './brush.js';

/** @typedef {import('../../kernel/lab/paint.js').Paint} Paint */
/** @typedef {import('./brush.js').Place} Place */
/** @typedef {{at: Place, byKeys: boolean}} Pointer */

/** Brushes to choose from, in pixels, and what the cell asks for. @param {number} own @param {number} most */
const brushes = (own, most) =>
  [...new Set([1, 2, 3, 5, own])].filter((wide) => wide <= Math.max(most, own)).sort((a, b) => a - b);

/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = 'Keys: arrows move, Shift and an arrow draws, Space dots, Delete erases, Control and Z undoes.';

let made = 0;

/** How a mask lies over the picture. */
const MASK = 0.62;
const FADED = 0.75;

/** @param {number[]} rgb from 0 to 1 */
const cssOf = (rgb) => {
  const [r, g = r, b = r] = rgb.map((v) => Math.round(255 * v));
  return `rgb(${r} ${g} ${b})`;
};

/** What can be seen: the drawing over what lies below it. @param {Paint} spec @param {Int8Array} pixels @param {Element} el for the theme */
function pictureOf({ channels, height, width, range: [low, high], mask, colors, paper, over }, pixels, el) {
  const size = height * width;
  const table = Object.values(colors);
  const marked = colour(el, 'eps');
  const figure = colour(el, 'figure');
  const levels = (/** @type {(c: number) => number} */ at) =>
    /** @type {[number, number, number]} */ ([0, 1, 2].map((c) => 255 * at(channels === 3 ? c : 0)));
  return raster(width, height, (x, y) => {
    const i = y * width + x;
    const is = pixels[i] !== UNPAINTED;
    if (is && !mask) return levels((c) => table[pixels[i]][c]);
    const below = over
      ? levels((c) => (over[c * size + i] - low) / (high - low))
      : mask
        ? figure
        : levels((c) => paper[c]);
    if (!mask) return below;
    const bound = below.map((v) => Math.max(0, Math.min(255, v)));
    const share = is ? MASK : 0;
    const mixed = bound.map((v, c) =>
      is ? share * marked[c] + (1 - share) * v : FADED * v + (1 - FADED) * 128,
    );
    return /** @type {[number, number, number]} */ (mixed);
  });
}

/** @param {Paint} spec @param {Drawing} drawing */
function inWords({ label, height, width, mask }, drawing) {
  const { share, rows, columns } = drawing.extent;
  const size = `${width} by ${height} pixels`;
  const name = label || (mask ? 'Mask' : 'Drawing');
  if (share === 0) return `${name}: ${size}, nothing is painted`;
  const percent = share < 0.01 ? 'less than 1%' : `${Math.round(100 * share)}%`;
  return `${name}: ${size}, ${percent} painted, in rows ${rows.join(' to ')} and columns ${columns.join(' to ')}`;
}

/**
 * Buttons of which one is pressed. @param {string} name of them all
 * @param {{label: string, content: HTMLElement, act: () => void}[]} choices @param {number} first
 */
function oneOf(name, choices, first) {
  const buttons = choices.map(({ label, content, act }, k) => {
    const onclick = () => {
      press(k);
      act();
    };
    return h('button', { type: 'button', 'aria-label': label, title: label, onclick }, content);
  });
  const press = (/** @type {number} */ k) => {
    for (const [i, each] of buttons.entries()) each.setAttribute('aria-pressed', String(i === k));
  };
  press(first);
  return h('div', { class: 'tools', role: 'group', 'aria-label': name }, ...buttons);
}

/** The tools beside the canvas. @param {Paint} spec @param {{colour: number, wide: number}} hand what they set @param {() => void} undo @param {() => void} clear */
function createTools({ height, width, colors, mask, brush }, hand, undo, clear) {
  const inks = Object.entries(colors).map(([name, rgb], k) => ({
    label: mask ? 'Paint' : name,
    content: h('span', {
      class: mask ? 'ink marked' : 'ink',
      style: mask ? '' : `background: ${cssOf(rgb)}`,
    }),
    act: () => {
      hand.colour = k;
    },
  }));
  const eraser = {
    label: 'Eraser',
    content: h('span', { class: 'ink eraser' }),
    act: () => {
      hand.colour = UNPAINTED;
    },
  };
  const list = brushes(brush, Math.min(height, width) / 4);
  const widths = list.map((wide) => ({
    label: `Brush of ${wide} pixel${wide === 1 ? '' : 's'}`,
    content: h('span', { class: 'dot', style: `width: ${0.2 + 0.14 * wide}rem` }),
    act: () => {
      hand.wide = wide;
    },
  }));
  const undoes = h('button', { type: 'button', onclick: undo }, 'Undo');
  const clears = h('button', { type: 'button', onclick: clear }, 'Clear');
  const element = h(
    'div',
    { class: 'paint-tools' },
    oneOf(mask ? 'Paint or erase' : 'Colour', [...inks, eraser], 0),
    oneOf('Brush', widths, list.indexOf(brush)),
    h('div', { class: 'tools' }, undoes, clears),
  );
  const fit = (/** @type {Drawing} */ drawing) => {
    undoes.setAttribute('aria-disabled', String(!drawing.canUndo));
    clears.setAttribute('aria-disabled', String(drawing.isEmpty));
  };
  return { element, fit };
}

/**
 * Strokes by pointer: one at a time, a second finger does not draw. The far end of a pen erases.
 * @param {HTMLCanvasElement} canvas @param {Paint} spec
 * @param {{begin: () => void, stroke: (from: Place, to: Place, erase: boolean) => void, hover: (pointer: Pointer | null) => void}} act
 */
function byPointer(canvas, { height, width }, { begin, stroke, hover }) {
  let drawing = -1;
  let erase = false;
  /** @type {Place} */
  let last = [0, 0];
  /** @param {PointerEvent} event @returns {Place} */
  const placeOf = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (drawing >= 0 || (event.button !== 0 && event.button !== 5) || canvas.ariaDisabled === 'true') return;
    drawing = event.pointerId;
    erase = event.button === 5;
    canvas.setPointerCapture(drawing);
    last = placeOf(event);
    begin();
    stroke(last, last, erase);
  });
  canvas.addEventListener('pointermove', (event) => {
    const at = placeOf(event);
    hover(event.pointerType === 'touch' ? null : { at, byKeys: false });
    if (event.pointerId !== drawing) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) {
      const to = placeOf(each);
      stroke(last, to, erase);
      last = to;
    }
  });
  const end = (/** @type {PointerEvent} */ { pointerId }) => {
    if (pointerId === drawing) drawing = -1;
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => hover(null));
}

/**
 * @param {HTMLCanvasElement} canvas @param {Paint} spec
 * @param {{begin: () => void, stroke: (from: Place, to: Place, erase: boolean) => void, hover: (pointer: Pointer | null) => void,
 *   undo: () => void, say: (at: Place) => void}} act
 */
function byKeys(canvas, { height, width }, { begin, stroke, hover, undo, say }) {
  /** @type {Place} */
  let at = [Math.floor(width / 2) + 0.5, Math.floor(height / 2) + 0.5];
  const show = () => hover({ at, byKeys: true });
  /** @param {KeyboardEvent} event @returns {boolean} whether the key is one of ours */
  const press = ({ key, shiftKey }) => {
    const step = ARROWS[key];
    const from = at;
    if (step)
      at = [
        Math.max(0.5, Math.min(width - 0.5, at[0] + step[0])),
        Math.max(0.5, Math.min(height - 0.5, at[1] + step[1])),
      ];
    else if (key !== ' ' && key !== 'Delete' && key !== 'Backspace') return false;
    if (!step || shiftKey) {
      begin();
      stroke(from, at, !step && key !== ' ');
    }
    show();
    say(at);
    return true;
  };
  canvas.addEventListener('keydown', (event) => {
    if (canvas.ariaDisabled === 'true' || event.altKey) return;
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (isUndo) undo();
    else if (event.ctrlKey || event.metaKey || !press(event)) return;
    event.preventDefault();
  });
  canvas.addEventListener('focus', () => {
    if (canvas.matches(':focus-visible')) show();
  });
  canvas.addEventListener('blur', () => hover(null));
}

/** @param {HTMLElement} el @param {Paint & {change: (value: string) => void}} spec */
export function create(el, { change, ...spec }) {
  const { height, width, colors, label, mask } = spec;
  const names = Object.keys(colors);
  const drawing = new Drawing({ height, width }, names.length, spec.value);
  const hand = { colour: 0, wide: spec.brush };
  const help = h('p', { id: `paint-keys-${++made}`, class: 'paint-keys' }, HELP);
  const canvas = h('canvas', { tabindex: 0, role: 'application', 'aria-describedby': help.id });
  const told = h('output', { class: 'paint-told' });
  /** @type {Pointer | null} */
  let pointer = null;

  const redraw = framed(() => {
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const g = canvas.getContext('2d');
    const cell = Math.max(1, Math.round((canvas.clientWidth * ratio) / width));
    if (!g || canvas.clientWidth === 0) return;
    canvas.width = cell * width;
    canvas.height = cell * height;
    g.imageSmoothingEnabled = false;
    g.drawImage(pictureOf(spec, drawing.pixels, canvas), 0, 0, canvas.width, canvas.height);
    if (pointer) ring(g, pointer, hand.wide, cell, ratio);
  });

  function changed() {
    tools.fit(drawing);
    canvas.setAttribute('aria-label', inWords(spec, drawing));
    redraw();
  }

  const act = {
    begin: () => drawing.begin(),
    /** @param {Place} from @param {Place} to @param {boolean} erase */
    stroke(from, to, erase) {
      if (!drawing.paint(from, to, hand.wide, erase ? UNPAINTED : hand.colour)) return redraw();
      changed();
      change(drawing.text);
    },
    /** @param {Pointer | null} next */
    hover(next) {
      pointer = next;
      redraw();
    },
    undo() {
      if (!drawing.canUndo) return;
      drawing.undo();
      changed();
      change(drawing.text);
    },
    clear() {
      if (drawing.isEmpty) return;
      drawing.clear();
      changed();
      change(drawing.text);
    },
    /** @param {Place} at */
    say([x, y]) {
      const k = drawing.pixels[Math.floor(y) * width + Math.floor(x)];
      told.textContent = `row ${Math.ceil(y)}, column ${Math.ceil(x)}: ${k === UNPAINTED ? 'nothing' : names[k]}`;
    },
  };
  const tools = createTools(spec, hand, act.undo, act.clear);
  el.style.setProperty('--shape', `${width} / ${height}`);
  const title = h('div', { class: 'paint-label' }, label || (mask ? 'Mask' : 'Draw here'));
  el.append(title, canvas, tools.element, h('div', { class: 'paint-notes' }, help, told));
  byPointer(canvas, spec, act);
  byKeys(canvas, spec, act);
  const end = onLook(canvas, redraw);
  changed();
  return {
    /** What lies below may change. @param {{over?: Float32Array | null}} next */
    update({ over = spec.over }) {
      spec.over = over;
      redraw();
    },
    destroy() {
      end();
      el.replaceChildren();
    },
  };
}

/** Where the brush would paint: light and dark, to be seen on both. @param {CanvasRenderingContext2D} g @param {Pointer} pointer @param {number} wide @param {number} cell @param {number} ratio */
function ring(g, { at: [x, y], byKeys }, wide, cell, ratio) {
  const radius = (Math.max(1, wide) / 2) * cell;
  for (const [style, line] of /** @type {const} */ ([
    ['rgb(0 0 0)', byKeys ? 4 : 3],
    ['rgb(255 255 255)', byKeys ? 2 : 1],
  ])) {
    g.strokeStyle = style;
    g.lineWidth = line * ratio;
    g.beginPath();
    g.arc(x * cell, y * cell, radius, 0, 7);
    g.stroke();
  }
}
