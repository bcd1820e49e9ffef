/** The figure that a page opens with runs by itself: it may change nothing for the cells that the reader runs. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lessonHtml } from '../../web/build/lesson.js';
import { blocks, parseNotebook, readNotebook } from '../../web/build/notebook.js';
import { createKernel } from '../notebooks/node-kernel.mjs';

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));
const opened = readdirSync(folder)
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => ({ file, cell: readNotebook(`${folder}${file}`)[0] }))
  .filter(({ cell }) => cell.tags.includes('first'));

/** What the next cell would draw, from both of the shared generators, and the names it would see. */
const state = 'lab.print(lab.randn([4]).data, lab.np.randn([4]).data)';

/** @param {string[]} sources */
async function after(...sources) {
  const { kernel, messages } = await createKernel();
  for (const [i, source] of sources.entries())
    assert.equal(await kernel.run(`cell-${i}`, source), null, `cell ${i}`);
  const text = messages
    .flatMap((m) => (m.type === 'update' && 'text' in m.props ? [m.props.text] : []))
    .at(-1);
  return { text, names: Object.keys(kernel.evaluator.scope), messages };
}

test('pages open with a figure', () => assert.ok(opened.length >= 5, `${opened.length} of them`));

for (const { file, cell } of opened)
  test(`${file}: its first figure shows something, draws from no shared generator and leaves no names`, async () => {
    const without = await after(state);
    const { text, names, messages } = await after(cell.source, state);
    assert.ok(without.text?.length > 20);
    assert.equal(text, without.text);
    assert.deepEqual(names, without.names);
    const kinds = messages.flatMap((m) => (m.type === 'show' ? [m.kind] : []));
    assert.ok(
      kinds.some((kind) => !['text', 'table', 'error', 'file'].includes(kind)),
      `it shows ${kinds}`,
    );
  });

/** @param {string} source @param {object[]} [before] */
const made = (source, before = []) =>
  lessonHtml(
    blocks(
      parseNotebook(
        JSON.stringify({
          nbformat: 4,
          nbformat_minor: 5,
          cells: [
            ...before,
            { cell_type: 'code', id: 'a', metadata: { tags: ['first'] }, source: [source] },
            { cell_type: 'markdown', id: 'b', metadata: {}, source: ['## Words'] },
          ],
        }),
      ),
    ),
  );

test('the first figure stands apart from the article; one that declares names, or comes later, is refused', () => {
  const { opening, html } = made('{ const a = 1; lab.print(a); }');
  assert.match(opening, /class="cell first".*<details class="fold">/s);
  assert.doesNotMatch(html, /class="cell/);
  assert.throws(() => made('const a = 1;'), /declares nothing for others: a/);
  const prose = { cell_type: 'markdown', id: 'c', metadata: {}, source: ['## Words'] };
  assert.throws(() => made('1', [prose]), /only code that a notebook begins with/);
});
