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

/** @type {import('katex').KatexOptions} */
const OPTIONS = {
  throwOnError: true,
  output: 'htmlAndMathml',
  trust: (context) => context.command === '\\htmlClass',
  strict: (code) => (code === 'htmlExtension' ? 'ignore' : 'error'),
};

/**
 * What a node of KaTeX's tree is to those beside it: '', or a relation, a sign, a bracket that opens or closes. Here `\big(`
 * opens, as `\bigl(` does.
 * @param {any} node
 */
function kindOf(node) {
  if (node.type === 'supsub') return kindOf(node.base);
  if (node.type === 'atom') return node.family;
  if (node.type !== 'delimsizing') return '';
  return '(['.includes(node.delim) ? 'open' : ')]'.includes(node.delim) ? 'close' : '';
}

/**
 * A formula that is too wide goes on in a new line before a relation or a sign that stands outside of brackets, or after a
 * comma with a space. By itself KaTeX breaks after them, which leaves "x =" alone.
 * @param {string} tex
 */
export function breakable(tex) {
  /** @type {{at: number, insert: string}[]} */
  const marks = [];
  let depth = 0;
  let before = 'open';
  for (const node of /** @type {any} */ (katex).__parse(tex, { ...OPTIONS, displayMode: true })) {
    if (node.type === 'kern' || node.type === 'spacing') continue;
    const kind = kindOf(node);
    if (kind === 'open') depth++;
    if (kind === 'close') depth--;
    if (node.type === 'atom' && (kind === 'rel' || kind === 'bin')) {
      const isSign = kind === 'bin' && ['open', 'rel', 'bin', 'punct'].includes(before);
      if (depth === 0 && !isSign) marks.push({ at: node.loc.start, insert: '\\allowbreak ' });
      marks.push({ at: node.loc.end, insert: '\\nobreak ' });
    }
    before = kind;
  }
  for (const { at, insert } of marks.reverse()) tex = tex.slice(0, at) + insert + tex.slice(at);
  return tex.replace(/(?<=,)\\;/g, '\\allowbreak$&');
}

/** @param {string} tex @param {'html' | 'htmlAndMathml'} output */
const display = (tex, output) => katex.renderToString(tex, { ...OPTIONS, displayMode: true, output });

/**
 * A display formula. What wide spaces part, such as a definition and its terms, stays whole as long as it fits in a line of its
 * own; whoever hears the formula hears it whole.
 * @param {string} tex
 */
function displayed(tex) {
  const clauses = tex.split(/\\q+uad(?![a-z])/);
  if (clauses.length === 1) return display(breakable(tex), 'htmlAndMathml');
  const [heard] =
    display(tex, 'htmlAndMathml').match(/<span class="katex-mathml">.*?<\/math><\/span>/s) ?? [];
  if (!heard) throw new Error(`no MathML of ${tex}`);
  const seen = clauses.map((clause) => display(breakable(clause), 'html')).join('');
  return seen.replace('<span class="katex">', (first) => first + heard);
}

/** @param {string} tex @param {boolean} displayMode */
export function renderMaths(tex, displayMode) {
  const coloured = colourSymbols(tex);
  return displayMode ? displayed(coloured) : katex.renderToString(coloured, OPTIONS);
}
