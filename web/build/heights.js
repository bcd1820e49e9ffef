/**
 * How high each cell's outputs are once it has run, in windows of several widths, so that a page keeps room for them and
 * nothing jumps when they come. heights.json has what `npm run heights` measured; between two widths a height is a straight line.
 */
import { readFileSync } from 'node:fs';

/** The windows that are measured, two for each layout; styles/reserve.css knows them by their places here. */
export const WIDTHS = [390, 736, 737, 1099, 1280, 1419, 1420, 1700];

/** By a cell's id, and `title` for the page's head: pixels at each of WIDTHS. @typedef {Record<string, number[]>} Heights */

const FILE = new URL('heights.json', import.meta.url);

/** Of all pages. @returns {Record<string, Heights>} */
export const allHeights = () => JSON.parse(readFileSync(FILE, 'utf8'));

/** @param {string} slug @returns {Heights} nothing for a page that has not been measured */
export const heightsOf = (slug) => allHeights()[slug] ?? {};

/** As a style: custom properties that reserve.css makes a height of. @param {number[] | undefined} heights */
export const reserved = (heights) =>
  heights ? heights.map((height, k) => `; --h${k}: ${height}`).join('') : '';

/** A line for each cell, so that a change shows. @param {Record<string, Heights>} all */
export function heightsText(all) {
  const pages = Object.entries(all)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([slug, heights]) => {
      const lines = Object.entries(heights).map(([id, list]) => `    "${id}": [${list.join(', ')}]`);
      return `  "${slug}": {\n${lines.join(',\n')}\n  }`;
    });
  return `{\n${pages.join(',\n')}\n}\n`;
}
