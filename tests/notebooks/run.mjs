/**
 * Every lesson in Node. At each task the stub is run first, and its checks fail; then each mistake that is often made
 * (mistakes.mjs), and a check says so; then the solution, and every check passes.
 * Where code follows a task, the lesson is run once more as Run all runs it, without its tasks and what builds on them: all
 * other checks still pass. What the prose says of numbers is held against them (numbers.mjs). One storage goes through all
 * lessons, as in a reader's browser.
 *
 *   node tests/notebooks/run.mjs [--solved] [NAME...]
 *
 * --solved: without the run that leaves tasks out. The pages' tests do that in Chromium, by the button itself.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blocks, readNotebook } from '../../web/build/notebook.js';
import { prepare } from '../../web/build/prepare.js';
import { memoryStorage } from '../../web/kernel/storage.js';
import { dependents, namesIn } from '../../web/page/notebook/names.js';
import { mistakes } from './mistakes.mjs';
import { createKernel } from './node-kernel.mjs';
import { compareNumbers, numbersDue } from './numbers.mjs';

/** @typedef {import('../../web/build/notebook.js').Cell} Cell */
/** @typedef {{cell: Cell, source: string, expected: 'pass' | 'fail', says?: RegExp}} Step says: what a check must tell */

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));

/** @param {string} source @param {string | [string | RegExp, string]} code */
function changed(source, code) {
  const other = typeof code === 'string' ? code : source.replace(...code);
  if (other === source) throw new Error(`${code} changes nothing`);
  return other;
}

/**
 * A task's cells with its stub, with each mistake, and with its solution.
 * @param {string} name @param {Cell[]} cells @returns {Step[]}
 */
function taskSteps(name, cells) {
  const solution = cells.find((cell) => cell.tags.includes('solution'));
  if (!solution) throw new Error(`task "${cells[0].id}" has no solution`);
  const run = cells.filter((cell) => cell.type === 'code' && cell !== solution);
  const stub = /** @type {Cell} */ (run.find((cell) => cell.tags.includes('task')));
  /** @returns {Step[]} */
  const round = (
    /** @type {string} */ source,
    /** @type {'pass' | 'fail'} */ expected,
    /** @type {RegExp | undefined} */ says,
  ) => run.map((cell) => ({ cell, source: cell === stub ? source : cell.source, expected, says }));
  return [
    ...round(stub.source, 'fail', undefined),
    ...(mistakes[name]?.[stub.id] ?? []).flatMap(({ code, says }) =>
      round(changed(solution.source, code), 'fail', says),
    ),
    ...round(solution.source, 'pass', undefined),
  ];
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
 * @param {string} name @param {Cell[]} cells @returns {Step[]}
 */
function steps(name, cells) {
  return blocks(cells).flatMap((block) => {
    if (block.kind === 'code') return passing([block.cell]);
    if (block.kind === 'card') return passing(block.cells);
    if (block.kind !== 'task') return [];
    return taskSteps(name, block.cells);
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
  for (const { cell, source, expected, says } of list) {
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
    if (says)
      count(
        told.some((words) => says.test(words)),
        `${place} should say ${says}. ${told.join('; ')}`,
      );
  }
}

const words = process.argv.slice(2);
const chosen = words.filter((word) => word !== '--solved');
const rounds = words.includes('--solved') ? [true] : [true, false];
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => file.replace('.ipynb', ''))
  .filter((name) => chosen.length === 0 || chosen.includes(name))
  .sort();

const storage = memoryStorage();
for (const solved of rounds) {
  for (const name of names) {
    const cells = readNotebook(`${folder}${name}.ipynb`);
    if (!solved && !goesOn(cells)) continue;
    const start = performance.now();
    const [list, due] = solved ? [steps(name, cells), numbersDue(cells)] : [withoutTasks(cells), new Map()];
    await runNotebook(name, list, due, storage);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${name} with ${solved ? 'stubs, then solutions' : 'tasks left out'}: ${seconds} s`);
  }
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
