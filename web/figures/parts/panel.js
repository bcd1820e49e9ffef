/** A titled canvas: as sharp as the screen, drawn at most once a frame, and again when its size or the theme changes. */
import { dot } from './colours.js';
import { framed, h, onLook } from './dom.js';

/** @typedef {{label: string, color: string}} Mark an entry of a legend */

/**
 * @param {HTMLElement} el where it goes @param {string} kind its class beside `panel`
 * @param {(g: CanvasRenderingContext2D, ratio: number) => void} draw ratio: device pixels a CSS pixel
 * @param {(width: number) => void} [layout] is told the panel's width first: for a height that follows from it
 */
export function createPanel(el, kind, draw, layout) {
  const canvas = h('canvas', { role: 'img' });
  const legend = h('span', { class: 'legend' });
  const title = h('figcaption', { class: 'panel-title' });
  const root = h('figure', { class: `panel ${kind}` }, title, canvas);
  el.append(root);

  const fit = () => layout?.(root.clientWidth);
  const redraw = framed(() => {
    fit();
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    const g = canvas.getContext('2d', { willReadFrequently: true });
    if (!g || width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    draw(g, ratio);
  });
  const end = onLook(root, redraw);
  return {
    root,
    canvas,
    redraw,
    /** The room it takes, at once: nothing below may jump when it is drawn. */
    fit,
    /** @param {string} text @param {Mark[]} marks @param {string} words what the canvas shows */
    say(text, marks, words) {
      legend.replaceChildren(...marks.map(({ label, color }) => h('span', { style: dot(color) }, label)));
      title.replaceChildren(text, legend);
      canvas.setAttribute('aria-label', words);
    },
    destroy() {
      end();
      root.remove();
    },
  };
}

/**
 * A figure of one or more panels side by side, which stay where they are when it is updated.
 * @template {{title?: string}} P
 * @param {HTMLElement} el
 * @param {{panels: P[]}} options
 * @param {(row: HTMLElement, panel: P) => {root: HTMLElement, update: (panel: P) => void, destroy: () => void}} create
 */
export function createPanels(el, options, create) {
  const row = h('div', { class: 'panels' });
  el.append(row);
  let [first] = options.panels;
  let figures = options.panels.map((panel) => create(row, panel));
  return {
    title: () => first?.title ?? '',
    /** The panels, for whoever paints them. */
    picture: () => figures.map(({ root }) => root),
    /** @param {{panels?: P[]}} next */
    update({ panels }) {
      if (!panels) return;
      [first] = panels;
      for (const figure of figures.slice(panels.length)) figure.destroy();
      figures = panels.map((panel, i) => {
        figures[i]?.update(panel);
        return figures[i] ?? create(row, panel);
      });
    },
    destroy() {
      for (const figure of figures) figure.destroy();
      row.remove();
    },
  };
}
