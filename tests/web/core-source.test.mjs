import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreHtml, findFunctions } from '../../web/build/core.js';
import { highlightC } from '../../web/build/highlight.js';
import { parseNotebook } from '../../web/build/notebook.js';

const file = `/* head.c - the head. */
#include "head.h"

static int one(void);

/* Adds
 * one. */
static int add_one(int x,
                   int y)
{
    if (x) {
        return y;
    }
    return x + 1;
}

int one(void) { return add_one(0, 0); }

double *pointed(int n)
{
    return 0;
}
`;
const equation = 'x_t';
const cell = { id: 'a', type: /** @type {const} */ ('code'), tags: [], source: '', numbers: {}, equation };

test('a function of the core is found with its comment', () => {
  const added = findFunctions(file, ['add_one']) ?? '';
  assert.match(added, /^\/\* Adds\n \* one\. \*\/\nstatic int add_one\(int x,\n[\s\S]*return x \+ 1;\n\}$/);
  assert.equal(
    findFunctions(file, ['one']),
    '/* head.c - the head. */\nint one(void) { return add_one(0, 0); }',
  );
  assert.match(
    findFunctions(file, ['pointed']) ?? '',
    /head\.c[\s\S]*double \*pointed\(int n\)\n\{\n {4}return 0;\n\}$/,
  );
  assert.equal(findFunctions(file, ['add']), null);
});

test('functions of one file stand together, after one opening comment', () => {
  const two = findFunctions(file, ['one', 'pointed']) ?? '';
  assert.match(two, /^\/\* head\.c - the head\. \*\/\nint one\(void\) \{.*\}\n\ndouble \*pointed\(int n\)\n/);
  assert.equal(two.split('head.c').length, 2);
  assert.match(findFunctions(file, ['add_one', 'one']) ?? '', /^\/\* head\.c - the head\. \*\/\n\/\* Adds\n/);
  assert.equal(findFunctions(file, ['one', 'two']), null);
});

test('a cell shows the C that it names, and names nothing that is not there', () => {
  const html = coreHtml({ ...cell, core: ['diffusion/ddpm.c#update'] });
  assert.match(html, /The same in C/);
  assert.match(html, /DDPM algorithm 2/);
  assert.match(html, /katex-display/);
  assert.equal(coreHtml({ ...cell, core: [] }), '');
  for (const core of ['diffusion/ddpm.c', 'diffusion/none.c#f', 'diffusion/ddpm.c#f'])
    assert.throws(() => coreHtml({ ...cell, core: [core] }), /core "diffusion/);
  const raw = { cell_type: 'code', id: 'a', metadata: { core: 'diffusion/loss.c#nb_mse' }, source: '' };
  const notebook = JSON.stringify({ nbformat: 4, nbformat_minor: 5, cells: [raw] });
  assert.throws(() => parseNotebook(notebook), /core without its equation/);
});

test('C is coloured, and stays what it was', () => {
  const code = 'const float a = 1.5F; /* if < */ s->eps[i] = "x\\"";';
  const html = highlightC(code);
  assert.match(
    html,
    /tok-keyword">const<.*tok-number">1\.5F<.*tok-comment">\/\* if &lt; \*\/<.*sym-eps">eps</,
  );
  /** @type {Record<string, string>} */
  const entities = { lt: '<', gt: '>', quot: '"', amp: '&' };
  const text = html.replace(/<[^>]*>/g, '').replace(/&(\w+);/g, (_, name) => entities[name]);
  assert.equal(text, code);
});
