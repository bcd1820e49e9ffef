/** Small helpers that every figure uses. */
import { cssColour } from './colours.js';

/**
 * An element with attributes, listeners (`onclick`) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [attributes] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** One pixel, to turn any CSS colour into numbers. @type {CanvasRenderingContext2D | null} */
let probe = null;
/** Asking for a colour lays out the page anew, so that is done once a theme. @type {Map<string, [number, number, number]>} */
const asked = new Map();
/** @type {MediaQueryList | undefined} */
let dark;

/**
 * A colour of tokens.css as it is now, light or dark.
 * @param {Element} element where it is used @param {string} name such as 'x0'
 * @returns {[number, number, number]}
 */
export function colour(element, name) {
  dark ??= matchMedia('(prefers-color-scheme: dark)');
  const key = `${document.documentElement.dataset.theme ?? dark.matches} ${name}`;
  const rgb = asked.get(key) ?? ask(element, name);
  asked.set(key, rgb);
  return rgb;
}

/** @param {Element} element @param {string} name @returns {[number, number, number]} */
function ask(element, name) {
  const span = h('span', { style: `color: ${cssColour(name)}` });
  element.append(span);
  const css = getComputedStyle(span).color;
  span.remove();
  probe ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!probe) return [0, 0, 0];
  probe.canvas.width = 1;
  probe.fillStyle = css;
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}

/**
 * Calls redraw when the element's size or the theme changes.
 * @param {Element} element @param {() => void} redraw @returns {() => void} ends it
 */
export function onLook(element, redraw) {
  const size = new ResizeObserver(redraw);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  size.observe(element);
  scheme.addEventListener('change', redraw);
  document.addEventListener('themechange', redraw);
  return () => {
    size.disconnect();
    scheme.removeEventListener('change', redraw);
    document.removeEventListener('themechange', redraw);
  };
}

/** What is to be drawn in the next frame, in the order it was asked for. @type {Set<() => void>} */
const waiting = new Set();
let frame = 0;
/** When that much of a frame is spent on drawing, the rest waits for the next one: the page must stay quick to answer. */
const SPENT_MS = 16;

function drawWaiting() {
  const end = performance.now() + SPENT_MS;
  for (const draw of [...waiting]) {
    waiting.delete(draw);
    try {
      draw();
    } catch (error) {
      reportError(error);
    }
    if (performance.now() > end) break;
  }
  frame = waiting.size > 0 ? requestAnimationFrame(drawWaiting) : 0;
}

/** Only the last call of a frame counts. @param {() => void} draw */
export const framed = (draw) => () => {
  waiting.add(draw);
  if (frame === 0) frame = requestAnimationFrame(drawWaiting);
};

/** Three digits, and a power of ten for what is tiny or huge. @param {number} value */
export function short(value) {
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-3 && size < 1e6)) return String(rounded);
  return rounded.toExponential().replace('e+', 'e');
}
