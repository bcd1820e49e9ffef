import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, secondAttempts } from '../attempts.mjs';

/**
 * A spec as Playwright reports it, with what each of its attempts came to.
 * @param {string} title @param {'expected' | 'unexpected' | 'flaky' | 'skipped'} status @param {(string | null)[]} errors
 */
const spec = (title, status, errors) => ({
  title,
  tests: [
    {
      projectName: 'firefox',
      status,
      results: errors.map((message, retry) => ({ retry, error: message === null ? undefined : { message } })),
    },
  ],
});

const report = /** @type {any} */ ({
  suites: [
    {
      title: 'lab.spec.js',
      specs: [
        spec('at once', 'expected', [null]),
        spec('slow', 'flaky', ['\x1b[31mTimeout 5000 ms\x1b[39m\nCall log: ...', null]),
        spec('never', 'unexpected', ['no', 'no again']),
      ],
      suites: [{ title: 'without a mouse', specs: [spec('by keys', 'flaky', ['Error: lost', null])] }],
    },
    { title: 'share.spec.js', specs: [spec('left out', 'skipped', []), spec('mute', 'flaky', [])] },
  ],
});

test('tests that needed a second attempt are named, with what went wrong at the first', () => {
  assert.deepEqual(secondAttempts(report), [
    { name: 'firefox: lab.spec.js > slow', reason: 'Timeout 5000 ms' },
    { name: 'firefox: lab.spec.js > without a mouse > by keys', reason: 'Error: lost' },
    { name: 'firefox: share.spec.js > mute', reason: 'without a message' },
  ]);
  assert.deepEqual(secondAttempts(/** @type {any} */ ({ suites: [] })), []);
});

test('two second attempts are told, a third fails the run', () => {
  const three = secondAttempts(report);
  assert.deepEqual(judge([]), { lines: [], tooMany: false });
  assert.deepEqual(judge(three.slice(0, 2)), {
    lines: [
      'second attempt: firefox: lab.spec.js > slow: Timeout 5000 ms',
      'second attempt: firefox: lab.spec.js > without a mouse > by keys: Error: lost',
    ],
    tooMany: false,
  });
  const { lines, tooMany } = judge(three);
  assert.equal(tooMany, true);
  assert.equal(lines.length, 4);
  assert.match(lines[3], /^FAILED 3 tests needed a second attempt: at most 2 may$/);
});
