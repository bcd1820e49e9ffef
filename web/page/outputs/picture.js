/** A figure as one picture: its canvases with the text around them, laid out as on the page. */
import { colour, framed } from '../../figures/parts/dom.js';

const MARGIN = 16;

/** @param {CanvasRenderingContext2D} g @param {Node} node @param {(rect: DOMRect) => [number, number]} place */
function paintText(g, node, place) {
  const parent = /** @type {HTMLElement} */ (node.parentElement);
  const style = getComputedStyle(parent);
  const range = document.createRange();
  range.selectNodeContents(node);
  const rect = range.getBoundingClientRect();
  if (rect.width === 0) return;
  const [x, y] = place(rect);
  g.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  g.fillStyle = style.color;
  g.fillText(node.textContent ?? '', x, y + rect.height / 2);
  const dot = getComputedStyle(parent, '::before');
  if (dot.borderRadius !== '50%' || dot.content === 'none') return;
  g.fillStyle = dot.backgroundColor;
  g.beginPath();
  g.arc(x - 8, y + rect.height / 2, 3.5, 0, 7);
  g.fill();
}

/** The number in a field. @param {CanvasRenderingContext2D} g @param {Element} field @param {(rect: DOMRect) => [number, number]} place */
function paintField(g, field, place) {
  const style = getComputedStyle(field);
  const rect = field.getBoundingClientRect();
  const [x, y] = place(rect);
  g.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  g.fillStyle = style.backgroundColor;
  g.fillRect(x, y, rect.width, rect.height);
  g.fillStyle = style.color;
  g.textAlign = 'center';
  g.fillText(/** @type {HTMLInputElement} */ (field).value, x + rect.width / 2, y + rect.height / 2);
  g.textAlign = 'start';
}

/** The drawings of a figure as pictures, in the colours they have now. @param {HTMLElement} figure */
const drawingsOf = (figure) =>
  Promise.all(
    Array.from(figure.querySelectorAll('svg'), async (svg) => {
      const image = new Image();
      const text = new XMLSerializer().serializeToString(svg);
      const coloured = text.replace(
        /var\(--c-(\w+)\)/g,
        (_, name) => `rgb(${colour(figure, name).join(' ')})`,
      );
      image.src = `data:image/svg+xml,${encodeURIComponent(coloured)}`;
      await image.decode();
      return { image, rect: svg.getBoundingClientRect() };
    }),
  );

/** @param {HTMLElement[]} figures @param {number} ratio pixels of the picture a CSS pixel */
export async function paint(figures, ratio) {
  const rects = figures.map((figure) => figure.getBoundingClientRect());
  const left = Math.min(...rects.map((rect) => rect.left)) - MARGIN;
  const top = Math.min(...rects.map((rect) => rect.top)) - MARGIN;
  const right = Math.max(...rects.map((rect) => rect.right)) + MARGIN;
  const bottom = Math.max(...rects.map((rect) => rect.bottom)) + MARGIN;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round((right - left) * ratio);
  canvas.height = Math.round((bottom - top) * ratio);
  const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  g.scale(ratio, ratio);
  g.fillStyle = getComputedStyle(document.body).backgroundColor;
  g.fillRect(0, 0, right - left, bottom - top);
  g.textBaseline = 'middle';
  const place = (/** @type {DOMRect} */ rect) =>
    /** @type {[number, number]} */ ([rect.left - left, rect.top - top]);
  for (const figure of figures) {
    for (const each of figure.querySelectorAll('canvas')) {
      const rect = each.getBoundingClientRect();
      if (rect.width && each.width) g.drawImage(each, ...place(rect), rect.width, rect.height);
    }
    for (const { image, rect } of await drawingsOf(figure))
      g.drawImage(image, ...place(rect), rect.width, rect.height);
    const texts = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
      if (!texts.currentNode.parentElement?.closest('svg, button, select'))
        paintText(g, texts.currentNode, place);
    for (const field of figure.querySelectorAll('input[type="number"]')) paintField(g, field, place);
  }
  return g.getImageData(0, 0, canvas.width, canvas.height);
}

/** Waits until figures have drawn what they were last told. */
export const drawn = () =>
  new Promise((resolve) => {
    framed(() => requestAnimationFrame(() => resolve(undefined)))();
  });
