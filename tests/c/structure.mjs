// How src/ is built: includes point one way, the library neither prints nor exits, nothing grows too long (nor do
// the C tests and the native benchmark).
//
//   node tests/c/structure.mjs     prints what is wrong and `N passed, M failed`; exit status 1 if anything is

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** From the bottom up: a folder includes itself, its own level and what is below. */
const levels = [
  ['base', 'io'],
  ['kernels'],
  ['nn'],
  ['models', 'diffusion', 'optim', 'data', 'metrics'],
  ['train'],
  ['cli', 'api'],
];
/** The same within cli; what lies in cli itself (message.h) is below them all, but for main.c, above. */
const cliRooms = ['files', 'options', 'session', 'figures', 'exercises', 'commands'];
const mostLines = 500;
const mostHeaderLines = 900; // noisebook.h: a list of declarations with their documentation, in one place
const mostFunctionLines = 60;

/** @typedef {{name: string, text: string}} Source name: below src */

/** @param {string} folder @returns {number} */
const levelOf = (folder) => levels.findIndex((level) => level.includes(folder));

/** @param {Source} source */
const folderOf = ({ name }) => (name.includes('/') ? name.split('/')[0] : '');

/**
 * The text with comments and the inside of strings blanked; lines stay where they are.
 * @param {string} text
 */
function withoutComments(text) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
  return text.replace(token, (found) => found.replace(/[^\n]/g, ' '));
}

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
 * Outside cli nothing prints, ends the program, or keeps a hidden variable that can change.
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

const checks = [wrongFolder, wrongIncludes, wrongRooms, wrongCalls, wrongExports, tooLong];

/** @param {Source} source */
const faultsOf = (source) => checks.flatMap((check) => check(source));

/** Sources with one fault each, which must be found, and one without. */
function selfTest() {
  const long = (/** @type {number} */ n) => `int f(int a,\n      int b)\n{\n${'    a++;\n'.repeat(n)}}\n`;
  /** @type {[string, string, number][]} */
  const cases = [
    [
      'nn/fine.c',
      '#include "kernels/kernels.h"\n#include "noisebook.h"\n/* printf( */ char *s = "exit(1)";\n',
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
    ['train/loud.c', 'int x; fprintf (stderr, "a");\n', 2],
    ['base/end.c', 'if (a) exit(1);\n', 1],
    ['base/end.c', 'abort();\n', 1],
    ['base/out.c', 'EMSCRIPTEN_KEEPALIVE int f(void);\n', 1],
    ['extras/new.c', '', 1],
  ];
  return cases.flatMap(([name, text, count]) => {
    const found = faultsOf({ name, text });
    return found.length === count
      ? []
      : [`self-test: ${name} has ${count} faults, found ${JSON.stringify(found)}`];
  });
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
const failures = [...selfTest(), ...sources.flatMap(faultsOf), ...tests.flatMap(tooLong)];
if (sources.length < 20) failures.push(`only ${sources.length} sources in src: is this a whole checkout?`);
for (const failure of failures) console.log(failure);
console.log(
  `${Math.max(0, sources.length * checks.length + tests.length + 1 - failures.length)} passed, ${failures.length} failed`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
