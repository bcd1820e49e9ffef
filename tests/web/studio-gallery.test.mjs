/** The studio's gallery: its list, what was made of it and its page hold together, and a run of it comes out as it did. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { entries, galleryPage, results, wordsOf } from '../../web/build/gallery.js';
import { escapeHtml } from '../../web/build/highlight.js';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { SHIPPED } from '../../web/kernel/studio/shipped.js';
import { PRESETS, pointsOf } from '../../web/page/play/shapes.js';
import { decodeRun } from '../../web/page/studio/open/link.js';
import { make } from '../golden/make_gallery.mjs';
import { loadCore } from '../notebooks/node-kernel.mjs';

const folder = new URL('../../web/studio/gallery/', import.meta.url);
const list = entries();
const made = results();

test('what was made is of the list, all of it and nothing else', () => {
  assert.ok(list.length >= 12);
  const names = list.map(({ name }) => name);
  assert.deepEqual(Object.keys(made), names);
  const files = names.map((name) => made[name].file);
  assert.deepEqual(readdirSync(folder).sort(), [...files, 'index.html', 'results.json', 'runs.json'].sort());
  for (const name of names) {
    assert.match(made[name].file, new RegExp(`^${name}\\.(svg|png)$`));
    assert.ok(made[name].measures.length > 0 && Number.isFinite(made[name].loss), name);
  }
});

for (const entry of list)
  test(`the link of “${entry.name}” opens its settings and data`, () => {
    const { link, steps } = made[entry.name];
    const { config, data: brought, shipped } = decodeRun(link);
    assert.deepEqual(config, patched(defaults(), { ...entry.run, name: entry.title, data: config.data }));
    assert.equal(config.training.mode, 'exact');
    assert.equal(shipped, entry.set ?? null);
    if (entry.set) assert.ok((PRESETS[entry.set] ?? SHIPPED[entry.set]).title === config.data.name);
    else assert.equal(brought?.values.length, pointsOf(entry.strokes ?? []).length);
    assert.equal(steps % config.training.epochs, 0);
  });

test('the page has each run with its picture, settings and link', () => {
  const html = galleryPage();
  for (const entry of list) {
    const result = made[entry.name];
    const [, item] = html.split(`<li id="${entry.name}">`);
    const own = item.split('Open in the studio</a>')[0];
    assert.ok(own.includes(`href="../${result.link}"`), entry.name);
    assert.ok(own.includes(`<h2>${escapeHtml(entry.title)}</h2>`));
    for (const words of wordsOf(result)) assert.ok(own.includes(escapeHtml(words)), words);
    if (result.file.endsWith('.png')) assert.ok(own.includes(`src="./${result.file}"`));
    else assert.ok(own.includes(readFileSync(new URL(result.file, folder), 'utf8')));
    assert.doesNotMatch(own, /undefined|NaN/);
  }
});

test('made again, the quickest comes out as it is there', async () => {
  const entry = list.find(({ name }) => name === 'heart');
  assert.ok(entry);
  const { result, files } = await make(entry, await loadCore());
  assert.deepEqual(JSON.parse(JSON.stringify(result)), made.heart);
  for (const [name, content] of files) assert.equal(content, readFileSync(new URL(name, folder), 'utf8'));
});
