// Do the tests notice? Plants the faults of mutations.mjs one at a time in a copy of the tree and runs the tests that must
// fail. It takes minutes, so that npm test leaves it out.
//
//   node tests/mutate.mjs [--only FILE or FOLDER] [--list]
//
// Exit status 1: a fault survived for which the table gives no reason, or its text no longer stands there once.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { root } from '../web/build/setup.mjs';
import { mutations } from './mutations.mjs';

/** @typedef {import('./mutations.mjs').Mutations} Mutations */

/** Milliseconds beyond which a test counts as failed: a fault may well make a loop endless. */
const testLimit = 300_000;
const buildLimit = 3_600_000;

/** What is copied is what git knows or would take up. */
function copyTree() {
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const copy = mkdtempSync(path.join(root, 'build/mutate-'));
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  for (const file of listed.stdout.toString().split('\0').filter(Boolean))
    if (existsSync(path.join(root, file))) cpSync(path.join(root, file), path.join(copy, file));
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/**
 * @param {string} copy
 * @param {string} command
 * @param {string[]} args
 */
function run(copy, command, args, timeout = testLimit) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    timeout,
    killSignal: 'SIGKILL',
  });
  return { passed: status === 0, output: `${stdout}${stderr}` };
}

const isNode = (/** @type {string} */ test) => test.endsWith('.mjs');

/** The native program that a test is or runs, if there is one. @param {string} test */
const programOf = (test) => (test.startsWith('tests/cli/') ? ['noisebook'] : isNode(test) ? [] : [test]);

/**
 * Builds what the tests need; a fault that does not even compile is none.
 * @param {string} copy
 * @param {string[]} tests
 */
function build(copy, tests) {
  const programs = [...new Set(tests.flatMap(programOf))];
  if (programs.length === 0) return;
  const args = ['--build', 'build/native', '-j', String(availableParallelism()), '--target', ...programs];
  const { passed, output } = run(copy, 'cmake', args, buildLimit);
  if (!passed) throw new Error(`it does not build:\n${output.split('\n').slice(-30).join('\n')}`);
}

/**
 * The first of the tests that fails.
 * @param {string} copy
 * @param {string[]} tests
 */
function firstFailure(copy, tests) {
  return tests.find(
    (test) =>
      !(isNode(test) ? run(copy, process.execPath, [test]) : run(copy, `build/native/${test}`, [])).passed,
  );
}

/**
 * How often a text stands in another.
 * @param {string} text
 * @param {string} part
 */
const occurrences = (text, part) => text.split(part).length - 1;

/**
 * Builds the tests, which must pass before anything is changed: only then can they tell.
 * @param {string} copy
 * @param {Mutations[]} chosen
 */
function prepare(copy, chosen) {
  const tests = [...new Set(chosen.flatMap((each) => each.tests))];
  if (tests.some(isNode)) {
    for (const made of ['build/wasm', 'build/bridge']) {
      const from = path.join(root, made);
      if (!existsSync(from)) throw new Error(`the tests of web/ need ${made}: run ./build-wasm.sh first`);
      cpSync(from, path.join(copy, made), { recursive: true, filter: (file) => !/\/obj$/.test(file) });
    }
  }
  if (tests.some((test) => programOf(test).length > 0)) {
    const { passed, output } = run(copy, 'cmake', ['--preset', 'native']);
    if (!passed) throw new Error(output);
    build(copy, tests);
  }
  const unsound = tests.filter((test) => firstFailure(copy, [test]));
  if (unsound.length > 0) throw new Error(`without a fault fails: ${unsound.join(', ')}`);
}

/**
 * Plants one fault after the other in a file.
 * @param {string} copy
 * @param {Mutations} each
 * @returns {number} how many must be looked at
 */
function tryFile(copy, { file, tests, changes }) {
  const place = path.join(copy, file);
  const whole = existsSync(place) ? readFileSync(place, 'utf8') : '';
  let bad = 0;
  for (const [from, to, survives] of changes) {
    const what = `${file}: ${from} -> ${to || '(nothing)'}`;
    const found = occurrences(whole, from);
    if (found !== 1) {
      console.log(`NO FAULT  ${what}: the text stands there ${found} times, and must once`);
      bad++;
      continue;
    }
    // As a function, so that no $ in it is taken for a pattern.
    writeFileSync(
      place,
      whole.replace(from, () => to),
    );
    try {
      build(copy, tests);
      const noticed = firstFailure(copy, tests);
      if (noticed) console.log(`noticed   ${what} (${noticed})`);
      else console.log(`${survives ? 'survived ' : 'SURVIVED '} ${what}${survives ? `: ${survives}` : ''}`);
      if (!noticed && !survives) bad++;
      if (noticed && survives) {
        console.log(`NOTICED   ${what}: the table says that it survives`);
        bad++;
      }
    } catch (error) {
      console.log(`NO FAULT  ${what}: ${/** @type {Error} */ (error).message}`);
      bad++;
    } finally {
      writeFileSync(place, whole);
    }
  }
  return bad;
}

/** @param {string[]} words the command line */
function main(words) {
  const at = words.indexOf('--only');
  const only = at < 0 ? undefined : words[at + 1];
  const chosen = mutations.filter(({ file }) => only === undefined || file.startsWith(only));
  if (chosen.length === 0) throw new Error(`--only ${only}: the table has no such file`);
  if (words.includes('--list')) {
    for (const { file, tests, changes } of chosen)
      console.log(`${file} (${changes.length}): ${tests.join(', ')}`);
    return 0;
  }
  const copy = copyTree();
  try {
    prepare(copy, chosen);
    const bad = chosen.reduce((sum, each) => sum + tryFile(copy, each), 0);
    const planted = chosen.reduce((sum, { changes }) => sum + changes.length, 0);
    console.log(`${planted} faults, ${bad} to be looked at`);
    return bad > 0 ? 1 : 0;
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  }
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`mutate: error: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
