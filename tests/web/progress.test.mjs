import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { countDue } from '../../web/page/progress/cards.js';
import {
  exportProgress,
  importProgress,
  isFinished,
  notePassed,
  progressOf,
  resetProgress,
  summary,
} from '../../web/page/progress/progress.js';

/** As a browser keeps it: its keys are its own properties. */
class FakeStorage {
  /** @param {string} key */
  getItem(key) {
    return /** @type {any} */ (this)[key] ?? null;
  }
  /** @param {string} key @param {string} value */
  setItem(key, value) {
    /** @type {any} */ (this)[key] = value;
  }
  /** @param {string} key */
  removeItem(key) {
    delete (/** @type {any} */ (this)[key]);
  }
}

/** Before the keys of a site whose start page is the origin's root. */
const HERE = 'noisebook / ';

beforeEach(() => {
  /** @type {any} */ (globalThis).localStorage = new FakeStorage();
});

test('a lesson is finished when the checks of all its tasks have passed; others do not count', () => {
  const old = { checks: ['check-lesson'], tasks: [], of: 3 };
  localStorage.setItem(`${HERE}progress:01-noise`, JSON.stringify(old));
  notePassed('01-noise', 'check-a', 'other', ['check-a', 'check-b']);
  notePassed('01-noise', 'check-a', 'other', ['check-a', 'check-b']);
  assert.ok(!isFinished(progressOf('01-noise')));
  notePassed('01-noise', 'check-b', 'stub', ['check-a', 'check-b']);
  assert.ok(isFinished(progressOf('01-noise')));
  assert.deepEqual(summary(), { finished: 1, tasks: 2 });
});

test('exported, reset, imported: the same again; edits stay', () => {
  notePassed('01-noise', 'check-a', 'stub', ['check-a']);
  localStorage.setItem(`${HERE}edit:01-noise:cell`, 'x');
  localStorage.setItem('theme', 'dark');
  const file = exportProgress();
  assert.doesNotMatch(file, /theme/);
  resetProgress();
  assert.deepEqual(summary(), { finished: 0, tasks: 0 });
  assert.equal(localStorage.getItem(`${HERE}edit:01-noise:cell`), 'x');
  assert.deepEqual(importProgress(file), { items: 2, edits: 0 });
  assert.deepEqual(summary(), { finished: 1, tasks: 1 });
});

test('a file with a fault changes nothing', () => {
  const file = (/** @type {any} */ items) => JSON.stringify({ format: 'noisebook progress 1', items });
  const good = ['progress:a', JSON.stringify({ checks: [], tasks: [], of: 1 })];
  for (const text of [
    '',
    '[]',
    '{"items": {}}',
    file({ [good[0]]: good[1], theme: 'dark' }),
    file({ [good[0]]: good[1], 'progress:b': '{"checks": 3}' }),
    file({ [good[0]]: 3 }),
    file({ [good[0]]: good[1], cards: 'null' }),
    file({ cards: '[]' }),
    file({ cards: '{"a": {"box": -1, "due": 0}}' }),
    file({ 'origin:a:b': 'x' }),
    file({ 'imported:a:b': 'x' }),
  ]) {
    assert.throws(() => importProgress(text), /Nothing was changed/, text);
    assert.deepEqual(Object.keys(localStorage), []);
  }
});

test('what is broken in the storage counts as nothing', () => {
  for (const text of [
    '{"checks": "all"}',
    'null',
    '[]',
    '{"checks": [3], "tasks": [], "of": 1}',
    '{"checks": [], "tasks": [], "of": -1}',
  ]) {
    localStorage.setItem(`${HERE}progress:01-noise`, text);
    assert.deepEqual(progressOf('01-noise'), { checks: [], tasks: [], of: 0 }, text);
  }
  for (const text of [
    'null',
    '3',
    '[]',
    '{"a": null}',
    '{"a": {"box": "x", "due": 1}}',
    '{"a": {"box": 1}}',
  ]) {
    localStorage.setItem(`${HERE}cards`, text);
    assert.equal(countDue(), 0, text);
  }
  localStorage.setItem(`${HERE}cards`, '{"a": {"box": 1, "due": 1}}');
  assert.equal(countDue(), 1);
});

test('an imported edit waits for its lesson to show it; what is here already is none', () => {
  localStorage.setItem(`${HERE}edit:01-noise:a`, 'same');
  const items = { 'edit:01-noise:a': 'same', 'edit:01-noise:b': 'fetch()' };
  const text = JSON.stringify({ format: 'noisebook progress 1', items });
  assert.deepEqual(importProgress(text), { items: 2, edits: 1 });
  assert.equal(localStorage.getItem(`${HERE}edit:01-noise:b`), null);
  assert.equal(localStorage.getItem(`${HERE}imported:01-noise:b`), 'fetch()');
  assert.doesNotMatch(exportProgress(), /fetch/);
});
