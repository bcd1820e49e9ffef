/** The gallery of the studio: runs that `npm run gallery` made with it, each with its picture, its settings, how it is judged, and the link that opens it. */
import { readFileSync } from 'node:fs';
import { decodeRun } from '../page/studio/open/link.js';
import { escapeHtml } from './highlight.js';
import { footer, MARK, pageHtml, STYLE, siteHeader } from './shell.js';

/** `set`: what ships, by its key; or `strokes`, which are drawn. @typedef {{name: string, title: string, set?: string, strokes?: [number, number][][], run: import('../kernel/studio/config.js').Patch}} Entry */
/** `link`: the hash of the address, which says all settings. @typedef {{link: string, file: string, parameters: number, steps: number, loss: number, evaluations: number, measures: {name: string, value: number, real: number}[]}} Result */

/** Where it lies in the site. */
export const GALLERY = 'studio/gallery';
const FOLDER = new URL('../studio/gallery/', import.meta.url);

/** @param {string} name */
const read = (name) => readFileSync(new URL(name, FOLDER), 'utf8');
/** @returns {Entry[]} */
export const entries = () => JSON.parse(read('runs.json'));
/** @returns {Record<string, Result>} */
export const results = () => JSON.parse(read('results.json'));

const NETWORKS = { mlp: 'MLP', unet: 'U-Net', unet1d: 'U-Net of series', code: 'network of code' };
const OBJECTIVES = { eps: 'the noise', x0: 'the data', v: 'v', flow: 'the flow’s velocity' };
const OPTIMIZERS = { adam: 'Adam', muon: 'Muon' };
/** @type {Record<string, string>} */
const METHODS = {
  ddpm: 'DDPM',
  ddim: 'DDIM',
  'dpm-solver++': 'DPM-Solver++',
  plms: 'PNDM',
  euler: 'Euler',
  heun: 'Heun',
};

/** @param {number} n */
const number = (n) => n.toLocaleString('en');

/** @param {Result} result @returns {string[]} a line each */
export function wordsOf(result) {
  const { network, training, sampling } = decodeRun(result.link).config;
  const schedule = training.objective === 'flow' ? '' : `, ${training.schedule} schedule`;
  const guided = sampling.guidance_scale === 1 ? '' : `, guidance ${sampling.guidance_scale}`;
  return [
    `${NETWORKS[network.kind]}, ${network.width} wide, ${network.depth} deep: ${number(result.parameters)} parameters`,
    `predicts ${OBJECTIVES[training.objective]}${schedule}`,
    `${OPTIMIZERS[training.optimizer]}, learning rate ${training.lr}, batches of ${training.batch}, ${number(result.steps)} steps`,
    `${METHODS[sampling.method]}, ${number(sampling.steps)} steps${guided}`,
  ];
}

/** @param {Result} result */
function measureOf({ measures }) {
  const [distance] = measures.filter(({ name }) => name === 'sliced_wasserstein');
  const beside = Number.isFinite(distance.real) ? `; held-out data: ${distance.real.toPrecision(2)}` : '';
  return `Sliced Wasserstein distance ${distance.value.toPrecision(2)}${beside}`;
}

/** @param {Entry} entry @param {Result} result */
function pictureOf({ title }, { file }) {
  if (file.endsWith('.svg')) return read(file);
  return `<img class="made" src="./${file}" alt="Pictures that it made: ${escapeHtml(title)}" loading="lazy">`;
}

/** @param {Entry} entry @param {Result} result */
const runHtml = (entry, result) => `<li id="${entry.name}">
${pictureOf(entry, result)}
<h2>${escapeHtml(entry.title)}</h2>
<ul class="settings-of">
<li>${entry.set ? `Data: ${escapeHtml(decodeRun(result.link).config.data.name)}` : 'Data: drawn by hand'}</li>
${wordsOf(result)
  .map((words) => `<li>${escapeHtml(words)}</li>`)
  .join('\n')}
</ul>
<p class="measure">${measureOf(result)}</p>
<p><a class="button" href="../${result.link}" aria-label="Open in the studio: ${escapeHtml(entry.title)}">Open in the studio</a></p>
</li>`;

export function galleryPage() {
  const [list, made] = [entries(), results()];
  const body = `${MARK}${siteHeader('../../', '<a href="../">The studio</a>')}
<main id="main" class="gallery">
<header class="title">
<h1>Made in the studio</h1>
<p class="lede">Each of these was trained with the studio’s own settings, in a minute or two. Open one: its settings and data are there, and Train makes the same model.</p>
</header>
<ol class="gallery-runs">
${list.map((entry) => runHtml(entry, made[entry.name])).join('\n')}
</ol>
</main>
${footer('../../')}`;
  return pageHtml({
    title: 'Made in the studio · Noisebook',
    description:
      'Small diffusion models, trained in the browser: points, digits, clothes, scenes and series, each with its settings, to open and train again.',
    script: '/page/gallery.js',
    style: [STYLE, '/styles/gallery.css'],
    body,
    kind: 'gallery-page',
    root: '../../',
  });
}
