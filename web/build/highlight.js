/** JavaScript source to HTML spans, with the parser that the editor uses: both colour alike. */
import { highlightCode, tags as t, tagHighlighter } from '@lezer/highlight';
import { parser } from '@lezer/javascript';
import { symbolClass, symbolPattern } from '../page/symbols.js';

const highlighter = tagHighlighter([
  { tag: [t.keyword, t.operatorKeyword, t.controlKeyword, t.moduleKeyword], class: 'tok-keyword' },
  { tag: [t.string, t.special(t.string), t.regexp], class: 'tok-string' },
  { tag: [t.number, t.bool, t.null], class: 'tok-number' },
  { tag: [t.lineComment, t.blockComment], class: 'tok-comment' },
]);

/** @param {string} text */
export const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** @param {string} code */
export function highlight(code) {
  let html = '';
  highlightCode(
    code,
    parser.parse(code),
    highlighter,
    (text, classes) => {
      const escaped = escapeHtml(text);
      html += classes
        ? `<span class="${classes}">${escaped}</span>`
        : escaped.replace(symbolPattern, (name) => `<span class="${symbolClass(name)}">${name}</span>`);
    },
    () => {
      html += '\n';
    },
  );
  return html;
}
