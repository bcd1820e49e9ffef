import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classesIn, formulas, selectorsOf } from '../../web/build/fonts.js';
import { renderInline } from '../../web/build/markdown.js';

test('what formulas show is told from the words around them, and from what stands behind them', () => {
  const html = renderInline('Zebras: $\\bar\\alpha_t \\le \\sqrt{q}$, quietly; then $\\beta = 1$.');
  const letters = new Set(formulas(html));
  for (const letter of 'ˉαt≤qβ=1') assert.ok(letters.has(letter), letter);
  // Neither the words, nor MathML's names of things, nor TeX.
  for (const letter of 'Zubyln\\') assert.ok(!letters.has(letter), letter);
});

test("of KaTeX's rules those stay whose classes some formula has", () => {
  const classes = classesIn(renderInline('$\\sqrt{\\hat x}$'));
  const selectors = [
    '.katex .sqrt > .katex-root',
    '.katex .sqrt > .vlist-t',
    '.katex .mtable > .vlist-t',
    '.katex .accent-body:not(.accent-full)',
  ];
  assert.deepEqual(selectorsOf(selectors, classes), [selectors[1], selectors[3]]);
});
