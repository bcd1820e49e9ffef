/** Text in a drawing. */

const escapeXml = (/** @type {unknown} */ text) =>
  String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** An SVG text element. @param {number} x @param {number} y @param {unknown} text @param {string} css its colour @param {string} [more] further attributes */
export const label = (x, y, text, css, more = '') =>
  `<text x="${x}" y="${y}" fill="${css}" font-family="sans-serif" font-size="12" ${more}>${escapeXml(text)}</text>`;
