// How src/ is built: includes point one way, no files call one another in a circle, the library neither prints nor exits, nothing grows too long (nor do
// the C tests and the native benchmark).
//
//   node tests/c/structure.mjs     prints what is wrong and `N passed, M failed`; exit status 1 if anything is

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { circles, hiddenVariables, without, withoutComments } from './code.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * From the bottom up: a folder includes itself, its own level and what is below. As CONTRIBUTING tells it.
 * @returns {string[][]}
 */
function readLevels() {
  const text = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').replace(/\s+/g, ' ');
  const [, line = ''] = /Includes point one way: ([^;]+);/.exec(text) ?? [];
  return line
    .split('->')
    .map((level) => level.split(',').map((folder) => folder.trim()))
    .reverse();
}
const levels = readLevels();
/** The same within cli; what lies in cli itself (message.h) is below them all, but for main.c, above. */
const cliRooms = ['files', 'options', 'session', 'figures', 'exercises', 'commands'];
const mostLines = 500;
const mostHeaderLines = 1000; // noisebook.h: a list of declarations with their documentation, in one place
const mostFunctionLines = 60;

/** @typedef {{name: string, text: string}} Source name: below src */

/** @param {string} folder @returns {number} */
const levelOf = (folder) => levels.findIndex((level) => level.includes(folder));

/** @param {Source} source */
const folderOf = ({ name }) => (name.includes('/') ? name.split('/')[0] : '');

/** @param {Source} source @returns {string[]} */
function wrongIncludes(source) {
  const folder = folderOf(source);
  const wrong = [];
  for (const [, target] of source.text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/gm)) {
    if (target === 'noisebook.h') continue;
    const other = target.split('/')[0];
    if (folder === '') wrong.push(`${source.name} includes ${target}: the public header stands alone`);
    else if (!target.includes('/')) wrong.push(`${source.name} includes ${target} without its folder`);
    else if (target.includes('..')) wrong.push(`${source.name} includes ${target} through ..`);
    else if (levelOf(other) < 0) wrong.push(`${source.name} includes ${target}: no folder of the design`);
    else if (levelOf(other) > levelOf(folder))
      wrong.push(`${source.name} includes ${target}, which lies above it`);
    else if (levelOf(other) === levelOf(folder) && other !== folder && ['cli', 'api'].includes(other))
      wrong.push(`${source.name} includes ${target}: cli and api do not know each other`);
  }
  return wrong;
}

/** @param {string} name of a source or header in cli @returns {number} */
function cliRoomOf(name) {
  const [, room, file] = name.split('/');
  return file === undefined ? (room === 'main.c' ? cliRooms.length : -1) : cliRooms.indexOf(room);
}

/** @param {Source} source @returns {string[]} */
function wrongRooms(source) {
  if (folderOf(source) !== 'cli') return [];
  const includes = [...source.text.matchAll(/^[ \t]*#[ \t]*include[ \t]+"(cli\/[^"]+)"/gm)];
  return includes
    .filter(([, target]) => cliRoomOf(target) > cliRoomOf(source.name))
    .map(([, target]) => `${source.name} includes ${target}, which lies above it`);
}

/** @param {Source} source @returns {string[]} */
function wrongFolder(source) {
  const folder = folderOf(source);
  const room = folder !== 'cli' || !/^cli\/.*\//.test(source.name) || cliRoomOf(source.name) >= 0;
  const known = folder ? levelOf(folder) >= 0 && room : source.name === 'noisebook.h';
  return known ? [] : [`${source.name}: no place for it in the design`];
}

/**
 * Outside cli nothing prints or ends the program.
 * @param {Source} source
 * @returns {string[]}
 */
function wrongCalls(source) {
  if (folderOf(source) === 'cli') return [];
  const code = withoutComments(source.text);
  const calls =
    /\b(v?f?printf|puts|putchar|fputs|fputc|putc|fwrite|perror|_?exit|_Exit|quick_exit|abort)\s*\(/g;
  const streams = /\b(stdout|stderr|stdin)\b/g;
  return [...code.matchAll(calls), ...code.matchAll(streams)].map(
    ([, word]) => `${source.name} uses ${word}: a library neither prints nor exits`,
  );
}

/**
 * Nothing is kept in a variable outside an object: but for the program's own, and what the page's calls leave behind for the
 * next (the last error).
 * @param {Source} source
 * @returns {string[]}
 */
const wrongVariables = (source) => (['cli', 'api'].includes(folderOf(source)) ? [] : hiddenVariables(source));

/** @param {Source} source @returns {string[]} */
function wrongExports(source) {
  if (folderOf(source) === 'api') return [];
  return /EMSCRIPTEN_KEEPALIVE|export_name/.test(withoutComments(source.text))
    ? [`${source.name} exports functions to JavaScript: that is api's business`]
    : [];
}

/** @param {Source} source @returns {string[]} */
function tooLong(source) {
  const lines = source.text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const most = source.name === 'noisebook.h' ? mostHeaderLines : mostLines;
  const wrong = lines.length > most ? [`${source.name} has ${lines.length} lines`] : [];
  // As clang-format lays functions out: the opening and the closing brace stand alone in the first column.
  const code = withoutComments(source.text).split('\n');
  code.forEach((line, opening) => {
    if (line.trimEnd() !== '{') return;
    let first = opening;
    while (first > 0 && code[first - 1].trim() !== '' && !/[;}]\s*$|^#/.test(code[first - 1])) first--;
    const closing = code.findIndex((other, i) => i > opening && /^\}/.test(other));
    const length = closing - first + 1;
    if (length > mostFunctionLines)
      wrong.push(`${source.name}:${first + 1}: a function of ${length} lines: ${lines[first].trim()}`);
  });
  return wrong;
}

const checks = [wrongFolder, wrongIncludes, wrongRooms, wrongCalls, wrongVariables, wrongExports, tooLong];

/** @param {Source} source */
const faultsOf = (source) => checks.flatMap((check) => check(source));

/** Sources with one fault each, which must be found, and one without. */
function selfTest() {
  const long = (/** @type {number} */ n) => `int f(int a,\n      int b)\n{\n${'    a++;\n'.repeat(n)}}\n`;
  /** @type {[string, string, number][]} */
  const cases = [
    [
      'nn/fine.c',
      '#include "kernels/kernels.h"\n#include "noisebook.h"\n/* printf( */ const char *const s = "exit(1)";\n',
      0,
    ],
    ['diffusion/fine.c', '#include "models/model.h"\n#include "io/npy.h"\nsnprintf(a, 1, "b");\n', 0],
    ['cli/fine.c', '#include "train/trainer.h"\nprintf("a"); exit(2);\n', 0],
    ['cli/main.c', '#include "cli/commands/commands.h"\n#include "cli/message.h"\n', 0],
    ['cli/figures/fine.c', '#include "cli/session/session.h"\n#include "cli/message.h"\n', 0],
    ['nn/fine.c', long(56), 0],
    ['nn/long.c', long(57), 1],
    ['nn/long.c', '/**/\n'.repeat(501), 1],
    ['nn/up.c', '#include "models/graph.h"\n', 1],
    ['io/up.c', '#  include "nn/layer.h"\n', 1],
    ['kernels/x86/up.c', '#include "nn/layer.h"\n', 1],
    ['data/up.c', '#include "api/x.h"\n', 1],
    ['api/side.c', '#include "cli/x.h"\n', 1],
    ['cli/session/up.c', '#include "cli/figures/plot.h"\n', 1],
    ['cli/up.c', '#include "cli/files/json.h"\n', 1],
    ['cli/extras/new.c', '', 1],
    ['nn/near.c', '#include "layer.h"\n', 1],
    ['nn/back.c', '#include "nn/../models/model.h"\n', 1],
    ['noisebook.h', '#include "base/error.h"\n', 1],
    ['train/loud.c', 'const int x = 1; fprintf (stderr, "a");\n', 2],
    ['base/end.c', 'if (a) exit(1);\n', 1],
    ['base/end.c', 'abort();\n', 1],
    ['base/out.c', 'EMSCRIPTEN_KEEPALIVE int f(void);\n', 1],
    ['extras/new.c', '', 1],
    [
      'nn/fine.c',
      'static const int a = 1;\nconst char *const b[] = {"x", "y"};\nstatic int f(int x) { int y = x; return y; }\n',
      0,
    ],
    [
      'nn/fine.c',
      'extern const int a;\ntypedef struct s { int x; } s;\nstruct t { int y; };\nenum { A, B = 2 };\nint f(void);\n',
      0,
    ],
    [
      'nn/fine.c',
      'static void (*const draw[2])(int *) = {f, g};\nint f(void (*g)(int))\n{\n    static const float k = 1;\n}\n',
      0,
    ],
    ['nn/kept.c', 'static int count;\n', 1],
    ['nn/kept.c', 'int count = 0, other;\n', 1],
    ['nn/kept.c', 'static const char *last = NULL;\n', 1],
    ['nn/kept.c', 'static struct { int x; } state[4];\n', 1],
    ['nn/kept.c', 'static void (*hook)(int) = f;\n', 1],
    ['nn/kept.c', '_Thread_local int mine;\n', 1],
    [
      'nn/kept.c',
      'int next(void)\n{\n    static int n = 0;\n    if (n) { static float room[4]; }\n    return n++;\n}\n',
      2,
    ],
    ['nn/kept.h', 'static int count;\nint f(int x);\n', 1],
    ['api/fine.c', 'static nb_error last;\n', 0],
  ];
  const single = cases.flatMap(([name, text, count]) => {
    const found = faultsOf({ name, text });
    return found.length === count
      ? []
      : [`self-test: ${name} has ${count} faults, found ${JSON.stringify(found)}`];
  });
  return [...single, ...selfTestTogether()];
}

/** The same for what several sources make together. */
function selfTestTogether() {
  const a = { name: 'nn/a.c', text: '#include "nn/x.h"\nint a(int n)\n{\n    return b(n);\n}\n' };
  const b = {
    name: 'nn/b.c',
    text: '#include "nn/y.h"\nint b(int n)\n{\n    return c(n);\n}\nconst thing k = {1};\n',
  };
  const c = { name: 'nn/c.c', text: 'int c(int n)\n{\n    return n; /* a(n) */\n}\n' };
  const back = {
    name: 'nn/c.c',
    text: 'static int d(void)\n{\n    return 0;\n}\nint c(int n)\n{\n    return a(n) + d();\n}\n',
  };
  const constant = { name: 'nn/c.c', text: 'int c(int n)\n{\n    return k.n;\n}\n' };
  const x = { name: 'nn/x.h', text: '#include "nn/y.h"\n' };
  const y = { name: 'nn/y.h', text: '#include "base/platform.h"\n' };
  const loop = { name: 'nn/y.h', text: '#include "nn/x.h"\n' };
  /** @type {[string[], number][]} */
  const cases = [
    [circles([a, b, c, x, y]), 0],
    [circles([a, b, back, x, y]), 1],
    [circles([a, b, constant, x, y]), 1],
    [circles([a, b, c, x, loop]), 1],
    [without([a, b, x, y], 'base/platform.h'), 0],
    [without([a, b, c, x, y], 'base/platform.h'), 1],
    [without([a, b, x, loop], 'base/platform.h'), 2],
  ];
  return cases.flatMap(([found, count], i) =>
    found.length === count
      ? []
      : [`self-test: case ${i} has ${count} faults, found ${JSON.stringify(found)}`],
  );
}

/** @param {string} folder @returns {Source[]} */
function readSources(folder) {
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => name.split(path.sep).join('/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(path.join(root, folder, name), 'utf8') }));
}

const sources = readSources('src');
const tests = ['tests/c', 'tests/bench/native'].flatMap((folder) =>
  readSources(folder).map(({ name, text }) => ({ name: `${folder}/${name}`, text })),
);
const library = sources.filter((source) => !['cli', 'api', ''].includes(folderOf(source)));
const failures = [
  ...selfTest(),
  ...sources.flatMap(faultsOf),
  ...tests.flatMap(tooLong),
  ...circles(sources),
  ...circles(tests.filter(({ name }) => name.startsWith('tests/bench/'))),
  ...without(sources, 'base/platform.h').filter((fault) =>
    library.some(({ name }) => fault.startsWith(`${name} `)),
  ),
];
if (levels.length < 6) failures.push('CONTRIBUTING.md does not tell which way includes point');
if (sources.length < 20) failures.push(`only ${sources.length} sources in src: is this a whole checkout?`);
for (const failure of failures) console.log(failure);
console.log(
  `${Math.max(0, sources.length * checks.length + tests.length + 1 - failures.length)} passed, ${failures.length} failed`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
