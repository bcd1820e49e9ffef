/**
 * Every lesson in Node. At each task the stub is run first, and its checks fail; then the solution, and every check passes.
 * Where code follows a task, the lesson is run once more as Run all runs it, without its tasks and what builds on them: all
 * other checks still pass. What the prose says of numbers is held against them (numbers.mjs). One storage goes through all
 * lessons, as in a reader's browser.
 *
 *   node tests/notebooks/run.mjs [NAME...]
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blocks, readNotebook } from '../../web/build/notebook.js';
import { prepare } from '../../web/build/prepare.js';
import { memoryStorage } from '../../web/kernel/storage.js';
import { dependents, namesIn } from '../../web/page/notebook/names.js';
import { createKernel } from './node-kernel.mjs';
import { compareNumbers, numbersDue } from './numbers.mjs';

/** @typedef {import('../../web/build/notebook.js').Cell} Cell */
/** @typedef {{cell: Cell, source: string, expected: 'pass' | 'fail'}} Step */

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));

/**
 * A task's cells, with its stub or its solution.
 * @param {Cell[]} cells @param {boolean} solved @returns {Step[]}
 */
function taskSteps(cells, solved) {
  const solution = cells.find((cell) => cell.tags.includes('solution'));
  if (!solution) throw new Error(`task "${cells[0].id}" has no solution`);
  return cells
    .filter((cell) => cell.type === 'code' && cell !== solution)
    .map((cell) => ({
      cell,
      source: solved && cell.tags.includes('task') ? solution.source : cell.source,
      expected: solved ? 'pass' : 'fail',
    }));
}

/** As the lesson has them. @param {Cell[]} list @returns {Step[]} */
const passing = (list) =>
  list
    .filter((cell) => cell.type === 'code')
    .map((cell) => ({ cell, source: cell.source, expected: 'pass' }));

/**
 * The cells that Run all runs while no task is solved.
 * @param {Cell[]} cells @returns {Step[]}
 */
function withoutTasks(cells) {
  const prepared = prepare(cells);
  const code = cells.filter(({ id }) => prepared.has(id));
  const ofTasks = blocks(cells).flatMap((block) => (block.kind === 'task' ? block.cells : []));
  const left = code.filter((cell) => ofTasks.includes(cell));
  const namesOf = (/** @type {Cell} */ { id }) =>
    namesIn(/** @type {import('../../web/kernel/evaluate.js').Prepared} */ (prepared.get(id)));
  const lacking = dependents(code, left, namesOf);
  return passing(code.filter((cell) => !left.includes(cell) && !lacking.includes(cell)));
}

/**
 * The cells to run, in order, and how their checks should end: each task's solution follows its stub.
 * @param {Cell[]} cells @returns {Step[]}
 */
function steps(cells) {
  return blocks(cells).flatMap((block) => {
    if (block.kind === 'code') return passing([block.cell]);
    if (block.kind === 'card') return passing(block.cells);
    if (block.kind !== 'task') return [];
    return [...taskSteps(block.cells, false), ...taskSteps(block.cells, true)];
  });
}

/** Whether code comes after a task, which a reader can reach with the task unsolved. @param {Cell[]} cells */
function goesOn(cells) {
  const kinds = blocks(cells).map(({ kind }) => kind);
  return kinds.includes('task') && kinds.lastIndexOf('code') > kinds.indexOf('task');
}

let passed = 0;
/** @type {string[]} */
const failures = [];

/** @param {boolean} ok @param {string} what */
function count(ok, what) {
  if (ok) passed++;
  else failures.push(what);
}

/**
 * @param {string} name @param {Step[]} list @param {Map<string, Cell[]>} due prose, by the cell after which it is held against
 *   the numbers @param {import('../../web/kernel/storage.js').Storage} storage
 */
async function runNotebook(name, list, due, storage) {
  const { kernel, messages } = await createKernel({ storage });
  for (const { cell, source, expected } of list) {
    const before = messages.length;
    const error = await kernel.run(cell.id, source);
    const place = `${name}, cell ${cell.id}`;
    count(error === null, `${place}: ${error?.name} ${error?.message} (line ${error?.line})`);
    if (expected === 'pass')
      for (const prose of due.get(cell.id) ?? [])
        for (const wrong of await compareNumbers(kernel, prose))
          count(wrong === '', `${name}, cell ${prose.id}: ${wrong}`);
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

const storage = memoryStorage();
for (const solved of [true, false]) {
  for (const name of names) {
    const cells = readNotebook(`${folder}${name}.ipynb`);
    if (!solved && !goesOn(cells)) continue;
    const start = performance.now();
    const [list, due] = solved ? [steps(cells), numbersDue(cells)] : [withoutTasks(cells), new Map()];
    await runNotebook(name, list, due, storage);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name} with ${solved ? 'stubs, then solutions' : 'tasks left out'}: ${seconds} s`);
  }
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
