/** Threads and offline: with our server's headers, on one that sends none, and where service workers are refused. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serviceWorker } from '../../web/build/precache.js';
import { serve } from '../../web/build/serve.mjs';
import { edit, expect, refuseServiceWorker, runCell, sampling, test as siteTest, training } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {{url: string, port: number, close: () => Promise<void>}} Server */

/** On a server of its own, which sends no headers for isolation, with a copy of the site that may be changed. */
/** @type {import('@playwright/test').Fixtures<{folder: string, server: Server}, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */
const fixtures = {
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'noisebook-'));
    cpSync('web/dist', folder, { recursive: true });
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  server: async ({ folder }, use) => {
    const server = await serve(folder, { port: 4400, base: '/a/sub/path/', isolated: false, attempts: 99 });
    await use(server);
    await server.close();
  },
  baseURL: async ({ server }, use) => use(server.url),
};
const test = siteTest.extend(fixtures);
test.use({ keeps: true });

const status = (/** @type {Page} */ page) => page.locator('.kernel');
const isolated = (/** @type {Page} */ page) => page.evaluate(() => crossOriginIsolated);
/** Until the newest service worker has kept the site and answers for it. @param {Page} page */
const kept = (page) =>
  expect
    .poll(
      () =>
        page.evaluate(async () => {
          const { installing, waiting, active } = (await navigator.serviceWorker.getRegistration()) ?? {};
          const newest = !installing && !waiting && active?.state === 'activated';
          return newest && navigator.serviceWorker.controller !== null;
        }),
      { timeout: 30_000 },
    )
    .toBe(true);

/** How often the page has been loaded. @param {Page} page */
function countLoads(page) {
  const loads = { count: 0 };
  page.on('load', () => loads.count++);
  return loads;
}

const LOSSES = `lab.seed(5);
const schedule = lab.schedule('cosine', { T: 100 });
const points = lab.Trainer({ model: lab.SimpleNoisePredictor(), schedule, data: lab.swiss_roll({ n: 600 }).float() });
Array.from({ length: 12 }, () => points.step().loss).join(' ')`;

/** The losses of a short training, to the last digit. @param {Page} page @param {string} query */
async function losses(page, query) {
  await page.goto(training + query);
  await edit(page, 'lazy-network', LOSSES);
  const cell = await runCell(page, 'lazy-network');
  await expect(cell).toHaveAttribute('data-status', 'ok');
  const text = (await cell.locator('.outputs').textContent()) ?? '';
  return { text, engine: await status(page).getAttribute('data-engine') };
}

siteTest('two threads give the losses of one, bit for bit; fast arithmetic nearly', async ({ page }) => {
  const [one, two] = [await losses(page, '?threads=1'), await losses(page, '?threads=2')];
  expect(await isolated(page)).toBe(true);
  expect(one.engine).toBe('exact, 1 thread');
  expect(two.engine).toBe('exact, 2 threads');
  expect(one.text.split(' ').length).toBe(12);
  expect(two.text).toBe(one.text);
  const fast = await losses(page, '?mode=fast&threads=2');
  expect(fast.engine).toBe('fast, 2 threads');
  const first = (/** @type {{text: string}} */ { text }) => Number.parseFloat(text);
  expect(first(fast)).toBeCloseTo(first(one), 4);
});

test('without the headers, a lesson is isolated after one more load', async ({ page }) => {
  const loads = countLoads(page);
  await page.goto(training);
  await expect.poll(() => isolated(page).catch(() => false), { timeout: 20_000 }).toBe(true);
  await expect(status(page)).toContainText('Ready');
  await runCell(page, 'lazy-network');
  expect(loads.count).toBe(2);
  await page.goto(sampling);
  expect(await isolated(page)).toBe(true);
  expect(loads.count).toBe(3);
});

test('a reader who has begun is not interrupted', async ({ page }) => {
  const loads = countLoads(page);
  await page.addInitScript(() =>
    addEventListener('DOMContentLoaded', () => dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab' }))),
  );
  await page.goto(training);
  await kept(page);
  await runCell(page, 'lazy-network');
  await expect(status(page)).toHaveAttribute('data-engine', 'exact, 1 thread');
  expect(await isolated(page)).toBe(false);
  expect(loads.count).toBe(1);
});

test('a site that was visited once works without its server', async ({ page, server }) => {
  await page.goto('');
  await kept(page);
  await server.close();
  await page.getByRole('link', { name: /Training a diffusion model/ }).click();
  await expect(await runCell(page, 'lazy-network')).toHaveAttribute('data-status', 'ok');
  await edit(page, 'lazy-network', '6 * 7');
  await expect(await runCell(page, 'lazy-network')).toContainText('42');
  await page.goto(sampling.replace(/\/$/, ''));
  await expect(page).toHaveURL(/sampling\/$/);
  await expect(status(page)).toContainText('Ready');
});

test('a new version is taken over as a whole, at the next load', async ({ page, folder }) => {
  await page.goto('');
  await kept(page);
  const file = path.join(folder, 'index.html');
  writeFileSync(file, readFileSync(file, 'utf8').replace('<h1>', '<h1>Version two. '));
  await page.reload();
  await expect(page.locator('h1')).not.toContainText('Version two');
  writeFileSync(path.join(folder, 'service-worker.js'), serviceWorker(folder));
  await page.reload();
  await expect(page.locator('h1')).not.toContainText('Version two');
  const versions = () => page.evaluate(async () => (await caches.keys()).length);
  await expect.poll(versions, { timeout: 30_000 }).toBe(2);
  await kept(page);
  await page.reload();
  await expect(page.locator('h1')).toContainText('Version two');
});

test('a copy that was tampered with is not taken over into a new version', async ({ page, folder }) => {
  await page.goto('');
  await kept(page);
  /** How many of the scripts in the newest cache are not what the site has, and what to put there. @param {string} [text] */
  const scripts = (text) =>
    page.evaluate(async (put) => {
      const cache = await caches.open((await caches.keys()).at(-1) ?? '');
      const all = (await cache.keys()).filter(({ url }) => /\/assets\/.*\.js$/.test(url));
      if (put) for (const each of all) await cache.put(each, new Response(put));
      const texts = await Promise.all(all.map(async (each) => (await cache.match(each))?.text()));
      return texts.filter((each) => each?.startsWith('/* tampered')).length;
    }, text);
  expect(await scripts('/* tampered with */')).toBeGreaterThan(5);
  const file = path.join(folder, 'index.html');
  writeFileSync(file, readFileSync(file, 'utf8').replace('<h1>', '<h1>Version two. '));
  writeFileSync(path.join(folder, 'service-worker.js'), serviceWorker(folder));
  // As a browser does when it sees fit.
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  const versions = () => page.evaluate(async () => (await caches.keys()).length);
  await expect.poll(versions, { timeout: 30_000 }).toBe(2);
  await kept(page);
  expect(await scripts()).toBe(0);
});

test('where service workers are refused, a lesson computes with one thread', async ({ page }) => {
  await refuseServiceWorker(page);
  await page.goto(training);
  await runCell(page, 'lazy-network');
  await expect(status(page)).toHaveAttribute('data-engine', 'exact, 1 thread');
  expect(await isolated(page)).toBe(false);
});

/** Opens a lesson of a site that lacks files. @param {import('@playwright/test').Browser} browser @param {string} url */
async function open(browser, url) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(url + training);
  return { page, close: () => context.close() };
}

/** @param {string} folder @param {RegExp} which */
function removeAssets(folder, which) {
  const found = readdirSync(path.join(folder, 'assets')).filter((name) => which.test(name));
  expect(found.length).toBeGreaterThan(0);
  for (const name of found) rmSync(path.join(folder, 'assets', name));
}

test('a module that is missing is replaced by a simpler one', async ({ browser, server, folder }) => {
  removeAssets(folder, /^noisebook-relaxed-.*\.wasm$/);
  const { page, close } = await open(browser, server.url);
  await expect(await runCell(page, 'lazy-network')).toHaveAttribute('data-status', 'ok');
  await close();
});

test('without any module the reader is told what to do', async ({ browser, server, folder }) => {
  removeAssets(folder, /\.wasm$/);
  const { page, close } = await open(browser, server.url);
  await expect(page.locator('.message')).toContainText('could not be started. Reload the page');
  await expect(await runCell(page, 'lazy-network')).toContainText('could not be started. Reload the page');
  await close();
});

test('where threads do not start, one thread does it', async ({ browser, folder }) => {
  removeAssets(folder, /^noisebook-simd128-threads-.*\.js$/);
  const server = await serve(folder, { port: 4500, attempts: 99 });
  const { page, close } = await open(browser, server.url);
  await expect(status(page)).toHaveAttribute('data-engine', 'exact, 1 thread');
  await expect(await runCell(page, 'lazy-network')).toHaveAttribute('data-status', 'ok');
  await close();
  await server.close();
});
