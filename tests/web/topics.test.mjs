/** What a later lesson or the studio lets a reader do is linked to where it is spoken of. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readNotebook } from '../../web/build/notebook.js';

const folder = fileURLToPath(new URL('../../notebooks/', import.meta.url));

const TOPICS = {
  '11-what-to-predict': /min-SNR|zero terminal|predicting \$?v\b/i,
  '12-straight-paths': /flow matching|reflow|distillation/i,
  '13-editing': /SDEdit|inpaint|RePaint|super-resolution|\binversion\b/i,
  '14-latents': /\blatents?\b|autoencoder/i,
  '15-text': /cross-attention|text-to-image|ControlNet/i,
};

/** Markdown cells; of the cards a question with its answer. @param {string} slug @returns {string[]} */
function passages(slug) {
  const cells = readNotebook(`${folder}${slug}.ipynb`).filter(({ type }) => type === 'markdown');
  if (slug !== 'cards') return cells.map(({ source }) => source);
  /** @type {string[]} */
  const cards = [];
  for (const { tags, source } of cells)
    if (tags.includes('card') || cards.length === 0) cards.push(source);
    else cards.push(`${cards.pop()}\n${source}`);
  return cards;
}

test('what the last five lessons do is linked where the others speak of it', () => {
  const slugs = readdirSync(folder).flatMap((file) => (file.endsWith('.ipynb') ? [file.slice(0, -6)] : []));
  const spoken = { count: 0 };
  for (const slug of slugs.filter((each) => !Object.hasOwn(TOPICS, each)))
    for (const text of passages(slug))
      for (const [lesson, topic] of Object.entries(TOPICS)) {
        const found = topic.exec(text);
        if (!found) continue;
        spoken.count++;
        assert.ok(
          text.includes(`/${lesson}/)`),
          `${slug}: "${found[0]}" without a link to ${lesson}: ${text.slice(0, 80)}`,
        );
      }
  assert.ok(spoken.count > 15, `${spoken.count} passages`);
});

test('what diffusion is used for says where one can do it', () => {
  const [list] = passages('summary').filter((text) => text.startsWith('## What it is used for'));
  const places = Object.fromEntries(
    list.split('\n').flatMap((line) => {
      const name = /^\* \*\*(.+?)\.\*\*/.exec(line)?.[1];
      const links = [...line.matchAll(/\]\(\.\.\/(?:exercises\/)?([\w-]+)\/\)/g)].map(([, place]) => place);
      return name ? [[name, links]] : [];
    }),
  );
  assert.deepEqual(places, {
    'Pictures from text': ['14-latents', '15-text'],
    'Changing pictures': ['13-editing'],
    'Steering by more than words': ['cards', '15-text'],
    'Shapes in space': [],
    'Sound and moving pictures': ['studio'],
    Science: [],
  });
});
