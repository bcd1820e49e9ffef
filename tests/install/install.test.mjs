/** cmake --install: what it installs, what that exports, and a program built against it by pkg-config and by CMake. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { filesBelow, findTool, root } from '../../web/build/setup.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'noisebook install-'));
const prefix = path.join(folder, 'prefix');
const program = path.join(root, 'tests/install/train.c');
after(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs a command, which must succeed; returns what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function run(command, args, env = {}) {
  const options = { cwd: folder, encoding: /** @type {const} */ ('utf8'), env: { ...process.env, ...env } };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${error ?? ''}${stdout}${stderr}`);
  return stdout;
}

/** Where the libraries are below the prefix: lib, or lib64. */
const libraries = () => readdirSync(prefix).find((name) => name.startsWith('lib')) ?? '';

/** @param {string} file @param {string[]} options */
const symbols = (file, options) =>
  run('nm', ['--defined-only', '--format=posix', ...options, path.join(prefix, libraries(), file)])
    .split('\n')
    .flatMap((line) => /^(\w+) [A-Zuvw] /.exec(line)?.[1] ?? [])
    .sort();

const header = readFileSync(path.join(root, 'src/noisebook.h'), 'utf8');
const version = /^#define NB_VERSION "(.*)"$/m.exec(header)?.[1] ?? '';
const declared = [
  ...header.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/^[a-z].*?\b\**(nb_\w+)\([^)]*\);/gms),
].map(([, name]) => name);

/** Its words as a shell would read them: the prefix has a space, which pkg-config escapes. @param {string[]} args */
const pkgConfig = (args) =>
  run('pkg-config', [...args, 'noisebook'], {
    PKG_CONFIG_PATH: path.join(prefix, libraries(), 'pkgconfig'),
  })
    .trim()
    .split(/(?<!\\) +/)
    .map((word) => word.replaceAll('\\ ', ' '));

/** @param {string} text what the program printed */
function assertLearns(text) {
  const [, found, first, last] = /^noisebook (\S+): loss (\S+) .* epoch, (\S+) /.exec(text) ?? [];
  assert.equal(found, version);
  assert.ok(Number(last) < 0.9 * Number(first), text);
  return text;
}

before(() => run('cmake', ['--install', path.join(root, 'build/native'), '--prefix', prefix]));

test('the version stands in noisebook.h, and package.json, its lock file and CHANGELOG.md follow', () => {
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const read = (/** @type {string} */ file) => readFileSync(path.join(root, file), 'utf8');
  assert.equal(JSON.parse(read('package.json')).version, version);
  assert.equal(JSON.parse(read('package-lock.json')).version, version);
  assert.equal(JSON.parse(read('package-lock.json')).packages[''].version, version);
  assert.equal(/^## \[(\d\S*)\]/m.exec(read('CHANGELOG.md'))?.[1], version);
});

test('the header, both libraries, noisebook.pc and the CMake package are installed, and nothing else', () => {
  const lib = libraries();
  const minor = version.replace(/\.\d+$/, '');
  assert.deepEqual(
    filesBelow(path.relative(root, prefix)).map((file) =>
      path.relative(prefix, path.join(root, file)).replace(/targets-\w+/, 'targets-release'),
    ),
    [
      'include/noisebook.h',
      ...['config-version', 'config', 'targets-release', 'targets'].map(
        (name) => `${lib}/cmake/noisebook/noisebook-${name}.cmake`,
      ),
      `${lib}/libnoisebook.a`,
      `${lib}/libnoisebook.so.${version}`,
      `${lib}/pkgconfig/noisebook.pc`,
    ],
  );
  const links = readdirSync(path.join(prefix, lib)).filter((name) => name.includes('.so'));
  assert.deepEqual(
    links.sort(),
    ['', `.${minor}`, `.${version}`].map((end) => `libnoisebook.so${end}`),
  );
});

test('the shared library exports what the header declares, all of it and nothing else', () => {
  assert.ok(declared.length > 90, `only ${declared.length} functions found in the header`);
  assert.deepEqual(symbols('libnoisebook.so', ['--dynamic', '--extern-only']), [...declared].sort());
});

test('the static library has no name that another could have', () => {
  const names = symbols('libnoisebook.a', ['--extern-only']);
  assert.deepEqual(
    names.filter((name) => !name.startsWith('nb_')),
    [],
  );
  for (const name of declared) assert.ok(names.includes(name), name);
});

test('pkg-config builds a program against each library, and it learns the same', () => {
  const compiler = findTool('cc', 'gcc', 'clang');
  const flags = [
    '-std=c11',
    '-Wall',
    '-Wextra',
    '-Wpedantic',
    '-Werror',
    program,
    ...pkgConfig(['--cflags']),
  ];
  run(compiler, [...flags, '-o', 'shared', ...pkgConfig(['--libs'])]);
  const archive = (/** @type {string} */ word) => (word === '-lnoisebook' ? '-l:libnoisebook.a' : word);
  run(compiler, [...flags, '-o', 'static', ...pkgConfig(['--libs', '--static']).map(archive)]);
  assert.equal(pkgConfig(['--modversion'])[0], version);
  const path_ = { LD_LIBRARY_PATH: path.join(prefix, libraries()) };
  const shared = assertLearns(run(path.join(folder, 'shared'), [], path_));
  assert.equal(run(path.join(folder, 'static'), []), shared);
});

test('find_package(noisebook) gives both libraries to a CMake project', () => {
  const build = path.join(folder, 'build');
  run('cmake', ['-S', path.dirname(program), '-B', build, `-DCMAKE_PREFIX_PATH=${prefix}`]);
  run('cmake', ['--build', build]);
  const shared = assertLearns(run(path.join(build, 'train'), []));
  assert.equal(run(path.join(build, 'train_static'), []), shared);
});
