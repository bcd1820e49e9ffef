import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
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

beforeEach(() => {
  /** @type {any} */ (globalThis).localStorage = new FakeStorage();
});

test('a lesson is finished when all its checks have passed', () => {
  notePassed('01-noise', 'check-a', undefined, 2);
  notePassed('01-noise', 'check-a', undefined, 2);
  assert.ok(!isFinished(progressOf('01-noise')));
  notePassed('01-noise', 'check-b', 'stub', 2);
  assert.ok(isFinished(progressOf('01-noise')));
  assert.deepEqual(summary(), { finished: 1, tasks: 1, checks: 2 });
});

test('exported, reset, imported: the same again; edits stay', () => {
  notePassed('01-noise', 'check-a', 'stub', 1);
  localStorage.setItem('edit:01-noise:cell', 'x');
  localStorage.setItem('theme', 'dark');
  const file = exportProgress();
  assert.doesNotMatch(file, /theme/);
  resetProgress();
  assert.deepEqual(summary(), { finished: 0, tasks: 0, checks: 0 });
  assert.equal(localStorage.getItem('edit:01-noise:cell'), 'x');
  assert.equal(importProgress(file), 2);
  assert.deepEqual(summary(), { finished: 1, tasks: 1, checks: 1 });
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
  ]) {
    assert.throws(() => importProgress(text), /Nothing was changed/, text);
    assert.deepEqual(Object.keys(localStorage), []);
  }
});

test('what is broken in the storage counts as nothing', () => {
  localStorage.setItem('progress:01-noise', '{"checks": "all"}');
  assert.deepEqual(progressOf('01-noise'), { checks: [], tasks: [], of: 0 });
});
