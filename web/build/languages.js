/** A cell's code in two languages, one behind the other. The second comes when a reader first asks for it (page/notebook/pytorch-tabs.js). */
import { highlightPython } from './highlight.js';

/** @typedef {import('./notebook.js').Cell} Cell */

/**
 * A cell's code with a tab for its PyTorch, or as it is.
 * @param {Cell} cell @param {string} html its JavaScript
 */
export function inBothLanguages({ id, pytorch }, html) {
  if (!pytorch) return html;
  const tab = (/** @type {string} */ language, /** @type {string} */ name, /** @type {boolean} */ chosen) =>
    `<button type="button" role="tab" id="${language}-tab-${id}" data-language="${language}" aria-controls="${language}-${id}" aria-selected="${chosen}"${chosen ? '' : ' tabindex="-1"'}>${name}</button>`;
  const panel = (/** @type {string} */ language) =>
    `<div class="code-${language}" id="${language}-${id}" role="tabpanel" aria-labelledby="${language}-tab-${id}"`;
  return `<div class="languages" role="tablist" aria-label="Language of ${id}">${tab('javascript', 'JavaScript', true)}${tab('pytorch', 'PyTorch', false)}</div>
${panel('javascript')}>${html}</div>
${panel('pytorch')} data-cell-of="${id}" style="--python-lines: ${pytorch.split('\n').length}"></div>`;
}

/** What the panels of a lesson show, by the cells' ids, as JSON. @param {Cell[]} cells */
export const pythonPanels = (cells) =>
  JSON.stringify(
    Object.fromEntries(cells.flatMap(({ id, pytorch }) => (pytorch ? [[id, highlightPython(pytorch)]] : []))),
  );
