/** The parts of the toolchain below build/: one that was stopped halfway, or damaged since, is made again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { root } from '../../web/build/setup.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'noisebook tools-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (/** @type {string} */ name) => path.join(folder, 'tools', name);
const makes = () => readFileSync(path.join(folder, 'made'), 'utf8').length;

/**
 * Runs a script that has emscripten.sh's functions, and a maker for the part `tools`; it counts how often it is called.
 * @param {string} script
 */
function bash(script) {
  const prelude = `set -euo pipefail
    TOOLCHAIN=$1 IGNORE_INSTALLED=
    say() { echo "$*"; }
    die() { echo "$*" >&2; exit 1; }
    source web/build/emscripten.sh
    maker() {
      printf . >>"$TOOLCHAIN/made"
      mkdir -p "$1/bin dir"
      echo "$2" >"$1/bin dir/clang"
      [ -z "\${KILLED:-}" ] || kill -KILL $$
      echo library >"$1/lib.so"
    }`;
  const { status, signal, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `${prelude}\n${script}`, 'bash', folder],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return { status, signal, text: stdout + stderr };
}

const makePart = () => bash('part tools maker compiler');

test('a part is made once, and has all that its maker made', () => {
  assert.deepEqual(makePart(), { status: 0, signal: null, text: '' });
  assert.deepEqual(makePart(), { status: 0, signal: null, text: '' });
  assert.equal(makes(), 1);
  assert.equal(readFileSync(file('bin dir/clang'), 'utf8'), 'compiler\n');
});

test('a set-up that is killed leaves no part, and the next one makes it', () => {
  assert.equal(bash('KILLED=1 part tools maker compiler').signal, 'SIGKILL');
  assert.ok(!existsSync(path.join(folder, 'tools')));
  assert.equal(makePart().status, 0);
  assert.equal(readFileSync(file('lib.so'), 'utf8'), 'library\n');
});

for (const [what, damage] of /** @type {[string, () => void][]} */ ([
  ['cut short', () => truncateSync(file('lib.so'), 3)],
  ['gone', () => rmSync(file('bin dir/clang'))],
  ['too many', () => writeFileSync(file('stray'), '')],
  ['without its list', () => rmSync(file('.sizes'))],
])) {
  test(`a part with a file ${what} is made again, and that is said`, () => {
    makePart();
    damage();
    const { status, text } = makePart();
    assert.deepEqual([status, text], [0, 'build/toolchain/tools is not whole: making it again\n']);
    assert.equal(makes(), 2);
    assert.equal(readFileSync(file('lib.so'), 'utf8'), 'library\n');
    assert.equal(readFileSync(file('bin dir/clang'), 'utf8'), 'compiler\n');
    assert.ok(!existsSync(file('stray')));
  });
}

test('other bytes of the same size are found after a failed build; a whole toolchain is left alone', () => {
  makePart();
  assert.deepEqual(bash('remove_damaged'), { status: 1, signal: null, text: '' });
  writeFileSync(file('lib.so'), 'LIBRARY\n');
  const { status, text } = bash('remove_damaged');
  assert.equal(status, 0);
  assert.match(text, /^damaged in build\/toolchain\/tools: \.\/lib\.so: FAILED\n/);
  makePart();
  assert.equal(readFileSync(file('lib.so'), 'utf8'), 'library\n');
});

test("Python's compiled files are no damage", () => {
  makePart();
  spawnSync('mkdir', [file('__pycache__')]);
  appendFileSync(path.join(file('__pycache__'), 'a.pyc'), 'x');
  makePart();
  assert.equal(makes(), 1);
});
