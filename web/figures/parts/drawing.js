/** A titled drawing in SVG, drawn at most once a frame, and again when its size changes. Its colours are the page's, whatever the theme. */
import { cssColour, dot } from './colours.js';
import { framed, h, onLook } from './dom.js';

/** @typedef {{width: number, height: number, parts: string[]}} Drawing */

/**
 * @param {HTMLElement} el where it goes @param {string} kind its class
 * @param {(css: import('./svg.js').Css, width: number, height: number) => Drawing} draw is told the room that the frame has
 * @param {() => void} [drawn] is called after that
 */
export function createDrawing(el, kind, draw, drawn = () => {}) {
  const legend = h('span', { class: 'legend' });
  const title = h('figcaption', { class: 'panel-title' });
  const box = h('div', { class: 'drawing', role: 'img' });
  const frame = h('div', { class: 'held' }, box);
  const root = h('figure', { class: `lines ${kind}` }, title, frame);
  el.append(root);
  const now = () => {
    const { width, height, parts } = draw(cssColour, box.clientWidth, box.clientHeight);
    box.innerHTML = `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true">${parts.join('')}</svg>`;
    drawn();
  };
  const redraw = framed(() => {
    if (box.clientWidth > 0) now();
  });
  const end = onLook(box, redraw);
  return {
    root,
    frame,
    redraw,
    /** @param {string} text @param {import('./panel.js').Mark[]} marks @param {string} words what it shows */
    say(text, marks, words) {
      legend.replaceChildren(...marks.map(({ label, color }) => h('span', { style: dot(color) }, label)));
      title.replaceChildren(text, legend);
      box.setAttribute('aria-label', words);
    },
    destroy() {
      end();
      root.remove();
    },
  };
}
