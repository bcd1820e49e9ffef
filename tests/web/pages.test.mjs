import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { extras, lessons } from '../../web/build/course.js';
import { highlight } from '../../web/build/highlight.js';
import { lessonHtml } from '../../web/build/lesson.js';
import { renderMarkdown } from '../../web/build/markdown.js';
import { breakable, colourSymbols } from '../../web/build/maths.js';
import { modelsOf } from '../../web/build/models.js';
import { blocks, parseNotebook } from '../../web/build/notebook.js';
import { prepare } from '../../web/build/prepare.js';
import { lessonPage, startPage } from '../../web/build/shell.js';
import { rewrite } from '../../web/kernel/rewrite.js';

const folder = new URL('../../notebooks/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.ipynb'));

/** @param {Partial<import('../../web/build/notebook.js').Cell>[]} cells */
const notebook = (cells) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: cells.map(({ id, type, tags, source }) => ({
      cell_type: type,
      id,
      metadata: { tags },
      source: [source],
    })),
  });

for (const file of files)
  test(`${file}: the build prepares cells as the kernel would`, () => {
    const cells = parseNotebook(readFileSync(new URL(file, folder), 'utf8'));
    const prepared = prepare(cells);
    const scope = new Set(['lab']);
    for (const { id, type, tags, source } of cells) {
      if (type !== 'code' || tags.includes('solution')) continue;
      const now = rewrite(source, (name) => !scope.has(name) && name in globalThis);
      assert.deepEqual(prepared.get(id), now, `cell ${id}`);
      for (const name of now.names) scope.add(name);
    }
  });

const task = [
  { id: 'text', type: /** @type {const} */ ('markdown'), tags: ['task'], source: '## Do it' },
  { id: 'stub', type: /** @type {const} */ ('code'), tags: ['task'], source: 'const a = 0;' },
  { id: 'hint', type: /** @type {const} */ ('markdown'), tags: ['hint'], source: 'Think.' },
  { id: 'solved', type: /** @type {const} */ ('code'), tags: ['solution'], source: 'const a = 1;' },
  { id: 'test', type: /** @type {const} */ ('code'), tags: ['check'], source: 'lab.check("a", a === 1)' },
];

test('an aside shows its first line, and the rest behind that', () => {
  const text = notebook([{ id: 'a', type: 'markdown', tags: ['aside'], source: 'Why $x$?\n\nBecause.' }]);
  const { html } = lessonHtml(blocks(parseNotebook(text)));
  assert.match(
    html,
    /^<details class="aside"><summary>Why .*katex.*<\/summary><p>Because\.<\/p>\s*<\/details>$/s,
  );
});

test('maths between dollars, money left alone', () => {
  assert.match(renderMarkdown('a $x^2$ b'), /class="katex"/);
  assert.match(renderMarkdown('$$\nx^2\n$$'), /class="equation".*katex-display/s);
  assert.match(renderMarkdown('text\n$$ x $$\nmore'), /katex-display/);
  for (const text of ['from $5 to $6', 'a $ b $ c', 'only $one', '\\$x\\$'])
    assert.doesNotMatch(renderMarkdown(text), /katex/, text);
  assert.match(renderMarkdown('so $x$.'), /<\/span>\.<\/span>/);
  assert.throws(() => renderMarkdown('$\\nonsense$'), /nonsense/);
});

test('a formula breaks before relations and signs outside of brackets, and at wide spaces first', () => {
  /** What follows each place for a new line. @param {string} tex */
  const breaks = (tex) =>
    [...breakable(tex).matchAll(/\\allowbreak\s*(\\?[^\s\\]+)/g)].map(([, next]) => next);
  assert.deepEqual(breaks('x_0 = a + b \\le c'), ['=', '+', '\\le']);
  assert.deepEqual(breaks('-a = -\\big(b - c\\big)^2'), ['=']);
  assert.deepEqual(breaks('y = \\left[ a - b \\right] - f(c \\mid d)'), ['=', '-']);
  assert.deepEqual(breaks('\\epsilon(a,\\; b)'), ['\\;']);
  const html = renderMarkdown('$$ a = b, \\qquad c = d $$');
  assert.equal(html.match(/<math /g)?.length, 1);
  assert.match(html, /katex-display.*<math .*katex-display/s);
});

test('symbols are coloured alike in formula and code', () => {
  const tex = colourSymbols('x_t = \\sqrt{\\bar\\alpha_t} x_0 + \\epsilon_\\theta(x_{t-1})');
  for (const name of ['xt', 'abar', 'x0', 'eps']) assert.match(tex, new RegExp(`htmlClass\\{sym-${name}\\}`));
  assert.match(highlight('const x_t = eps;'), /sym-xt.*sym-eps/);
  assert.match(
    highlight('a < "b" && c'),
    /a &lt; <span class="tok-string">&quot;b&quot;<\/span> &amp;&amp; c/,
  );
});

test('HTML in prose stays text', () => {
  assert.match(renderMarkdown('<script>alert(1)</script>'), /&lt;script&gt;/);
});

test('a notebook with a fault is refused', () => {
  const cell = { id: 'a', type: /** @type {const} */ ('markdown'), tags: [], source: '' };
  assert.throws(() => parseNotebook(notebook([cell, cell])), /twice/);
  assert.throws(() => parseNotebook(notebook([{ ...cell, id: 'A b' }])), /id must/);
  assert.throws(() => parseNotebook(notebook([{ ...cell, tags: ['other'] }])), /unknown tag/);
  assert.throws(() => blocks(parseNotebook(notebook(task.slice(0, 3)))), /has no check/);
});

test('a task becomes prose, stub, hint, solution and check', () => {
  const [block] = blocks(parseNotebook(notebook(task)));
  assert.equal(block.kind, 'task');
  const { html, sections } = lessonHtml([block]);
  assert.deepEqual(sections, [{ id: 'do-it', title: 'Do it' }]);
  assert.match(html, /<details class="solution" data-for="stub">/);
  assert.equal(html.match(/data-status="idle"/g)?.length, 2, 'stub and check run, the solution does not');
});

for (const file of files)
  test(`${file} is a sound lesson`, () => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const slug = file.replace('.ipynb', '');
    const isLesson = lessons.some((lesson) => lesson.slug === slug);
    assert.ok(isLesson || extras.some((extra) => extra.slug === slug), 'it is in course.js');
    const cells = parseNotebook(text);
    const list = blocks(cells);
    const count = (/** @type {string} */ kind) => list.filter((block) => block.kind === kind).length;
    if (isLesson) {
      assert.ok(count('predict') >= 2, 'two questions at least');
      assert.ok(count('task') >= 1, 'a task');
    }
    for (const { id, type, source } of cells)
      if (type === 'code') assert.doesNotMatch(source, /\b(document|window|fetch|import)\b/, `cell ${id}`);
    const html = lessonPage(slug, { ...lessonHtml(list), models: modelsOf(cells) }, new Set([slug]));
    // A link that the reader may follow asks for nothing by itself.
    const loaded = html.replace(/<a href="https:\/\/[^"]*">/g, '');
    assert.doesNotMatch(loaded, /https?:\/\/(?!www\.w3\.org)/, 'nothing from elsewhere');
  });

test('the start page lists all lessons and links the open ones', () => {
  const html = startPage(new Set(['05-training']));
  for (const { title } of lessons) assert.ok(html.includes(title), title);
  assert.equal(html.match(/class="card" href="exercises\//g)?.length, 1);
});
