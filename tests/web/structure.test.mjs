/** How web/ is built, read from its imports: which way they point, that they make no circles, and what touches what. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** Folders of the page, from the bottom up: a folder knows itself and what stands before it. */
const PAGE = ['common', 'kernel', 'share', 'progress', 'site', 'outputs', 'play', 'notebook', 'studio', ''];
const MOST_LINES = 500;

/** @typedef {{name: string, text: string}} Source name: below web */

/** @returns {Source[]} */
const sources = () =>
  readdirSync(web, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => /\.m?js$/.test(name) && !name.startsWith('dist/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(path.join(web, name), 'utf8') }));

/** Comments go; strings stay, as imports are named by them. @param {string} text */
const withoutComments = (text) =>
  text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, (_, space) => space ?? ' ');

/** What a module imports, types not counted: each with its place below web, or as it is named. @param {Source} source @param {RegExp} pattern */
const named = ({ name, text }, pattern) =>
  [...withoutComments(text).matchAll(pattern)].map(([, spec]) =>
    spec.startsWith('.') ? path.posix.join(path.posix.dirname(name), spec) : spec,
  );
const AT_ONCE = /(?:^|\n)(?:import|export)\s[^'"`;]*?(?:from\s*)?['"]([^'"]+)['"]/g;
const LATER = /\bimport\(\s*['"`]([^'"`$]+)/g;

/** @param {Source} source */
const importsOf = (source) => [...named(source, AT_ONCE), ...named(source, LATER)];

/** @param {string} name the folder below page, '' for what stands above them all */
const roomOf = (name) => (name.split('/').length > 2 ? name.split('/')[1] : '');

/** @param {Source} source @returns {string[]} */
function wrongImports(source) {
  const { name } = source;
  const [part] = name.split('/');
  return importsOf(source).flatMap((target) => {
    const [other] = target.split('/');
    const why = (/** @type {string} */ rule) => [`${name} imports ${target}: ${rule}`];
    if (part === 'figures' && ['page', 'kernel'].includes(other))
      return why('figures know neither page nor kernel');
    if (part === 'kernel' && other === 'page') return why('the kernel does not know the page');
    if (part === 'kernel' && other === 'figures' && !/^figures\/(index|parts\/values)\.js$/.test(target))
      return why('the kernel knows the table of figures and their checks');
    if (part === 'page' && (other === '@wasm' || target.startsWith('kernel/core')))
      return why('a page has no wasm: the kernel does');
    if (part === 'page' && other === 'page' && PAGE.indexOf(roomOf(target)) > PAGE.indexOf(roomOf(name)))
      return why('it stands above');
    return part !== 'build' && other === 'build' ? why('only the build knows itself') : [];
  });
}

/** @param {Source} source @returns {string[]} */
function wrongNames({ name, text }) {
  const dom =
    /\b(document|window|localStorage|HTMLElement|requestAnimationFrame|matchMedia|getComputedStyle)\b(?!['"])/;
  const found =
    name.startsWith('kernel/') && dom.exec(withoutComments(text).replace(/'[^'\n]*'|`[^`]*`/g, "''"));
  return found ? [`${name} uses ${found[1]}: the kernel's worker has no page`] : [];
}

/** @param {Source} source @returns {string[]} */
const wrongPlace = ({ name }) =>
  name.startsWith('page/') && !PAGE.includes(roomOf(name)) ? [`${name}: no room of the design`] : [];

/** @param {Source} source @returns {string[]} */
const tooLong = ({ name, text }) =>
  text.split('\n').length > MOST_LINES + 1 ? [`${name} has more than ${MOST_LINES} lines`] : [];

/** Ways of imports that lead back to where they began, those that are made later left aside. @param {Source[]} all @returns {string[]} */
function circles(all) {
  const graph = new Map(all.map((source) => [source.name, named(source, AT_ONCE)]));
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  /** @type {string[]} */
  const found = [];
  /** @param {string} name @param {string[]} way */
  const visit = (name, way) => {
    if (state.get(name) === 'open') found.push([...way.slice(way.indexOf(name)), name].join(' -> '));
    if (state.has(name)) return;
    state.set(name, 'open');
    for (const next of graph.get(name) ?? []) visit(next, [...way, name]);
    state.set(name, 'done');
  };
  for (const name of graph.keys()) visit(name, []);
  return found;
}

/** @param {Source[]} all */
const faultsOf = (all) => [
  ...all.flatMap((source) =>
    [wrongImports, wrongNames, wrongPlace, tooLong].flatMap((check) => check(source)),
  ),
  ...circles(all),
];

test('imports of web/ point one way, and nothing is where it does not belong', () => {
  const all = sources();
  assert.ok(all.length > 80, `${all.length} modules`);
  assert.ok(all.flatMap(importsOf).length > 200);
  assert.deepEqual(faultsOf(all), []);
});

test('a module with a fault is found out', () => {
  /** @type {[string, string, number][]} */
  const cases = [
    ['figures/a.js', "import { h } from './parts/dom.js';\n/** @type {import('../page/a.js').A} */", 0],
    ['figures/a.js', "import { b } from '../page/b.js';", 1],
    ['figures/a.js', "const b = () => import('../kernel/b.js');", 1],
    ['kernel/a.js', "import { b } from '../page/b.js';", 1],
    ['kernel/lab/a.js', "import * as figures from '../../figures/index.js';", 0],
    ['kernel/lab/a.js', "import { create } from '../../figures/chart.js';", 1],
    ['kernel/a.js', "/** document */\nconst a = 'window'; // localStorage", 0],
    ['kernel/a.js', 'document.title = 1', 1],
    ['page/kernel/a.js', "import b from '@wasm/b.mjs';", 1],
    ['page/kernel/a.js', "import { Core } from '../../kernel/core.js';", 1],
    ['page/common/a.js', "import { b } from '../outputs/b.js';", 1],
    ['page/a.js', "import { b } from './notebook/b.js';", 0],
    ['page/new/a.js', '', 1],
    ['page/common/long.js', '\n'.repeat(502), 1],
    ['kernel/a.js', "import {\n  b,\n} from './a.js';", 1],
  ];
  for (const [name, text, count] of cases)
    assert.equal(faultsOf([{ name, text }]).length, count, `${name}: ${text.slice(0, 80)}`);
});
