/** The same in PyTorch: notebooks/pytorch/NAME.py (and NAME-*.py, where that grows long) has, for cells of notebooks/NAME.ipynb, what does the same in Python. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** @typedef {import('./notebook.js').Cell} Cell */
/** @typedef {{preamble: string, cells: Map<string, string>}} Script what stands before the first marker, and each cell's code by its id */

const MARKER = /^# %% (\S+)$/;

/**
 * A script of cells, each begun by a line `# %% ID`; it runs from top to bottom.
 * @param {string} text @returns {Script}
 */
export function parseScript(text) {
  /** @type {Map<string, string[]>} */
  const parts = new Map([['', []]]);
  let id = '';
  for (const line of text.split('\n')) {
    const marker = MARKER.exec(line);
    if (!marker) {
      parts.get(id)?.push(line);
      continue;
    }
    [, id] = marker;
    if (parts.has(id)) throw new Error(`the marker "# %% ${id}" stands there twice`);
    parts.set(id, []);
  }
  const [preamble, ...cells] = [...parts].map(
    ([key, lines]) => /** @type {const} */ ([key, lines.join('\n').trim()]),
  );
  return { preamble: preamble[1], cells: new Map(cells) };
}

/** The script beside a notebook, if there is one: NAME.py, and what goes on from it, NAME-*.py. @param {string} path of the notebook @returns {Script} */
export function readScript(path) {
  const folder = join(dirname(path), 'pytorch');
  const name = basename(path, '.ipynb');
  if (!existsSync(join(folder, `${name}.py`))) return { preamble: '', cells: new Map() };
  const more = readdirSync(folder).filter((file) => file.startsWith(`${name}-`) && file.endsWith('.py'));
  const texts = [`${name}.py`, ...more.sort()].map((file) => readFileSync(join(folder, file), 'utf8'));
  return parseScript(texts.join('\n'));
}

/**
 * Gives cells what does the same; the first of them begins with the imports.
 * @param {Cell[]} cells @param {Script} script @param {string} slug @returns {Cell[]}
 */
export function withPyTorch(cells, { preamble, cells: code }, slug) {
  const known = new Set(cells.filter(({ type }) => type === 'code').map(({ id }) => id));
  for (const id of code.keys())
    if (!known.has(id)) throw new Error(`pytorch/${slug}.py: the notebook has no code cell "${id}"`);
  const [first] = code.keys();
  return cells.map((cell) => {
    const own = code.get(cell.id);
    if (own === undefined) return cell;
    const source = cell.id === first && preamble ? `${preamble}\n\n${own}` : own;
    return { ...cell, pytorch: source };
  });
}
