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

/** The comment that a file begins with, or ''. @param {string[]} lines */
const headOf = (lines) =>
  lines[0].startsWith('/*')
    ? `${lines.slice(0, lines.findIndex((l) => l.endsWith('*/')) + 1).join('\n')}\n`
    : '';

/** @param {string[]} lines @param {string} name @returns {string | null} with the function's own comment */
function findFunction(lines, name) {
  const signature = new RegExp(`^\\w[\\w *]*\\b${name}\\(`);
  for (let first = 0; first < lines.length; first++) {
    if (!signature.test(lines[first])) continue;
    const body = lines.findIndex((line, i) => i >= first && /[;}]$|^\{$/.test(line));
    if (lines[body].endsWith(';')) continue;
    const last = lines.findIndex(
      (line, i) => i >= body && (line === '}' || (i === body && line.endsWith('}'))),
    );
    return commentBefore(lines, first) + lines.slice(first, last + 1).join('\n');
  }
  return null;
}

/**
 * Functions of a file, each with its comment; first the comment that opens the file, if one of them has none of its own.
 * @param {string} text a C file as clang-format leaves it: definitions start and end in the first column
 * @param {string[]} names @returns {string | null} null if the file does not define one of them
 */
export function findFunctions(text, names) {
  const lines = text.split('\n');
  const found = names.map((name) => findFunction(lines, name));
  if (found.includes(null)) return null;
  const head = found.some((code) => !code?.startsWith('/*')) ? headOf(lines) : '';
  return head + found.join('\n\n');
}

/** @param {string} reference such as "diffusion/ddpm.c#update", or "models/mini_unet.c#make_block,run_block" */
function coreFunctions(reference) {
  const [path, names] = reference.split('#');
  if (!names || !existsSync(src + path)) throw new Error(`core "${reference}": write FILE#FUNCTION of src/`);
  const code = findFunctions(readFileSync(src + path, 'utf8'), names.split(','));
  if (code === null) throw new Error(`core "${reference}": src/${path} defines no such function`);
  return { path: `src/${path}`, code };
}

/** The fold-out of a cell, or '' if its metadata name nothing. @param {import('./notebook.js').Cell} cell */
export function coreHtml({ core, equation }) {
  if (core.length === 0) return '';
  const parts = core.map(coreFunctions).map(
    ({ path, code }) => `<figure class="c-source"><figcaption>${escapeHtml(path)}</figcaption>
<pre tabindex="0" aria-label="${escapeHtml(path)}"><code>${highlightC(code)}</code></pre></figure>`,
  );
  return `<details class="core"><summary>The same in C</summary>
<div class="equation" tabindex="0">${renderMaths(equation, true)}</div>
${parts.join('\n')}
</details>`;
}
