/** The same in PyTorch: the scripts beside the notebooks, what a page shows of them, and the notebooks of Python made of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { extras, lessons } from '../../web/build/course.js';
import { escapeHtml, highlightPython } from '../../web/build/highlight.js';
import { jupyterNotebook } from '../../web/build/jupyter.js';
import { pythonPanels } from '../../web/build/languages.js';
import { lessonHtml } from '../../web/build/lesson.js';
import { blocks, parseNotebook, readNotebook } from '../../web/build/notebook.js';
import { parseScript, readScript, withPyTorch } from '../../web/build/pytorch.js';

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));
const scripts = readdirSync(`${folder}pytorch`).filter((file) => file.endsWith('.py'));
const names = scripts.map((file) => file.replace('.py', ''));
/** Without what goes on from another. */
const slugs = names.filter((name) => !names.some((other) => name.startsWith(`${other}-`)));

/** @param {object[]} cells of a notebook */
const small = (cells) => parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, cells }));
const raw = (/** @type {string} */ id, /** @type {string[]} */ ...tags) => ({
  cell_type: 'code',
  id,
  metadata: { tags },
  source: 'lab.print(1)',
});

test('a script is cut at its markers', () => {
  const script = parseScript('import torch\n\n# %% a\nx = 1\n\n# %% b-c\ny = x\n# %%%\n');
  assert.equal(script.preamble, 'import torch');
  assert.deepEqual(
    [...script.cells],
    [
      ['a', 'x = 1'],
      ['b-c', 'y = x\n# %%%'],
    ],
  );
  assert.throws(() => parseScript('# %% a\n# %% a\n'), /"# %% a" stands there twice/);
});

test('a marker names a code cell, and the first cell brings the imports', () => {
  const script = parseScript('import torch\n# %% b\nx = 1\n# %% a\ny = 2\n');
  const [a, b] = withPyTorch(small([raw('a'), raw('b')]), script, 'x');
  assert.equal(a.pytorch, 'y = 2');
  assert.equal(b.pytorch, 'import torch\n\nx = 1');
  const prose = { cell_type: 'markdown', id: 'b', metadata: {}, source: '' };
  assert.throws(() => withPyTorch(small([raw('a'), prose]), script, 'x'), /no code cell "b"/);
});

test('only a cell with a counterpart has tabs; what they show comes beside the page', () => {
  const script = parseScript('# %% a\nx = "<b>"  # eps\n');
  const cells = withPyTorch(small([raw('a'), raw('b')]), script, 'x');
  const { html } = lessonHtml(blocks(cells));
  assert.equal(html.match(/role="tablist"/g)?.length, 1);
  const places = ['id="cell-a"', 'role="tablist"', '<pre class="source"', 'data-cell-of="a"', 'id="cell-b"'];
  const found = places.map((text) => html.indexOf(text));
  assert.ok(found[0] >= 0);
  assert.deepEqual(
    found,
    found.toSorted((a, b) => a - b),
  );
  assert.doesNotMatch(html, /&lt;b&gt;/);
  assert.deepEqual(JSON.parse(pythonPanels(cells)), { a: highlightPython('x = "<b>"  # eps') });
});

test('Python is coloured and loses no letter', () => {
  const code =
    '@torch.no_grad()\ndef f(x_0, T=1e-3):\n    """Not "one" word."""\n    return f"{x_0} # no" if x_0 < .5 else None  # yes: in\n';
  const html = highlightPython(code);
  assert.equal(html.replace(/<[^>]+>/g, ''), escapeHtml(code));
  const of = (/** @type {string} */ kind) =>
    [...html.matchAll(new RegExp(`<span class="tok-${kind}">([^]*?)</span>`, 'g'))].map(([, text]) => text);
  assert.deepEqual(of('comment'), ['# yes: in']);
  assert.deepEqual(of('keyword'), ['@torch.no_grad', 'def', 'return', 'if', 'else']);
  assert.deepEqual(of('number'), ['1e-3', '.5', 'None']);
  assert.equal(of('string').length, 2);
  assert.equal(html.match(/class="sym-x0"/g)?.length, 2);
});

test('as Python, a lesson keeps its prose: questions fold their answers, links within the site go', () => {
  const text = (/** @type {string} */ id, /** @type {string} */ source, /** @type {string[]} */ ...tags) => ({
    cell_type: 'markdown',
    id,
    metadata: { tags },
    source,
  });
  const cells = small([
    text('p', 'See [lesson 7](../07-unet/) and [this](https://arxiv.org/abs/1), $x_0$.'),
    text(
      'run',
      '## Do\n\nPress Run and watch. **Pause** holds it. It learns: look at $t$.\n\nMove the slider.\n\nThe first switch says how. The end.',
    ),
    text('q', '**Predict.** Which?\n\n- [ ] one\n- [x] two\n\nBecause.', 'widget'),
    raw('a'),
    raw('figure'),
    text('only', 'The second switch has the other way. It stays in this browser.'),
    raw('another'),
    text('t', '## Do it', 'task'),
    raw('stub', 'task'),
    text('h', 'Try.', 'hint'),
    raw('done', 'solution'),
    raw('c', 'check'),
  ]);
  const script = parseScript('import torch\n# %% a\nx = 1\n# %% done\ny = 2\n');
  const file = JSON.parse(jupyterNotebook({ title: 'T', summary: 'S.' }, cells, script));
  const shown = file.cells.map((/** @type {any} */ cell) => [cell.id, cell.source.join('')]);
  const by = Object.fromEntries(shown);
  assert.deepEqual(Object.keys(by), [
    'lesson-title',
    'lesson-packages',
    'lesson-imports',
    'p',
    'run',
    'q',
    'a',
    'figure',
    't',
    'stub',
    'h',
    'done-text',
    'done',
    'c',
  ]);
  assert.equal(by.p, 'See lesson 7 and [this](https://arxiv.org/abs/1), $x_0$.');
  assert.equal(by.run, '## Do\n\nIt learns: look at $t$.\n\nThe end.');
  assert.match(
    by.q,
    /- one\n- two\n\n<details><summary>Answer<\/summary>\n\n\*\*two\.\*\* Because\.\n\n<\/details>$/,
  );
  assert.match(by['lesson-packages'], /^%pip install .*torch/);
  assert.equal(by.a, 'x = 1');
  assert.equal(by.done, 'y = 2');
  assert.doesNotMatch(JSON.stringify(file), /lab\.print|\[x\]/);
});

test('lessons and companion stand in PyTorch, too', () => {
  const wanted = [...lessons.map(({ slug }) => slug), 'companion'];
  assert.deepEqual(
    wanted.filter((slug) => !slugs.includes(slug)),
    [],
  );
});

for (const slug of slugs) {
  const path = `${folder}${slug}.ipynb`;
  const lesson = [...lessons, ...extras].find((each) => each.slug === slug);

  test(`${slug}: every algorithm and network stands in PyTorch, too`, () => {
    const cells = readNotebook(path);
    const without = cells.filter(({ core, pytorch }) => core.length > 0 && !pytorch);
    // A task's stub has none: that would be its solution, which has.
    const solved = without.filter(({ tags }) => tags.includes('task')).map(({ id }) => `solution-${id}`);
    const tasks = cells.filter(({ id, pytorch }) => solved.includes(id) && pytorch);
    assert.deepEqual([without.length, tasks.length], [solved.length, solved.length]);
  });

  test(`${slug}: the notebook of Python is a sound one`, () => {
    assert.ok(lesson, 'it is in course.js');
    const script = readScript(path);
    const file = JSON.parse(jupyterNotebook(lesson, readNotebook(path), script));
    assert.deepEqual([file.nbformat, file.nbformat_minor], [4, 5]);
    const ids = file.cells.map((/** @type {any} */ { id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'ids are not repeated');
    for (const { id, cell_type, metadata, source, ...rest } of file.cells) {
      assert.match(id, /^[\w-]{1,64}$/);
      assert.deepEqual(metadata, {});
      assert.ok(
        source.every(
          (/** @type {string} */ line, /** @type {number} */ i) =>
            line.endsWith('\n') || i === source.length - 1,
        ),
        id,
      );
      assert.deepEqual(rest, cell_type === 'code' ? { execution_count: null, outputs: [] } : {});
      if (cell_type === 'markdown') assert.doesNotMatch(source.join(''), /\]\((?!https:)|- \[[ x]\]/, id);
    }
    // In the script's order, so that what runs there runs here.
    const code = ids.filter((/** @type {string} */ id) => script.cells.has(id));
    assert.deepEqual(code, [...script.cells.keys()]);
  });
}

const python = spawnSync('python3', ['--version']).status === 0;
test('the scripts are Python', { skip: !python && 'python3 is not installed' }, () => {
  const compile = 'import sys\nfor f in sys.argv[1:]: compile(open(f, encoding="utf-8").read(), f, "exec")';
  const files = scripts.map((file) => `${folder}pytorch/${file}`);
  const { status, stderr } = spawnSync('python3', ['-c', compile, ...files], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
