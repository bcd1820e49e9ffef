/** TeX to HTML at build time, with the symbols of the course in their colours. */
import katex from 'katex';

/** First match wins, so the longer patterns stand first. The classes are coloured in styles/tokens.css. */
const SYMBOLS =
  /(?<abar>\\bar\{?\\?\s?\\alpha\}?(?:_\{[^}]*\}|_\w)?)|(?<eps>\\hat\{?\\epsilon\}?|\\epsilon(?:_\\theta)?(?![a-z]))|(?<x0>(?<![\w\\{])(?:\\hat\{?x\}?|x)_0)|(?<xt>(?<![\w\\])x_(?:[tT]|\{t-1\}))/g;

/** @param {string} tex */
export function colourSymbols(tex) {
  return tex.replace(SYMBOLS, (match, ...rest) => {
    const groups = rest.at(-1);
    const name = Object.keys(groups).find((key) => groups[key]);
    return `\\htmlClass{sym-${name}}{${match}}`;
  });
}

/** A space between two formulas, or in a list, is a place for a new line, as relations and signs are. @param {string} tex */
const breakable = (tex) => tex.replace(/(?:\\q+uad(?![a-z])|(?<=,)\\;)/g, '\\allowbreak$&');

/** @param {string} tex @param {boolean} displayMode */
export function renderMaths(tex, displayMode) {
  return katex.renderToString(displayMode ? breakable(colourSymbols(tex)) : colourSymbols(tex), {
    displayMode,
    throwOnError: true,
    output: 'htmlAndMathml',
    trust: (context) => context.command === '\\htmlClass',
    strict: (code) => (code === 'htmlExtension' ? 'ignore' : 'error'),
  });
}
