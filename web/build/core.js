/** The C that does what a cell does, taken from src/ when the page is built. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { escapeHtml, highlightC } from './highlight.js';
import { renderMaths } from './maths.js';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** The comment that ends right before a line, or '' if none does. @param {string[]} lines @param {number} line */
function commentBefore(lines, line) {
  if (!lines[line - 1]?.trimEnd().endsWith('*/')) return '';
  let first = line - 1;
  while (first > 0 && !lines[first].includes('/*')) first--;
  return `${lines.slice(first, line).join('\n')}\n`;
}

/**
 * The text of a function with its comment; the comment that opens the file if it has none of its own.
 * @param {string} text a C file as clang-format leaves it: definitions start and end in the first column
 * @param {string} name @returns {string | null} null if the file does not define it
 */
export function findFunction(text, name) {
  const lines = text.split('\n');
  const signature = new RegExp(`^\\w[\\w *]*\\b${name}\\(`);
  for (let first = 0; first < lines.length; first++) {
    if (!signature.test(lines[first])) continue;
    const body = lines.findIndex((line, i) => i >= first && /[;}]$|^\{$/.test(line));
    if (lines[body].endsWith(';')) continue;
    const last = lines.findIndex(
      (line, i) => i >= body && (line === '}' || (i === body && line.endsWith('}'))),
    );
    const end = lines.findIndex((line) => line.endsWith('*/'));
    const head = lines[0].startsWith('/*') ? `${lines.slice(0, end + 1).join('\n')}\n` : '';
    return (commentBefore(lines, first) || head) + lines.slice(first, last + 1).join('\n');
  }
  return null;
}

/** @param {string} reference such as "diffusion/ddpm.c#update" */
function coreFunction(reference) {
  const [path, name] = reference.split('#');
  if (!name || !existsSync(src + path)) throw new Error(`core "${reference}": write FILE#FUNCTION of src/`);
  const code = findFunction(readFileSync(src + path, 'utf8'), name);
  if (code === null) throw new Error(`core "${reference}": src/${path} defines no such function`);
  return { path: `src/${path}`, code };
}

/** The fold-out of a cell, or '' if its metadata name nothing. @param {import('./notebook.js').Cell} cell */
export function coreHtml({ core, equation }) {
  if (core.length === 0) return '';
  const parts = core.map(coreFunction).map(
    ({ path, code }) => `<figure class="c-source"><figcaption>${escapeHtml(path)}</figcaption>
<pre tabindex="0" aria-label="${escapeHtml(path)}"><code>${highlightC(code)}</code></pre></figure>`,
  );
  return `<details class="core"><summary>The same in C</summary>
<div class="equation" tabindex="0">${renderMaths(equation, true)}</div>
${parts.join('\n')}
</details>`;
}
