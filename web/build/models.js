/** The models of a lesson that the studio opens: links below it, found in what its cells ask for. */
import { readFileSync } from 'node:fs';
import { LEARNED } from '../kernel/studio/learned.js';
import { KEPT, MODEL } from '../page/common/models.js';

/** @typedef {import('./notebook.js').Cell} Cell */
/** @typedef {{hash: string, title: string}} Opens */

const DATA = new URL('../data/', import.meta.url);
const SHIPPED = /\blab\.shipped\(\s*['"]([\w-]+)['"]/g;
/** What a lesson keeps under its own number; beside it lies what its training goes on from. */
const OWN = /\blab\.store\.\w+\(\s*['"](lesson-\d+)['"]/g;

/** Whether the studio has the data that it was trained on. What is no diffusion model, or is told captions, has none there. @param {string} name */
function opens(name) {
  const { info } = JSON.parse(readFileSync(new URL(`${name}.json`, DATA), 'utf8'));
  return Object.hasOwn(LEARNED, info.data);
}

/** @param {Cell[]} cells @returns {Opens[]} */
export function modelsOf(cells) {
  const code = cells.flatMap(({ type, source }) => (type === 'code' ? [source] : [])).join('\n');
  const found = (/** @type {RegExp} */ pattern) => [
    ...new Set([...code.matchAll(pattern)].map(([, name]) => name)),
  ];
  return [
    ...found(OWN).map((name) => ({ hash: KEPT + name, title: `your model of ${name.replace('-', ' ')}` })),
    ...found(SHIPPED)
      .filter(opens)
      .map((name) => ({ hash: MODEL + name, title: `the model ${name}` })),
  ];
}

/** @param {Opens[]} models @param {string} root relative address of the start page */
export function modelLinks(models, root) {
  const items = models.map(
    ({ hash, title }) => `<li><a href="${root}studio/${hash}">Open ${title} in the studio</a></li>`,
  );
  return items.length ? `<ul class="to-studio">${items.join('')}</ul>` : '';
}
