/** Files for the reader. */
import { h } from '../../figures/parts/dom.js';
import { say } from './say.js';

/** @param {string} name @param {BlobPart} content @param {string} [type] */
export function download(name, content, type = 'application/octet-stream') {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h('a', { href: url, download: name }).click();
  // Some browsers read the file only after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The lesson as a notebook of Python: a link that begins its download. @param {string} lesson @param {string} words */
export const pythonLink = (lesson, words) =>
  h('a', { href: `${lesson}-pytorch.ipynb`, download: true }, words);

/** The lesson's notebook with the reader's edits. @param {import('../notebook/notebook.js').Notebook} notebook */
export async function downloadNotebook(notebook) {
  const name = `${notebook.lesson}.ipynb`;
  try {
    const response = await fetch(name);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const file = await response.json();
    for (const cell of file.cells) {
      const shown = notebook.cell(cell.id);
      if (shown) cell.source = shown.source.split(/(?<=\n)/);
    }
    download(name, `${JSON.stringify(file, null, 1)}\n`, 'application/x-ipynb+json');
  } catch {
    say('The notebook could not be fetched: go online once, then try again.');
  }
}
