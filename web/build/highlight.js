/** Source to HTML spans. JavaScript goes through the parser that the editor uses: both colour alike. */
import { highlightCode, tags as t, tagHighlighter } from '@lezer/highlight';
import { parser } from '@lezer/javascript';
import { symbolClass, symbolPattern } from '../page/notebook/symbols.js';

const highlighter = tagHighlighter([
  { tag: [t.keyword, t.operatorKeyword, t.controlKeyword, t.moduleKeyword], class: 'tok-keyword' },
  { tag: [t.string, t.special(t.string), t.regexp], class: 'tok-string' },
  { tag: [t.number, t.bool, t.null], class: 'tok-number' },
  { tag: [t.lineComment, t.blockComment], class: 'tok-comment' },
]);

/** @param {string} text */
export const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/** @param {string} escaped */
const withSymbols = (escaped) =>
  escaped.replace(symbolPattern, (name) => `<span class="${symbolClass(name)}">${name}</span>`);

/** @param {string} code JavaScript */
export function highlight(code) {
  let html = '';
  highlightCode(
    code,
    parser.parse(code),
    highlighter,
    (text, classes) => {
      const escaped = escapeHtml(text);
      html += classes ? `<span class="${classes}">${escaped}</span>` : withSymbols(escaped);
    },
    () => {
      html += '\n';
    },
  );
  return html;
}

const C_TOKENS = new RegExp(
  [
    String.raw`(?<comment>/\*[^]*?\*/|//.*)`,
    String.raw`(?<string>"(?:\\.|[^"\\])*")`,
    String.raw`(?<keyword>\b(?:bool|char|const|double|else|float|for|if|int|int32_t|int64_t|return|size_t|sizeof|static|struct|uint8_t|uint32_t|void|while)\b)`,
    String.raw`(?<number>\b\d[\w.]*(?:[eE][-+]?\d+)?)`,
  ].join('|'),
  'g',
);

const PYTHON_TOKENS = new RegExp(
  [
    '(?<comment>#.*)',
    String.raw`(?<string>[rf]{0,2}(?:"""[^]*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))`,
    String.raw`(?<keyword>\b(?:and|as|assert|break|class|continue|def|del|elif|else|for|from|if|import|in|is|lambda|not|or|pass|raise|return|while|with|yield)\b|^@[\w.]+)`,
    String.raw`(?<number>\b(?:True|False|None|\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?)|\B\.\d+(?:[eE][-+]?\d+)?)`,
  ].join('|'),
  'gm',
);

/** @param {string} code @param {RegExp} tokens one named group for each kind */
function highlightBy(code, tokens) {
  let html = '';
  let at = 0;
  for (const match of code.matchAll(tokens)) {
    const [kind] = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    html += `${withSymbols(escapeHtml(code.slice(at, match.index)))}<span class="tok-${kind}">${escapeHtml(match[0])}</span>`;
    at = match.index + match[0].length;
  }
  return html + withSymbols(escapeHtml(code.slice(at)));
}

/** @param {string} code C */
export const highlightC = (code) => highlightBy(code, C_TOKENS);
/** @param {string} code Python */
export const highlightPython = (code) => highlightBy(code, PYTHON_TOKENS);
