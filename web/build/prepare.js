/** Rewrites a lesson's cells at build time, so that the page loads no parser before a cell is edited. */
import { rewrite } from '../kernel/rewrite.js';

/** @typedef {import('./notebook.js').Cell} Cell */

/** Globals of Node that no worker has. */
const NODE_ONLY = new Set(['Buffer', 'clearImmediate', 'global', 'process', 'setImmediate', 'require']);

/**
 * The cells that run as they are, by id. A name that some cell of the lesson declares is shared, whatever the realm
 * has under it.
 * @param {Cell[]} cells
 * @returns {Map<string, import('../kernel/evaluate.js').Prepared>}
 */
export function prepare(cells) {
  const code = cells.filter((cell) => cell.type === 'code' && !cell.tags.includes('solution'));
  const declared = new Set(code.flatMap((cell) => rewrite(cell.source, () => true).names));
  const isGlobal = (/** @type {string} */ name) =>
    !declared.has(name) && !NODE_ONLY.has(name) && name in globalThis;
  return new Map(code.map((cell) => [cell.id, rewrite(cell.source, isGlobal)]));
}
