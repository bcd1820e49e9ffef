/** Fails the build when a page has grown too heavy; modules.mjs weighs the wasm. Sizes are gzipped; fonts do not count. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PAGE_KB = 120;

/** @param {string | Buffer} content */
const gzipped = (content) => gzipSync(content, { level: 9 }).length / 1024;
/** What stands in a page itself. @param {string} html */
const styleOf = (html) => /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';

/** Loaded once a reader edits a cell, has a task checked, opens a menu, saves something or another's link, opens a run, is asked for a file or brings one, or draws data: the editor, the parser, what writes
 * and reads files (browser is fflate's name), what shows differences. Not by a page: the service worker. And of the two scripts that start a module a page loads one, so the smaller does not count. */
const APART =
  /(?:^|\/)(?:(?:editor|rewrite|mistakes|more|export|weights|gif|pick|pytorch|review|share|difference|board|sprites|camera|read_data|npy|run_file|read_run|code_review|shared|link|browser)-[^/]+|noisebook-simd128-(?!threads-)[^/]+|service-worker)\.(?:js|css)$/;

/** Vite's list of what goes along with imports on demand. The scripts of it count where what is imported names them; styles stand nowhere else. */
const ALONG = /\bm\.f=\[[^\]]*\]/g;

/** The scripts and styles that a text names, be it a page or a script. Names carry hashes: nothing else looks like one. @param {string} text */
const namedIn = (text) =>
  [
    ...text.replace(ALONG, (list) => list.replace(/[\w.-]+\.js\b/g, '')).matchAll(/[\w.-]+\.(?:js|css)\b/g),
  ].map(([name]) => name);

/** The figures there are. @param {string} table the text of figures/index.js @returns {string[]} */
const figuresIn = (table) => [...table.matchAll(/offer as (\w+)/g)].map(([, name]) => name);

/** What cells call a control whose module has another name. @type {Record<string, string>} */
const MODULES = { words: 'text' };

/**
 * What one page loads before anything is edited or saved: what it names itself, what those name (imports at once and on
 * demand, workers), and so on. Of figures it loads those that its cells show.
 * @param {string} html @param {Map<string, string>} texts of all scripts and styles, by name @param {string[]} figures
 * @returns {Set<string>} names
 */
export function loadedBy(html, texts, figures) {
  const figureOf = (/** @type {string} */ name) => figures.find((figure) => name.startsWith(`${figure}-`));
  const shown = new Set(
    figures.filter((figure) => new RegExp(`\\blab\\.${MODULES[figure] ?? figure}\\b`).test(html)),
  );
  /** @type {Set<string>} */
  const loaded = new Set();
  const waiting = namedIn(html);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const text = texts.get(name);
    if (text === undefined || loaded.has(name) || APART.test(name)) continue;
    loaded.add(name);
    // A figure that is shown loads all that it is made of, others' modules too.
    const all = figureOf(name) !== undefined;
    const next = namedIn(text).filter((each) => all || shown.has(figureOf(each) ?? '') || !figureOf(each));
    waiting.push(...next);
  }
  return loaded;
}

/** @returns {import('vite').Plugin} */
export function budget() {
  let folder = '';
  let root = '';
  return {
    name: 'noisebook-budget',
    apply: 'build',
    configResolved(config) {
      root = config.root;
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
      const read = (/** @type {string} */ name) => readFileSync(join(folder, name), 'utf8');
      const scripts = names.filter((name) => /\.(?:js|css)$/.test(name));
      // A canvas to draw on and a line to type in are controls, and loaded as figures are.
      const figures = [
        ...figuresIn(readFileSync(join(root, 'figures', 'index.js'), 'utf8')),
        'paint',
        'words',
      ];
      const texts = new Map(scripts.map((name) => [basename(name), read(name)]));
      for (const page of names.filter((name) => name.endsWith('index.html'))) {
        const html = read(page);
        const loaded = [...loadedBy(html, texts, figures)].map((name) => gzipped(texts.get(name) ?? ''));
        const total = loaded.reduce((sum, kb) => sum + kb, gzipped(styleOf(html)));
        report(`scripts and styles of ${page}, worker and charts included`, total, PAGE_KB);
      }
      if (over.length) this.error(`over budget: ${over.join('; ')}`);
    },
  };
}
