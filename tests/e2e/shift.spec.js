import { extras, pathOf } from '../../web/build/course.js';
import { expect, lessons, test } from './site.js';

/** What may move, all in all: a share of the window times how far it moves, as browsers measure it. */
const MOST = 0.02;
/** No cell is waited for any longer: a training that has drawn its figures by then is stopped. */
const PATIENCE_MS = 6000;
const sizes = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
/** All of them take twenty minutes: npm test -- --whole. */
const pages =
  process.env.PAGES === 'whole' ? [...lessons, ...extras.map(({ slug }) => slug)] : [lessons[0], lessons[4]];

/** In the page, before its scripts: notes what moves. */
function watch() {
  const shifts = /** @type {{value: number, what: string[]}[]} */ ([]);
  Object.assign(window, { shifts });
  const nameOf = (/** @type {Node | null} */ node) => {
    const element = node instanceof Element ? node : node?.parentElement;
    return `${element?.closest('.cell')?.id ?? ''} ${element?.localName}.${element?.className}`;
  };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, sources } = /** @type {any} */ (entry);
      shifts.push({ value, what: sources.map((/** @type {any} */ { node }) => nameOf(node)) });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** What has moved since it was asked last, the clicks of readers counted too. @param {import('@playwright/test').Page} page */
async function moved(page) {
  await page.waitForTimeout(300);
  const list = await page.evaluate(() => /** @type {any} */ (window).shifts.splice(0));
  const sum = list.reduce((/** @type {number} */ all, /** @type {any} */ { value }) => all + value, 0);
  return { sum, what: JSON.stringify(list, null, 1) };
}

/** Presses a cell's Run as a script does, after which what moves counts, and waits for its end, or a while. @param {import('@playwright/test').Locator} cell */
async function runInSight(cell) {
  await cell.evaluate((element) => {
    scrollTo({ top: scrollY + element.getBoundingClientRect().top - 160, behavior: 'instant' });
  });
  await moved(cell.page());
  await cell.evaluate((element) => /** @type {HTMLElement} */ (element.querySelector('.run')).click());
  const ended = expect(cell).toHaveAttribute('data-status', /ok|error/, { timeout: PATIENCE_MS });
  await ended.catch(() => cell.page().getByRole('button', { name: 'Stop', exact: true }).click());
  await expect(cell).toHaveAttribute('data-status', /ok|error/, { timeout: 30_000 });
  await expect(cell.locator('[aria-busy="true"]')).toHaveCount(0);
}

for (const slug of pages)
  for (const [name, viewport] of Object.entries(sizes))
    test.describe(`${slug}, ${name}`, () => {
      test.use({ viewport });
      test('nothing jumps when it loads, nor when its cells run one after another', async ({ page }) => {
        test.setTimeout(400_000);
        await page.addInitScript(watch);
        await page.goto(pathOf(slug));
        const first = page.locator('main > .cell.first');
        if (await first.count())
          await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 60_000 });
        else await expect(page.locator('[data-kernel="ready"]')).toBeAttached({ timeout: 60_000 });
        await page.waitForTimeout(700);
        const load = await moved(page);
        expect(load.sum, `at load: ${load.what}`).toBeLessThan(MOST);
        for (const cell of await page.locator('main > .cell:not(.first)').all()) {
          await runInSight(cell);
          const run = await moved(page);
          expect(run.sum, `${await cell.getAttribute('id')}: ${run.what}`).toBeLessThan(MOST);
        }
      });
    });
