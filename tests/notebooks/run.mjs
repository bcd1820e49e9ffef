/**
 * Every lesson in Node, twice. With the solutions in place every check passes; with the stubs the checks of the tasks
 * fail and all others pass. One storage goes through all lessons, as in a reader's browser.
 *
 *   node tests/notebooks/run.mjs [NAME...]
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blocks, readNotebook } from '../../web/build/notebook.js';
import { memoryStorage } from '../../web/kernel/storage.js';
import { createKernel } from './node-kernel.mjs';

/** @typedef {import('../../web/build/notebook.js').Cell} Cell */
/** @typedef {{cell: Cell, source: string, expected: 'pass' | 'fail'}} Step */

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));

/**
 * The cells to run, in order, and how their checks should end.
 * @param {Cell[]} cells @param {boolean} solved @returns {Step[]}
 */
function steps(cells, solved) {
  return blocks(cells).flatMap((block) => {
    if (block.kind === 'code') return [{ cell: block.cell, source: block.cell.source, expected: 'pass' }];
    if (block.kind === 'card')
      return block.cells
        .filter((cell) => cell.type === 'code')
        .map((cell) => ({ cell, source: cell.source, expected: 'pass' }));
    if (block.kind !== 'task') return [];
    const solution = block.cells.find((cell) => cell.tags.includes('solution'));
    if (!solution) throw new Error(`task "${block.cells[0].id}" has no solution`);
    return block.cells
      .filter((cell) => cell.type === 'code' && cell !== solution)
      .map((cell) => ({
        cell,
        source: solved && cell.tags.includes('task') ? solution.source : cell.source,
        expected: solved ? /** @type {const} */ ('pass') : /** @type {const} */ ('fail'),
      }));
  });
}

let passed = 0;
/** @type {string[]} */
const failures = [];

/** @param {boolean} ok @param {string} what */
function count(ok, what) {
  if (ok) passed++;
  else failures.push(what);
}

/** @param {string} name @param {Step[]} list @param {import('../../web/kernel/storage.js').Storage} storage */
async function runNotebook(name, list, storage) {
  const { kernel, messages } = await createKernel({ storage });
  for (const { cell, source, expected } of list) {
    const before = messages.length;
    const error = await kernel.run(cell.id, source);
    const place = `${name}, cell ${cell.id}`;
    count(error === null, `${place}: ${error?.name} ${error?.message} (line ${error?.line})`);
    if (!cell.tags.includes('check')) continue;
    const checks = messages
      .slice(before)
      .flatMap((message) => (message.type === 'show' && message.kind === 'check' ? [message.props] : []));
    const all = checks.length > 0 && checks.every(({ pass }) => pass);
    const told = checks.map((each) => `${each.pass ? 'passes' : 'fails'}: ${each.name} ${each.message}`);
    count(
      all === (expected === 'pass'),
      `${place} should ${expected}. ${told.join('; ') || 'It checks nothing.'}`,
    );
  }
}

const chosen = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => file.replace('.ipynb', ''))
  .filter((name) => chosen.length === 0 || chosen.includes(name))
  .sort();

for (const solved of [true, false]) {
  const storage = memoryStorage();
  for (const name of names) {
    const start = performance.now();
    await runNotebook(name, steps(readNotebook(`${folder}${name}.ipynb`), solved), storage);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name} with ${solved ? 'solutions' : 'stubs'}: ${seconds} s`);
  }
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
