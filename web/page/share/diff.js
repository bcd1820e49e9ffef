/** What differs between two texts, line by line. */

import { linesOf } from './text.js';

/** @typedef {{kind: 'same' | 'del' | 'ins', line: string}} Line */

/**
 * The longest common subsequence decides what is the same; cells are short, so its table is small.
 * @param {string} before @param {string} after @returns {Line[]}
 */
export function diffLines(before, after) {
  const [a, b] = [linesOf(before), linesOf(after)];
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  /** @type {Line[]} */
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', line: a[i] });
      i++;
      j++;
    } else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1]))
      lines.push({ kind: 'del', line: a[i++] });
    else lines.push({ kind: 'ins', line: b[j++] });
  }
  return lines;
}
