import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lessonHtml } from '../../web/build/lesson.js';
import { blocks, parseNotebook } from '../../web/build/notebook.js';
import { dueWords, isDue, rate } from '../../web/page/progress/spaced.js';

const DAY = 86_400_000;

test('a card that is known comes back after 1, 3, 7, 16, 35 and 35 days', () => {
  let now = 1e12;
  /** @type {import('../../web/page/progress/spaced.js').State | undefined} */
  let state;
  const days = [];
  for (let i = 0; i < 6; i++) {
    state = rate(state, 'knew', now);
    days.push((state.due - now) / DAY);
    assert.ok(!isDue(state, state.due - 1) && isDue(state, state.due));
    now = state.due;
  }
  assert.deepEqual(days, [1, 3, 7, 16, 35, 35]);
  assert.equal(rate(state, 'partly', now).due - now, DAY);
  assert.equal(rate(state, 'missed', now).due - now, 600_000);
  assert.equal(rate(rate(state, 'missed', now), 'knew', now).due - now, DAY);
});

test('when a card is due, in words', () => {
  assert.equal(dueWords(undefined, 0), 'new');
  for (const [due, words] of /** @type {[number, string][]} */ ([
    [0, 'due now'],
    [600_000, 'due in 10 minutes'],
    [DAY, 'due tomorrow'],
    [3 * DAY, 'due in 3 days'],
  ]))
    assert.equal(dueWords({ box: 0, due }, 0), words);
});

test('a card holds its question outside and its answer inside the fold', () => {
  const cell = (
    /** @type {string} */ id,
    /** @type {string} */ source,
    /** @type {string[]} */ tags = [],
  ) => ({
    cell_type: 'markdown',
    id,
    metadata: { tags },
    source,
  });
  const cells = [
    cell('intro', 'Hello'),
    cell('q', '## Why?', ['card']),
    cell('a', 'So.'),
    cell('r', '## How?', ['card']),
  ];
  const text = JSON.stringify({ nbformat: 4, nbformat_minor: 5, cells });
  const { html, sections } = lessonHtml(blocks(parseNotebook(text)));
  assert.match(
    html,
    /<p>Hello<\/p>\s*<section class="flashcard" id="card-q"[\s\S]*Why\?[\s\S]*<summary>Show the answer[\s\S]*So\.[\s\S]*data-rate="knew"/,
  );
  assert.equal(html.match(/class="flashcard"/g)?.length, 2);
  assert.deepEqual(
    sections.map(({ id }) => id),
    ['why', 'how'],
  );
});
