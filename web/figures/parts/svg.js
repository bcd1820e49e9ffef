/** Drawings as text: an SVG file and its parts. */
import { label } from './label.js';

/** @typedef {(name: string) => string} Css a colour of tokens.css as it is now */

/** @param {number} width @param {number} height @param {Css} css @param {string[]} parts */
export const svgFile = (width, height, css, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="${width}" height="${height}" fill="${css('figure')}"/>
${parts.join('\n')}
</svg>
`;

/** A bold title. @param {number} x @param {number} y @param {string | undefined} text @param {Css} css */
export const svgTitle = (x, y, text, css) => label(x, y, text ?? '', css('axis'), 'font-weight="600"');
