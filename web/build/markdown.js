/** Markdown with $inline$ and $$display$$ maths to HTML. */
import MarkdownIt from 'markdown-it';
import { highlight } from './highlight.js';
import { renderMaths } from './maths.js';

/**
 * $...$: no space inside the dollars, no digit after the closing one, so that "$5 and $6" stays as it is.
 * @param {import('markdown-it').StateInline} state @param {boolean} silent
 */
function inlineMaths(state, silent) {
  const { src, pos } = state;
  if (src[pos] !== '$' || src[pos + 1] === '$' || /\s/.test(src[pos + 1] ?? ' ')) return false;
  let end = pos + 1;
  do end = src.indexOf('$', end + 1);
  while (end > 0 && src[end - 1] === '\\');
  if (end < 0 || end >= state.posMax || /\s/.test(src[end - 1]) || /\d/.test(src[end + 1] ?? ''))
    return false;
  const [mark] = src.slice(end + 1).match(/^[.,;:!?)]*/) ?? [''];
  if (!silent) {
    const token = state.push('maths', '', 0);
    token.content = src.slice(pos + 1, end);
    token.markup = mark;
  }
  state.pos = end + 1 + mark.length;
  return true;
}

/**
 * A line that starts with $$ up to a line that ends with $$.
 * @param {import('markdown-it').StateBlock} state @param {number} start @param {number} stop @param {boolean} silent
 */
function displayMaths(state, start, stop, silent) {
  const line = (/** @type {number} */ n) =>
    state.src.slice(state.bMarks[n] + state.tShift[n], state.eMarks[n]);
  if (!line(start).startsWith('$$')) return false;
  let end = start;
  let text = line(start).slice(2).trimEnd();
  while (!text.endsWith('$$')) {
    if (++end >= stop) return false;
    text += `\n${line(end).trimEnd()}`;
  }
  if (silent) return true;
  const token = state.push('maths_block', '', 0);
  token.block = true;
  token.content = text.slice(0, -2).trim();
  state.line = end + 1;
  return true;
}

const md = new MarkdownIt({
  html: false,
  typographer: true,
  highlight: (code, language) => (language === 'js' ? highlight(code) : ''),
});
md.inline.ruler.before('escape', 'maths', inlineMaths);
md.block.ruler.before('fence', 'maths_block', displayMaths, { alt: ['paragraph', 'list', 'blockquote'] });
/** A formula keeps the punctuation after it on its line. */
md.renderer.rules.maths = (tokens, i) => {
  const html = renderMaths(tokens[i].content, false);
  return tokens[i].markup ? `<span class="maths">${html}${tokens[i].markup}</span>` : html;
};
md.renderer.rules.maths_block = (tokens, i) =>
  `<div class="equation" tabindex="0">${renderMaths(tokens[i].content, true)}</div>\n`;
/** Wide tables scroll by themselves, not the page. */
md.renderer.rules.table_open = () => '<div class="scroll" tabindex="0"><table>';
md.renderer.rules.table_close = () => '</table></div>';
/** Headings get ids, so that they can be linked to. */
md.renderer.rules.heading_open = (tokens, i) => {
  const id = tokens[i + 1].content
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `<${tokens[i].tag} id="${id}">`;
};

/** @param {string} source */
export const renderMarkdown = (source) => md.render(source);
/** Without a paragraph around it. @param {string} source */
export const renderInline = (source) => md.renderInline(source);
