import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formulas } from '../../web/build/fonts.js';
import { renderInline } from '../../web/build/markdown.js';

test('what formulas show is told from the words around them, and from what stands behind them', () => {
  const html = renderInline('Zebras: $\\bar\\alpha_t \\le \\sqrt{q}$, quietly; then $\\beta = 1$.');
  const letters = new Set(formulas(html));
  for (const letter of 'ˉαt≤qβ=1') assert.ok(letters.has(letter), letter);
  // Neither the words, nor MathML's names of things, nor TeX.
  for (const letter of 'Zubyln\\') assert.ok(!letters.has(letter), letter);
});
