/** What a reader takes hold of in a figure: by mouse, by finger, and by keyboard as a slider. With its style, it comes when a figure needs it. */
import '../../styles/hold.css';
import { h } from './dom.js';

/**
 * @typedef {object} Grip
 * @property {(x: number, y: number) => void} move to a place of the frame, in CSS pixels
 * @property {(dx: number, dy: number, far: boolean) => void} step an arrow key, right and up being 1; far: with Page Up or Page Down
 */

/** @type {Record<string, [number, number, boolean]>} */
const KEYS = {
  ArrowLeft: [-1, 0, false],
  ArrowRight: [1, 0, false],
  ArrowUp: [0, 1, false],
  ArrowDown: [0, -1, false],
  PageUp: [0, 1, true],
  PageDown: [0, -1, true],
};

/**
 * Calls move while a pointer that went down on `el` is held.
 * @param {HTMLElement} el @param {HTMLElement} frame places count from its upper left corner @param {(x: number, y: number) => void} move
 */
export function onHold(el, frame, move) {
  const tell = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const { left, top } = frame.getBoundingClientRect();
    move(clientX - left, clientY - top);
  };
  el.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    el.setPointerCapture(event.pointerId);
    tell(event);
  });
  el.addEventListener('pointermove', (event) => {
    if (el.hasPointerCapture(event.pointerId)) tell(event);
  });
}

/** A knob over a frame. @param {HTMLElement} frame @param {Grip} grip */
export function createKnob(frame, { move, step }) {
  const knob = h('span', { class: 'knob', role: 'slider', tabindex: 0 });
  frame.append(knob);
  onHold(knob, frame, move);
  knob.addEventListener('pointerdown', () => knob.focus({ preventScroll: true }));
  knob.addEventListener('keydown', (event) => {
    const key = KEYS[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    step(...key);
  });
  return {
    knob,
    /** @param {{x: number, y: number, label: string, now: number, range: [number, number], words: string}} at in CSS pixels; the rest is read out */
    place({ x, y, label, now, range: [low, high], words }) {
      knob.style.translate = `${x}px ${y}px`;
      const told = { label, valuenow: now, valuemin: low, valuemax: high, valuetext: words };
      for (const [name, value] of Object.entries(told)) knob.setAttribute(`aria-${name}`, String(value));
    },
  };
}
