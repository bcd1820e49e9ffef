/** The Vite plugin that makes the pages: every index.html under web/ is a place, its content comes from here. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { extras, lessons, pathOf } from './course.js';
import { GALLERY, galleryPage } from './gallery.js';
import { heightsOf } from './heights.js';
import { jupyterNotebook } from './jupyter.js';
import { pythonPanels } from './languages.js';
import { lessonHtml } from './lesson.js';
import { modelsOf } from './models.js';
import { labNames } from './names.js';
import { blocks, readNotebook } from './notebook.js';
import { metaPolicy } from './policy.js';
import { readScript } from './pytorch.js';
import { lessonPage, startPage } from './shell.js';
import { STUDIO, studioPage } from './studio.js';

/** @param {string} notebooks their folder @returns {Set<string>} the names of those that are there: their pages are open */
const openIn = (notebooks) =>
  new Set(
    readdirSync(notebooks)
      .filter((file) => file.endsWith('.ipynb'))
      .map((file) => basename(file, '.ipynb')),
  );

/**
 * @param {{root: string, notebooks: string}} folders root: the web folder
 * @returns {Record<string, string>} Vite's inputs: the start page, the studio and its gallery, every open lesson, what is beside them
 */
export function pages({ root, notebooks }) {
  const open = openIn(notebooks);
  const places = [...lessons, ...extras].filter(({ slug }) => open.has(slug));
  return Object.fromEntries([
    ['index', join(root, 'index.html')],
    [STUDIO, join(root, STUDIO, 'index.html')],
    [GALLERY, join(root, GALLERY, 'index.html')],
    ...places.map(({ slug }) => [slug, join(root, pathOf(slug), 'index.html')]),
  ]);
}

/** @param {string} html */
const withPolicy = (html) =>
  html.replace(
    '<meta charset="utf-8">',
    `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${metaPolicy}">`,
  );

const NAMES = 'virtual:lab-names';

/**
 * What lies beside a lesson's page: its notebook and the same as a notebook of Python, for readers to take away, and what its
 * cells show of that.
 * @param {string} slug @param {string} notebooks @returns {[string, () => string | Buffer][]} where in the site, and what
 */
function filesBeside(slug, notebooks) {
  const path = join(notebooks, `${slug}.ipynb`);
  const script = readScript(path);
  /** @type {[string, () => string | Buffer][]} */
  const files = [[`${pathOf(slug)}${slug}.ipynb`, () => readFileSync(path)]];
  const lesson = [...lessons, ...extras].find((each) => each.slug === slug);
  if (lesson && script.cells.size > 0) {
    const place = `${pathOf(slug)}${slug}-pytorch`;
    files.push([`${place}.ipynb`, () => jupyterNotebook(lesson, readNotebook(path), script)]);
    files.push([`${place}.json`, () => pythonPanels(readNotebook(path))]);
  }
  return files;
}

/**
 * @param {{root: string, notebooks: string}} folders
 * @returns {import('vite').Plugin}
 */
export function notebookPages({ root, notebooks }) {
  const open = () => openIn(notebooks);
  return {
    name: 'noisebook-pages',
    resolveId: (id) => (id === NAMES ? `\0${NAMES}` : null),
    load: async (id) => (id === `\0${NAMES}` ? `export default ${JSON.stringify(await labNames())}` : null),
    generateBundle() {
      for (const [fileName, make] of [...open()].flatMap((slug) => filesBeside(slug, notebooks)))
        this.emitFile({ type: 'asset', fileName, source: make() });
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!/\.(?:ipynb|json)$/.test(request.url ?? '')) return next();
        const files = [...open()].flatMap((slug) => filesBeside(slug, notebooks));
        const found = files.find(([name]) => request.url === `/${name}`);
        if (!found) return next();
        response.setHeader('Content-Type', 'application/json');
        response.end(found[1]());
      });
      server.watcher.add(notebooks);
      server.watcher.on('change', (file) => {
        if (/\.(?:ipynb|py)$/.test(file)) server.ws.send({ type: 'full-reload' });
      });
    },
    transformIndexHtml: {
      order: 'pre',
      handler(_, { filename, server }) {
        const place = relative(resolve(root), dirname(filename));
        // Vite's own server puts scripts into pages.
        const guarded = server ? (/** @type {string} */ html) => html : withPolicy;
        if (place === '') return guarded(startPage(open()));
        if (place === STUDIO) return guarded(studioPage());
        if (place === GALLERY) return guarded(galleryPage());
        const slug = basename(place);
        const cells = readNotebook(join(notebooks, `${slug}.ipynb`));
        const content = lessonHtml(blocks(cells), heightsOf(slug));
        return guarded(lessonPage(slug, { ...content, models: modelsOf(cells) }, open()));
      },
    },
  };
}
