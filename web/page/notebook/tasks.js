/**
 * Tasks: one button runs the reader's cell and its check; what came of it stands beside the button until the code changes.
 * Hints come one by one; a solution can be put into its cell.
 */
import { h } from '../../figures/parts/dom.js';
import { isSolution, notePassed, noteSolution } from '../progress/progress.js';
import { dependents, namesOf, usesOf } from './names.js';
import { hashOf } from './versions.js';

/** @typedef {import('./notebook.js').Notebook} Notebook */
/** @typedef {import('./cell.js').Cell} Cell */
/** @typedef {'pass' | 'fail' | ''} Verdict */

/** @param {import('../../kernel/protocol.js').CellError} error of the reader's own cell */
function whyUnchecked({ name, line }) {
  if (name === 'Stopped') return 'Stopped, so nothing was checked.';
  const place = line === null ? '' : ` (line ${line})`;
  const what = name === 'SyntaxError' ? 'does not compile' : 'stopped with an error';
  return `Your cell ${what}${place}, so nothing was checked.`;
}

class Task {
  #busy = false;

  /** @param {Notebook} notebook @param {HTMLElement} element @param {Task[]} all of the page */
  constructor(notebook, element, all) {
    this.notebook = notebook;
    this.element = element;
    this.all = all;
    this.cells = notebook.cells.filter((cell) => element.contains(cell.element));
    this.check = /** @type {Cell} */ (this.cells.find((cell) => cell.isCheck));
    this.own = this.cells.filter((cell) => cell !== this.check);
    this.id = element.dataset.task ?? '';
    this.verdict = h('span', { class: 'verdict', role: 'status' });
    this.#build();
    this.#mark();
  }

  get solved() {
    return this.element.hasAttribute('data-solved');
  }

  get title() {
    return this.element.querySelector('h2, h3')?.textContent ?? '';
  }

  #build() {
    const onclick = () => this.judge();
    const button = h('button', { type: 'button', class: 'primary', onclick }, 'Check');
    this.own.at(-1)?.element.querySelector('.run')?.before(button);
    this.own.at(-1)?.element.querySelector('.run')?.after(this.verdict);
    // A check by itself would judge what the cell was when it last ran.
    this.check.element.querySelector('.run')?.remove();
    this.check.run = onclick;
  }

  #text() {
    return this.cells.map(({ source }) => source).join('\0');
  }

  /** What was solved once is solved as long as the code is what it was then. */
  #mark() {
    const solved = isSolution(this.notebook.lesson, this.id, hashOf(this.#text()));
    this.element.toggleAttribute('data-solved', solved);
  }

  /** @param {string} words @param {Verdict} verdict */
  #say(words, verdict = '') {
    this.verdict.textContent = words;
    this.verdict.dataset.verdict = verdict;
  }

  /** What was found out is no longer about what stands there. */
  forget() {
    if (this.#busy) return;
    this.#say('');
    this.#mark();
    this.notebook.forget(this.check);
  }

  /** Run all may have run it; or the kernel has been replaced, and what the verdict is about has not run in this one. That a task
   * builds on another holds all the same. */
  follow() {
    const idle = [...this.own, this.check].every(({ element }) => element.dataset.status === 'idle');
    if (this.#busy) return;
    if (this.verdict.dataset.verdict && idle) this.forget();
    if (!this.verdict.textContent && this.check.element.dataset.status === 'ok') this.#tell([]);
  }

  /** A task that this one builds on and that is not solved. @returns {Task | undefined} */
  #needed() {
    const open = this.all.filter((task) => task !== this && !task.solved);
    const cells = this.notebook.cells.filter((cell) => !open.some((task) => task.cells.includes(cell)));
    const lacking = (/** @type {Task} */ task) =>
      dependents(cells, task.cells, namesOf).some((cell) => this.cells.includes(cell));
    return open.find(lacking);
  }

  /** Runs the cells above that have not run, the reader's cell, and the check, as far as each of them goes. */
  async judge() {
    if (this.#busy) return;
    this.forget();
    noteSolution(this.notebook.lesson, this.id, null);
    this.#mark();
    const needed = this.#needed();
    if (needed) {
      this.#say(`This builds on the task “${needed.title}”: check that one first.`);
      return;
    }
    const text = this.#text();
    const before = cellsToRun(this.notebook, this.all).filter(
      (cell) =>
        cell.element.dataset.status !== 'ok' &&
        cell.element.compareDocumentPosition(this.element) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    this.#say(before.length ? 'First the cells above …' : 'Checking …');
    this.#busy = true;
    await this.notebook.run([...before, ...this.own, this.check]);
    this.#busy = false;
    if (text === this.#text()) this.#tell(before);
    else this.forget();
  }

  /** @param {Cell[]} before the cells that had to run first */
  #tell(before) {
    const broken = before.find(({ error }) => error);
    const own = this.own.find(({ error }) => error);
    const { error, passes, checked } = this.check;
    if (broken) this.#say(`Cell ${broken.id}, above, stopped with an error, so nothing was checked.`, 'fail');
    else if (own?.error) this.#say(whyUnchecked(own.error), 'fail');
    else if (error) this.#say('The check stopped before its end.', 'fail');
    else if (!passes) this.#say(`Not yet: ${checked.passed} of ${checked.of} checks pass.`, 'fail');
    else {
      this.#say(checked.of === 1 ? 'Right.' : `Right: all ${checked.of} checks pass.`, 'pass');
      const checks = this.all.map(({ check }) => check.id);
      notePassed(this.notebook.lesson, this.check.id, this.id, checks);
      noteSolution(this.notebook.lesson, this.id, hashOf(this.#text()));
      this.#mark();
    }
  }
}

/**
 * What Run all runs: no task that is not solved, and nothing that uses what only such a one declares.
 * @param {Notebook} notebook @param {Task[]} tasks
 */
function cellsToRun(notebook, tasks) {
  const left = tasks.filter((task) => !task.solved).flatMap(({ cells }) => cells);
  const lacking = dependents(notebook.cells, left, namesOf);
  return notebook.cells.filter((cell) => !left.includes(cell) && !lacking.includes(cell));
}

/** @param {HTMLElement} element a task */
function setUpHints(element) {
  const hints = /** @type {HTMLDetailsElement[]} */ ([...element.querySelectorAll('details.hint')]);
  hints.forEach((hint, i) => {
    hint.hidden = i > 0;
    hint.addEventListener('toggle', () => {
      if (hint.open && hints[i + 1]) hints[i + 1].hidden = false;
    });
  });
}

/** @param {Notebook} notebook @param {HTMLElement} solution */
function setUpSolution(notebook, solution) {
  const source = solution.querySelector('pre')?.textContent ?? '';
  const cell = notebook.cell(solution.dataset.for ?? '');
  if (!cell) return;
  const use = () => {
    cell.fill(source);
    cell.element.scrollIntoView({ block: 'nearest' });
  };
  solution.append(h('button', { type: 'button', onclick: use }, 'Use this solution'));
}

/** @param {Notebook} notebook @param {HTMLElement} main */
export function setUpTasks(notebook, main) {
  const elements = /** @type {HTMLElement[]} */ ([...main.querySelectorAll('.task')]);
  /** @type {Task[]} */
  const tasks = [];
  for (const element of elements) {
    tasks.push(new Task(notebook, element, tasks));
    setUpHints(element);
    for (const solution of element.querySelectorAll('details.solution'))
      setUpSolution(notebook, /** @type {HTMLElement} */ (solution));
  }
  notebook.cellsToRun = () => cellsToRun(notebook, tasks);
  notebook.addEventListener('change', () => {
    for (const task of tasks) task.follow();
  });
  notebook.addEventListener('edited', (event) => {
    const cell = /** @type {CustomEvent<Cell>} */ (event).detail;
    for (const task of tasks)
      if (task.cells.some((each) => each === cell || usesOf(each, cell))) task.forget();
    for (const check of notebook.cells)
      if (check.isCheck && !tasks.some(({ cells }) => cells.includes(check)) && usesOf(check, cell))
        notebook.forget(check);
  });
}
