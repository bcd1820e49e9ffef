// Cells in a kernel of their own, for the tests of lab.

import assert from 'node:assert/strict';
import { createKernel, loadCore } from '../notebooks/node-kernel.mjs';

/** @typedef {NonNullable<Parameters<typeof createKernel>[0]>} Parts */

/**
 * Runs cells in a new kernel; an error in one of them fails the test.
 * @param {Parts} parts @param {...string} sources
 */
export async function runCells(parts, ...sources) {
  const { kernel, messages } = await createKernel(parts);
  for (const [i, source] of sources.entries()) {
    const error = await kernel.run(`c${i}`, source);
    assert.equal(error, null, error?.message);
  }
  return { kernel, messages, scope: kernel.evaluator.scope };
}

/** The last cell must fail, in words that match. @param {Parts} parts @param {RegExp} pattern @param {...string} sources */
export async function cellFails(parts, pattern, ...sources) {
  const last = /** @type {string} */ (sources.pop());
  const { kernel } = await runCells(parts, ...sources);
  const error = await kernel.run('last', last);
  assert.ok(error, `no error from ${last}`);
  assert.match(error.message, pattern);
}

/** @type {ReturnType<typeof loadCore> | undefined} */
let core;

/** What the page is sent for a cell, in a kernel of its own: its error, and the props of what it shows. @param {string} source */
export async function sent(source) {
  core ??= loadCore();
  const { kernel, messages } = await createKernel({ core: await core });
  const error = await kernel.run('c', source);
  return {
    error: error?.message ?? '',
    shown: messages.flatMap((m) => (m.type === 'show' ? [m.props] : [])),
    updates: messages.flatMap((m) => (m.type === 'update' ? [m.props] : [])),
  };
}

const limit = 20_000;

/**
 * Waits until something holds, however slow the machine; what never holds fails the test.
 * @param {() => unknown} condition
 */
export async function until(condition) {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) assert.fail(`it never came to ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/**
 * What a promise gives; one that is never settled fails the test.
 * @template T @param {Promise<T>} promise @returns {Promise<T>}
 */
export async function inTime(promise) {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await until(() => settled);
  return promise;
}
