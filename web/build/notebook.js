/** Reads a lesson's notebook (nbformat 4.5) and groups its cells into the blocks of a page. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readScript, withPyTorch } from './pytorch.js';

/**
 * @typedef {object} Cell
 * @property {string} id @property {'markdown' | 'code'} type @property {string[]} tags @property {string} source
 * @property {string[]} core functions of src/ that do the same, such as "diffusion/ddpm.c#update"
 * @property {string} equation what they compute, in TeX
 * @property {Record<string, string>} numbers what prose says of numbers, and an expression in the lesson's names that computes it
 * @property {string} [pytorch] the same in PyTorch
 */
/** @typedef {{kind: 'task', cells: Cell[]}} TaskBlock a `task` cell up to and with its `check` */
/** @typedef {{kind: 'card', cells: Cell[]}} CardBlock a question, tagged `card`, and its answer up to the next one */
/** @typedef {{kind: 'prose' | 'predict' | 'code', cell: Cell} | TaskBlock | CardBlock} Block */

const TAGS = new Set(['first', 'task', 'check', 'solution', 'hint', 'widget', 'wide', 'card', 'aside']);

/** @param {unknown} source @returns {string} */
const joined = (source) => (Array.isArray(source) ? source.join('') : String(source));

/**
 * The cells of a notebook; throws if it is not one that a page can be made from.
 * @param {string} text the file
 * @returns {Cell[]}
 */
export function parseNotebook(text) {
  const nb = JSON.parse(text);
  if (nb.nbformat !== 4 || nb.nbformat_minor !== 5) throw new Error('nbformat 4.5 is needed');
  const seen = new Set();
  return nb.cells.map((/** @type {any} */ raw, /** @type {number} */ index) => {
    const tags = raw.metadata?.tags ?? [];
    const where = `cell ${index + 1} (${raw.id})`;
    if (!/^[a-z][a-z0-9-]*$/.test(raw.id ?? ''))
      throw new Error(`${where}: the id must be like "train-loop"`);
    if (seen.has(raw.id)) throw new Error(`${where}: the id is used twice`);
    seen.add(raw.id);
    if (raw.cell_type !== 'markdown' && raw.cell_type !== 'code')
      throw new Error(`${where}: ${raw.cell_type} cell`);
    if (raw.outputs?.length || raw.execution_count) throw new Error(`${where}: stores outputs`);
    for (const tag of tags) if (!TAGS.has(tag)) throw new Error(`${where}: unknown tag "${tag}"`);
    if (tags.includes('first') && (index > 0 || raw.cell_type !== 'code'))
      throw new Error(`${where}: only code that a notebook begins with can be its first figure`);
    const core = [raw.metadata?.core ?? []].flat();
    const equation = raw.metadata?.equation ?? '';
    if (core.length && !equation) throw new Error(`${where}: core without its equation`);
    const source = joined(raw.source);
    const numbers = raw.metadata?.numbers ?? {};
    for (const said of Object.keys(numbers))
      if (!source.includes(said)) throw new Error(`${where}: its text does not say "${said}"`);
    return { id: raw.id, type: raw.cell_type, tags, source, core, equation, numbers };
  });
}

/** A notebook's cells, with what does the same in PyTorch. @param {string} path */
export const readNotebook = (path) =>
  withPyTorch(parseNotebook(readFileSync(path, 'utf8')), readScript(path), basename(path, '.ipynb'));

/**
 * A task runs from a cell tagged `task` to the next cell tagged `check`; everything between belongs to it.
 * @param {Cell[]} cells
 * @returns {Block[]}
 */
export function blocks(cells) {
  /** @type {Block[]} */
  const out = [];
  /** @type {TaskBlock | null} */
  let task = null;
  /** @type {CardBlock | null} */
  let card = null;
  for (const cell of cells) {
    if (cell.tags.includes('card')) {
      card = { kind: 'card', cells: [] };
      out.push(card);
    }
    if (card) {
      card.cells.push(cell);
      continue;
    }
    if (!task && cell.tags.includes('task')) {
      task = { kind: 'task', cells: [] };
      out.push(task);
    }
    if (task) {
      task.cells.push(cell);
      if (cell.tags.includes('check')) task = null;
    } else if (cell.type === 'code') out.push({ kind: 'code', cell });
    else out.push({ kind: cell.tags.includes('widget') ? 'predict' : 'prose', cell });
  }
  if (task) throw new Error(`task "${task.cells[0].id}" has no check`);
  return out;
}
