/**
 * What check_pytorch_lessons.py compares with: a lesson as a notebook of Python, and numbers of the page's own cells.
 *
 * stdin: {slug, skip: [cell...], replace: {cell: [[text, by]...]}, ask: [[cell, [expression...]]...]}. The lesson's cells run in
 * order, a task's solution in place of its stub, up to the last that is asked about. stdout: {notebook, numbers: [[value...]...]}.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { extras, lessons } from '../../web/build/course.js';
import { jupyterNotebook } from '../../web/build/jupyter.js';
import { readNotebook } from '../../web/build/notebook.js';
import { readScript } from '../../web/build/pytorch.js';
import { createKernel } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../web/build/notebook.js').Cell} Cell */
/** @type {{slug: string, skip: string[], replace: Record<string, [string, string][]>, ask: [string, string[]][]}} */
const { slug, skip, replace, ask } = JSON.parse(readFileSync(0, 'utf8'));
const path = fileURLToPath(new URL(`../../notebooks/${slug}.ipynb`, import.meta.url));
const cells = readNotebook(path);
const lesson = [...lessons, ...extras].find((each) => each.slug === slug);
if (!lesson) throw new Error(`${slug} is not in course.js`);

/** @param {Cell} cell */
function sourceOf({ id, source }) {
  let text = source;
  for (const [old, by] of replace[id] ?? []) {
    if (text.split(old).length !== 2)
      throw new Error(`${slug}, cell ${id}: "${old}" should stand there once`);
    text = text.replace(old, () => by);
  }
  return text;
}

const { kernel } = await createKernel();

/** @param {string} id @param {string} source */
async function run(id, source) {
  const error = await kernel.run(id, source);
  if (error) throw new Error(`${slug}, cell ${id}: ${error.name} ${error.message} (line ${error.line})`);
}

/** @param {string} expression @returns {Promise<unknown>} */
async function value(expression) {
  await run('asked', `const value_asked = await (${expression});`);
  const { value_asked: found } = kernel.evaluator.scope;
  return typeof found === 'number' ? found : Array.from(found.data ?? found);
}

const numbers = [];
const last = Math.max(-1, ...ask.map(([id]) => cells.findIndex((cell) => cell.id === id)));
for (const cell of cells.slice(0, last + 1)) {
  const { id, type, tags } = cell;
  if (type !== 'code' || tags.includes('task') || tags.includes('check') || skip.includes(id)) continue;
  await run(id, sourceOf(cell));
  for (const [, expressions] of ask.filter(([asked]) => asked === id)) {
    const row = [];
    for (const expression of expressions) row.push(await value(expression));
    numbers.push(row);
  }
}
if (numbers.length !== ask.length)
  throw new Error(`${slug}: not every cell that is asked about is there, and runs`);
console.log(JSON.stringify({ notebook: jupyterNotebook(lesson, cells, readScript(path)), numbers }));
