/** A cell's code in two languages, one behind the other. */
import { escapeHtml, highlightPython } from './highlight.js';

/**
 * A cell's code with its PyTorch behind a second tab, or as it is.
 * @param {import('./notebook.js').Cell} cell @param {string} html its JavaScript
 */
export function inBothLanguages({ id, pytorch }, html) {
  if (!pytorch) return html;
  const tab = (/** @type {string} */ language, /** @type {string} */ name, /** @type {boolean} */ chosen) =>
    `<button type="button" role="tab" id="${language}-tab-${id}" data-language="${language}" aria-controls="${language}-${id}" aria-selected="${chosen}"${chosen ? '' : ' tabindex="-1"'}>${name}</button>`;
  const panel = (/** @type {string} */ language) =>
    `<div class="code-${language}" id="${language}-${id}" role="tabpanel" aria-labelledby="${language}-tab-${id}">`;
  return `<div class="languages" role="tablist" aria-label="Language of ${id}">${tab('javascript', 'JavaScript', true)}${tab('pytorch', 'PyTorch', false)}</div>
${panel('javascript')}${html}</div>
${panel('pytorch')}<pre class="python" tabindex="0" aria-label="${escapeHtml(id)} in PyTorch"><code>${highlightPython(pytorch.source)}</code></pre>
<p class="elsewhere-run"><span>Run computes the JavaScript. To run this, <a href="${pytorch.file}" download>open the lesson as Python</a>.</span></p></div>`;
}
