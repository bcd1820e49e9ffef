/** Fails the build when the pages have grown too heavy; modules.mjs weighs the wasm. Sizes are gzipped; fonts do not count. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE_KB = 100;

/** @param {string | Buffer} content */
const gzipped = (content) => gzipSync(content, { level: 9 }).length / 1024;
/** What stands in a page itself. @param {string} html */
const styleOf = (html) => /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';

/** Loaded once a reader edits a cell, opens a menu, saves something or another's link, or is asked for a file: the editor, the parser, what writes
 * and reads files, what shows differences. Not by a page: the service worker. And of the two scripts that start a module a page loads one, so the smaller does not count. */
const APART =
  /(?:^|\/)(?:(?:editor|rewrite|more|export|weights|gif-worker|pick|pytorch|review|share|difference)-[^/]+|noisebook-simd128-(?!threads-)[^/]+|service-worker)\.(?:js|css)$/;

/** @returns {import('vite').Plugin} */
export function budget() {
  let folder = '';
  return {
    name: 'noisebook-budget',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    writeBundle() {
      /** @type {string[]} */
      const over = [];
      const report = (/** @type {string} */ name, /** @type {number} */ kb, /** @type {number} */ limit) => {
        const line = `${name}: ${kb.toFixed(1)} KB gzipped of ${limit}`;
        this.info(line);
        if (kb > limit) over.push(line);
      };
      const names = readdirSync(folder, { recursive: true }).map(String);
      const scripts = names.filter((name) => /\.(?:js|css)$/.test(name) && !APART.test(name));
      const read = (/** @type {string} */ name) => readFileSync(join(folder, name));
      const pages = names.filter((name) => name.endsWith('index.html'));
      const style = Math.max(...pages.map((name) => gzipped(styleOf(read(name).toString()))));
      const total = scripts.reduce((sum, name) => sum + gzipped(read(name)), style);
      report('scripts and styles of all pages, worker and charts included', total, PAGE_KB);
      if (over.length) this.error(`over budget: ${over.join('; ')}`);
    },
  };
}
