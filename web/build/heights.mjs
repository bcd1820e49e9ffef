// npm run heights [-- PAGE...]: how high each cell's outputs are once it has run, into heights.json, from which pages keep room
// for them. Runs the pages of the site as it was built last (npm run build), in Chromium. To be run when a lesson is new, or its
// figures are others; tests/e2e/shift.spec.js finds what has moved since.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { extras, lessons, pathOf } from './course.js';
import { allHeights, heightsText, WIDTHS } from './heights.js';
import { serve } from './serve.mjs';
import { findChromium, runMain, SetupError, say } from './setup.mjs';

const RUN_MS = 1_800_000;

/** What keeps room, and what is not laid out until one gets near, must not be measured. */
const BARE = `main > * { content-visibility: visible !important }
main.lesson .outputs, main.lesson > .title { min-height: 0 !important }
main.lesson .outputs:empty { border: 0 !important }`;

/** In the page: the heights now, but of what is folded away and of tasks, which wait for the reader. */
function heightsNow() {
  /** @type {Record<string, number>} */
  const heights = {};
  const title = document.querySelector('main > .title');
  if (title) heights.title = Math.ceil(title.getBoundingClientRect().height);
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('main > .cell'))) {
    const height = cell.querySelector(':scope > .outputs')?.getBoundingClientRect().height ?? 0;
    if (height > 0) heights[cell.dataset.cell ?? ''] = Math.ceil(height);
  }
  return heights;
}

/** In the page: figures have drawn, however busy the machine is. */
const threeFrames = () =>
  new Promise((done) => {
    const next = (/** @type {number} */ left) =>
      left ? requestAnimationFrame(() => next(left - 1)) : done(0);
    next(3);
  });

/** @param {import('@playwright/test').Page} page */
async function settled(page) {
  let before = '';
  for (let tries = 0; tries < 40; tries++) {
    await page.waitForTimeout(150);
    await page.evaluate(threeFrames);
    const now = JSON.stringify(await page.evaluate(heightsNow));
    if (now === before) return /** @type {Record<string, number>} */ (JSON.parse(now));
    before = now;
  }
  throw new SetupError('The heights do not come to rest.');
}

/** @param {import('@playwright/test').Page} page @param {string} site its address @param {string} slug @returns {Promise<import('./heights.js').Heights>} */
async function measure(page, site, slug) {
  await page.goto(site + pathOf(slug));
  await page.addStyleTag({ content: BARE });
  await page.waitForSelector('[data-kernel="ready"] > [data-do="run-all"][aria-disabled="false"]');
  await page.locator('[data-do="run-all"]').click();
  // What builds on a task does not run, and stays idle.
  await page.waitForSelector('[data-do="run-all"][aria-disabled="true"]');
  await page.waitForSelector('[data-do="run-all"][aria-disabled="false"]', { timeout: RUN_MS });
  const failed = await page.locator('main > [data-status="error"]').allInnerTexts();
  if (failed.length) throw new SetupError(`${slug}: a cell failed: ${failed[0]}`);
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  /** @type {import('./heights.js').Heights} */
  const heights = {};
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const [id, height] of Object.entries(await settled(page)))
      heights[id] = [...(heights[id] ?? []), height];
  }
  return heights;
}

async function main() {
  const known = [...lessons, ...extras].map(({ slug }) => slug);
  const wanted = process.argv.slice(2);
  for (const slug of wanted)
    if (!known.includes(slug)) throw new SetupError(`${slug} is none of the pages: ${known.join(', ')}`);
  const server = await serve(fileURLToPath(new URL('../dist/', import.meta.url)));
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    for (const slug of wanted.length ? wanted : known) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        serviceWorkers: 'block',
        reducedMotion: 'reduce',
      });
      const heights = await measure(await context.newPage(), server.url, slug);
      await context.close();
      writeFileSync(
        new URL('heights.json', import.meta.url),
        heightsText({ ...allHeights(), [slug]: heights }),
      );
      say(`${slug}: ${Object.keys(heights).length} heights`);
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

await runMain(main);
