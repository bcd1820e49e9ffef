// What the test groups in run.mjs are made of: commands with a log and a time limit, and counts.

import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { root } from '../web/build/setup.mjs';

export const logs = path.join(root, 'build/test-logs');
export const cores = String(availableParallelism());
const minutes = 60_000;

// ---- Running commands ------------------------------------------------------------------------------------

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Ends the commands that still run, with all that they started. */
function endAll() {
  for (const { pid } of running) {
    try {
      if (pid) process.kill(-pid, 'SIGKILL');
    } catch {
      // it has just ended by itself
    }
  }
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    endAll();
    process.exit(130);
  });
}

/** @typedef {{status: number, stdout: string, output: string}} Result output has stdout and stderr */

/**
 * Runs a command in the repository's root and appends what it prints to the group's log.
 * @param {Group} group
 * @param {string} command
 * @param {string[]} args
 * @param {{env?: Record<string, string>, limit?: number}} [options] limit: milliseconds until it is ended
 * @returns {Promise<Result>}
 */
export function run(group, command, args, { env = {}, limit = 30 * minutes } = {}) {
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const all = [];
    /** @type {Buffer[]} */
    const out = [];
    // A process group of its own, so that a time limit ends grandchildren too.
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, detached: true });
    running.add(child);
    const timer = setTimeout(() => {
      all.push(Buffer.from(`\n${command} was ended after ${limit / minutes} minutes\n`));
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    }, limit);
    child.stdin.end();
    child.stdout.on('data', (chunk) => all.push(chunk) && out.push(chunk));
    child.stderr.on('data', (chunk) => all.push(chunk));
    child.on('error', (error) => all.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      const output = Buffer.concat(all).toString();
      appendFileSync(group.log, `$ ${command} ${args.join(' ')}\n${output}\n`);
      resolve({ status: code ?? 1, stdout: Buffer.concat(out).toString(), output });
    });
  });
}

/** What one group found. */
export class Group {
  passed = 0;
  failed = 0;
  skipped = 0;
  /** @type {string[]} */
  lines = [];
  /** Tests of pages that needed a second one. @type {import('./attempts.mjs').Attempt[]} */
  attempts = [];

  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.log = path.join(logs, `${name}.log`);
    writeFileSync(this.log, '');
  }

  /**
   * Counts one check that a command's exit status decides; what it printed is shown if it failed.
   * @param {string} what
   * @param {Result} result
   * @returns {boolean}
   */
  check(what, { status, output }) {
    if (status === 0) this.passed++;
    else this.fail(`${what} failed (exit status ${status})`, output);
    return status === 0;
  }

  /**
   * Counts a failure.
   * @param {string} text
   * @param {string} [output] the end of it is shown
   */
  fail(text, output = '') {
    this.failed++;
    this.lines.push(`FAILED ${text}`);
    if (output) this.lines.push(...output.trimEnd().split('\n').slice(-60));
  }

  /**
   * Counts what a tool that is missing here leaves untested; in CI that is a failure.
   * @param {string} text
   */
  skip(text) {
    if (process.env.CI) return this.fail(`${text} (in CI no tool may be missing)`);
    this.skipped++;
    this.lines.push(`skipped: ${text}`);
  }

  /**
   * Counts tests that skipped themselves.
   * @param {number} count
   */
  skippedThemselves(count) {
    this.skipped += count;
    if (count > 0) this.lines.push(`${count} skipped themselves`);
  }

  /**
   * Counts the `N passed, N failed` that a test program printed last, and a failure only its status tells.
   * @param {string} what
   * @param {Result} result
   */
  tally(what, result) {
    const [last] = [...result.output.matchAll(/(\d+) passed, (\d+) failed/g)].slice(-1);
    if (!last) return void this.check(what, result);
    this.passed += Number(last[1]);
    this.failed += Number(last[2]);
    if (Number(last[2]) > 0)
      this.lines.push(`FAILED ${what}`, ...result.output.trimEnd().split('\n').slice(-60));
    else if (result.status !== 0) this.fail(`${what} failed (exit status ${result.status})`, result.output);
  }
}

/**
 * Calls tasks with at most `cores` of them under way.
 * @param {(() => Promise<void>)[]} tasks
 */
export async function inParallel(tasks) {
  const left = [...tasks];
  const worker = async () => {
    for (let task = left.shift(); task; task = left.shift()) await task();
  };
  await Promise.all(Array.from({ length: Number(cores) }, worker));
}

/**
 * A preparation that several groups share: made once, by whoever needs it first.
 * @template T
 * @param {(group: Group) => Promise<T>} make
 * @returns {(group: Group) => Promise<T>}
 */
export function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return (group) => {
    made ??= make(group);
    return made;
  };
}
