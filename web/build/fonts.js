/** The site's fonts, cut down to the letters that its pages show: half the bytes, so text stands sooner as it is meant. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import subset from 'subset-font';
import { lessonHtml } from './lesson.js';
import { blocks, readNotebook } from './notebook.js';

/** Where the style sheets find them, as @fonts. */
const FONTS = new URL('../../build/fonts/', import.meta.url);
const PACKAGES = new URL('../../node_modules/', import.meta.url);
const KATEX = 'katex/dist/fonts/';

/** Printable ASCII and Latin-1: what a reader types may need any of them. */
const TYPED = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code))
  .filter((letter) => /[^\p{C}]/u.test(letter))
  .join('');
const ASCII = TYPED.slice(0, 95);

/** What formulas show; all else is words. @param {string} html */
export function formulas(html) {
  let depth = 0;
  let shown = '<>&';
  for (const [piece] of html.matchAll(/<[^>]*>|[^<]+/g)) {
    if (piece.startsWith(depth ? '<span' : '<span class="katex-html"')) depth++;
    else if (depth && piece === '</span>') depth--;
    else if (depth && !piece.startsWith('<')) shown += piece;
  }
  return shown;
}

/** @param {string} name @param {string} family @param {string} style @param {[number, number]} weights those of web/styles */
const variable = (name, family, style, [min, max]) => ({
  name,
  file: `@fontsource-variable/${family}/files/${family}-latin-wght-${style}.woff2`,
  variationAxes: { wght: { min, max } },
});
const TEXT = [
  variable('source-serif-4', 'source-serif-4', 'normal', [400, 700]),
  variable('source-serif-4-italic', 'source-serif-4', 'italic', [400, 400]),
  variable('inter', 'inter', 'normal', [300, 700]),
];
const CODE = [variable('jetbrains-mono', 'jetbrains-mono', 'normal', [400, 700])];
const katex = () =>
  readdirSync(new URL(KATEX, PACKAGES))
    .filter((file) => file.endsWith('.woff2'))
    .map((file) => ({ name: file.replace('.woff2', ''), file: KATEX + file, variationAxes: undefined }));

/** @param {ReturnType<typeof katex> | typeof TEXT} fonts @param {string} letters */
const cut = (fonts, letters) =>
  Promise.all(
    fonts.map(async ({ name, file, variationAxes }) => {
      const whole = readFileSync(new URL(file, PACKAGES));
      const small = await subset(whole, letters, { targetFormat: 'woff2', variationAxes });
      writeFileSync(new URL(`${name}.woff2`, FONTS), small);
    }),
  );

/** @param {string} folder @param {string} ending */
const filesIn = (folder, ending) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

/** The classes that pages have. @param {string} html */
export const classesIn = (html) =>
  new Set([...html.matchAll(/ class="([^"]*)"/g)].flatMap(([, names]) => names.split(' ')));
/** @type {Set<string>} */
let shown = new Set();

/**
 * Makes them before anything asks for them.
 * @param {{root: string, notebooks: string}} folders root: the web folder
 * @returns {import('vite').Plugin}
 */
export function fonts({ root, notebooks }) {
  return {
    name: 'noisebook-fonts',
    async buildStart() {
      mkdirSync(FONTS, { recursive: true });
      const html = filesIn(notebooks, '.ipynb').map((file) => {
        const { opening, html } = lessonHtml(blocks(readNotebook(file)));
        return opening + html;
      });
      shown = classesIn(html.join(''));
      const scripts = ['build', 'page', 'figures', 'kernel'].flatMap((each) =>
        filesIn(join(root, each), '.js'),
      );
      const words = [ASCII, ...html, ...scripts.map((file) => readFileSync(file, 'utf8'))].join('');
      await Promise.all([cut(TEXT, words), cut(CODE, TYPED + words), cut(katex(), formulas(html.join('')))]);
    },
  };
}

/** Of a rule of KaTeX's, the selectors whose classes some formula has. @param {string[]} selectors @param {Set<string>} classes */
export const selectorsOf = (selectors, classes) =>
  selectors.filter((selector) =>
    [...selector.replace(/:not\([^)]*\)/g, '').matchAll(/\.([\w-]+)/g)].every(([, name]) =>
      classes.has(name),
    ),
  );

/**
 * KaTeX's style sheet asks for them in their place, in the one format that browsers of this site need; its rules for what no
 * formula shows go (a sixth of a lesson's style). For PostCSS.
 */
export const cutFonts = {
  postcssPlugin: 'noisebook-fonts',
  Declaration: {
    src(/** @type {{value: string}} */ declaration) {
      const font = /^url\(fonts\/(KaTeX_[\w-]+\.woff2)\)/.exec(declaration.value);
      if (font) declaration.value = `url(@fonts/${font[1]}) format("woff2")`;
    },
  },
  /** @param {{selectors: string[], remove: () => unknown, source?: {input: {file?: string}}}} rule */
  Rule(rule) {
    if (!rule.source?.input.file?.includes('katex')) return;
    const kept = selectorsOf(rule.selectors, shown);
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  },
};
