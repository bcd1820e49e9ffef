/** A notebook's blocks to the HTML of a lesson. It reads well before, and without, any script. */
import { cardHtml } from './cards.js';
import { coreHtml } from './core.js';
import { reserved } from './heights.js';
import { highlight } from './highlight.js';
import { inBothLanguages } from './languages.js';
import { renderInline, renderMarkdown } from './markdown.js';
import { prepare } from './prepare.js';

/** @typedef {import('./notebook.js').Cell} Cell */
/** @typedef {import('./notebook.js').Block} Block */

/** Code that is not the point of the lesson is folded away. @type {Record<string, string>} */
const FOLDED = { first: 'Show the code', widget: 'Show the code', check: 'Show the check' };

/** @param {Cell} cell */
function source(cell) {
  const pre = inBothLanguages(cell, `<pre class="source"><code>${highlight(cell.source)}</code></pre>`);
  const fold = cell.tags.find((tag) => tag in FOLDED);
  return fold ? `<details class="fold"><summary>${FOLDED[fold]}</summary>${pre}</details>` : pre;
}

/** Tags that say where a cell's figures stand: before everything, or below its code and not beside it. */
const LAID_OUT = new Set(['first', 'wide']);

/** Letters in a line of code on a phone, where it wraps. */
const NARROW = 34;

/** How many lines it will show, for a browser that has not yet laid it out: rather too many. @param {Cell} cell @param {number} width */
function linesShown({ source, tags, core, pytorch }, width) {
  const lines = tags.some((tag) => tag in FOLDED) ? [] : source.trimEnd().split('\n');
  const wrapped = lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / width)), 0);
  return wrapped + (core.length ? 2 : 0) + (lines.length && pytorch ? 2 : 0);
}

/** @typedef {{prepared: ReturnType<typeof prepare>, heights: import('./heights.js').Heights}} Made what the build knows of a page's cells */

/** In the page before the script that they call, so that nothing moves when it comes. */
const ACTIONS = `<div class="actions"><button type="button" class="run" title="Run (Shift+Enter)" disabled>Run</button><span class="took"></span></div>
<div class="bar" aria-hidden="true"></div>`;

/** @param {Cell} cell @param {Made} made */
function codeCell(cell, { prepared, heights }) {
  const lines = `--lines: ${linesShown(cell, Infinity)}; --wrapped: ${linesShown(cell, NARROW)}`;
  const json = JSON.stringify(prepared.get(cell.id)).replaceAll('<', '\\u003c');
  const classes = ['cell', ...cell.tags.filter((tag) => LAID_OUT.has(tag))].join(' ');
  const outputs = '<div class="outputs"></div>';
  // The first figure stands above its code, also while the page is still on its way.
  const isFirst = cell.tags.includes('first');
  return `<section class="${classes}" id="cell-${cell.id}" data-cell="${cell.id}" data-tags="${cell.tags.join(' ')}"
  data-status="idle" aria-label="Cell ${cell.id}" style="${lines}${reserved(heights[cell.id])}">
${isFirst ? outputs : ''}
<div class="editor">${source(cell)}</div>
${ACTIONS}
<script type="application/json" class="prepared">${json}</script>
${coreHtml(cell)}
${isFirst ? '' : outputs}
</section>`;
}

/**
 * A question with answers to choose from before the next cell is run: markdown with a `- [x]` list.
 * @param {Cell} cell
 */
function predict(cell) {
  const lines = cell.source.split('\n');
  const isOption = (/** @type {string} */ line) => /^- \[[ x]\] /.test(line);
  const first = lines.findIndex(isOption);
  const last = lines.findLastIndex(isOption);
  if (first < 0) throw new Error(`cell ${cell.id}: a question needs options`);
  const options = lines.slice(first, last + 1).map((line) => {
    const right = line.startsWith('- [x]');
    return `<li><label><input type="radio" name="${cell.id}"${right ? ' data-right' : ''}>
<span>${renderInline(line.slice(6))}</span></label></li>`;
  });
  return `<fieldset class="predict" id="cell-${cell.id}">
<legend>${renderMarkdown(lines.slice(0, first).join('\n'))}</legend>
<ul>${options.join('\n')}</ul>
<p class="then-run">Noted. Now run the next cell and see.</p>
<div class="answer">${renderMarkdown(lines.slice(last + 1).join('\n'))}</div>
</fieldset>`;
}

/** What one need not read to go on: its first line, and the rest behind that. @param {Cell} cell */
function aside({ source }) {
  const [summary, ...rest] = source.split('\n');
  return `<details class="aside"><summary>${renderInline(summary)}</summary>${renderMarkdown(rest.join('\n'))}</details>`;
}

/** @param {Cell} cell @param {number} number */
function hint(cell, number) {
  return `<details class="hint"><summary>Hint ${number}</summary>${renderMarkdown(cell.source)}</details>`;
}

/** @param {Cell} cell @param {string} target the cell whose place it takes */
function solution(cell, target) {
  return `<details class="solution" data-for="${target}"><summary>Show a solution</summary>
${inBothLanguages(cell, `<pre class="source"><code>${highlight(cell.source)}</code></pre>`)}</details>`;
}

/** @param {Cell[]} cells @param {Made} made */
function task(cells, made) {
  const stub = cells.find((cell) => cell.type === 'code' && cell.tags.includes('task'));
  if (!stub) throw new Error(`task "${cells[0].id}" has no code cell to fill in`);
  let hints = 0;
  // Verdicts stand at the code that they are about, help below both.
  const helps = (/** @type {Cell} */ { tags }) => tags.includes('hint') || tags.includes('solution');
  const parts = [...cells.filter((cell) => !helps(cell)), ...cells.filter(helps)].map((cell) => {
    if (cell.tags.includes('hint')) return hint(cell, ++hints);
    if (cell.tags.includes('solution')) return solution(cell, stub.id);
    return cell.type === 'code' ? codeCell(cell, made) : renderMarkdown(cell.source);
  });
  return `<section class="task" id="task-${stub.id}" data-task="${stub.id}">
<p class="kicker">Your turn</p>
${parts.join('\n')}
</section>`;
}

/** @param {Block} block @param {Made} made */
function blockHtml(block, made) {
  if (block.kind === 'task') return task(block.cells, made);
  if (block.kind === 'card')
    return cardHtml(block.cells, (cell) =>
      cell.type === 'code' ? codeCell(cell, made) : renderMarkdown(cell.source),
    );
  if (block.kind === 'code') return codeCell(block.cell, made);
  if (block.kind === 'predict') return predict(block.cell);
  return block.cell.tags.includes('aside') ? aside(block.cell) : renderMarkdown(block.cell.source);
}

/** @param {Block | undefined} block @returns {Cell | null} the figure that a page opens with, which runs by itself */
function firstFigure(block) {
  return block?.kind === 'code' && block.cell.tags.includes('first') ? block.cell : null;
}

/**
 * The article of a lesson, the figure that stands before it, and its sections (second-level headings).
 * @param {Block[]} list
 * @param {import('./heights.js').Heights} [heights] what its cells' outputs need
 */
export function lessonHtml(list, heights = {}) {
  const prepared = prepare(list.flatMap((block) => ('cells' in block ? block.cells : [block.cell])));
  const figure = firstFigure(list[0]);
  const names = figure ? (prepared.get(figure.id)?.names ?? []) : [];
  if (names.length)
    throw new Error(`cell ${figure?.id} runs by itself, so it declares nothing for others: ${names}`);
  const made = { prepared, heights };
  const opening = figure ? codeCell(figure, made) : '';
  const rest = figure ? list.slice(1) : list;
  const html = rest.map((block) => blockHtml(block, made)).join('\n');
  const sections = [...html.matchAll(/<h2 id="([^"]+)">(.*?)<\/h2>/g)].map(([, id, title]) => ({
    id,
    title,
  }));
  return { opening, html, sections };
}
