import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { address } from './web/build/address.js';
import { budget } from './web/build/budget.js';
import { cutFonts, fonts } from './web/build/fonts.js';
import { cutGlue } from './web/build/glue.js';
import { notebookPages, pages } from './web/build/plugin.js';
import { precache } from './web/build/precache.js';
import { isolationHeaders } from './web/build/serve.mjs';
import { cutUplot } from './web/build/uplot.js';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const root = here('web');
const notebooks = here('notebooks');

export default defineConfig({
  root,
  base: './',
  plugins: [
    fonts({ root, notebooks }),
    notebookPages({ root, notebooks }),
    address(),
    cutUplot(),
    precache(),
    budget(),
  ],
  resolve: { alias: { '@wasm': here('build/wasm'), '@fonts': here('build/fonts') } },
  server: { fs: { allow: [here('.')] }, headers: isolationHeaders },
  css: { postcss: { plugins: [cutFonts] } },
  worker: {
    format: 'es',
    plugins: () => [cutGlue()],
    // The names of classes are told the reader, and those of lab.nn go into files.
    rolldownOptions: {
      output: {
        minify: { compress: true, mangle: { keepNames: { class: true, function: false } } },
        comments: { annotation: false, jsdoc: false },
      },
    },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    // A browser that does not know the hint loads the same a moment later.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: pages({ root, notebooks }),
      output: { comments: { annotation: false, jsdoc: false } },
    },
  },
});
