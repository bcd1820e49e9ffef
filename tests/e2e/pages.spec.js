import { lessons as all, extras } from '../../web/build/course.js';
import {
  axe,
  cards,
  expect,
  fits,
  lessons,
  movesByItself,
  opensWithItsFigure,
  test,
  training,
} from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Lessons are looked at in every-lesson.spec.js, once they have run. */
const pages = {
  'the start page': { path: '', opens: (/** @type {Page} */ page) => movesByItself(page, '.play-board') },
  'the cards': { path: cards, opens: opensWithItsFigure },
};

for (const [name, { path, opens }] of Object.entries(pages)) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark']))
    test(`${name} is accessible in ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto(path);
      expect(await axe(page)).toEqual([]);
    });

  test(`${name} opens with a figure that moves by itself, and fits a phone`, async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(path);
    await opens(page);
    await fits(page);
  });
}

test('lesson 7 is as long as twenty screens of a phone, no longer', async ({ page }) => {
  const height = 844;
  await page.setViewportSize({ width: 390, height });
  await page.goto('exercises/07-unet/');
  await opensWithItsFigure(page);
  // What is far away has about its height only, until it is laid out.
  await page.addStyleTag({ content: 'main > * { content-visibility: visible !important }' });
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThan(20.2 * height);
});

test("a player's controls stand in one row on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(training);
  await opensWithItsFigure(page);
  const places = page.locator('.cell.first .player-controls > *');
  const middles = await places.evaluateAll((all) =>
    all.map((each) => each.getBoundingClientRect()).map(({ top, height }) => top + height / 2),
  );
  expect(middles.length).toBeGreaterThan(3);
  expect(Math.max(...middles) - Math.min(...middles)).toBeLessThan(5);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('a lesson can be read', async ({ page }) => {
    await page.goto(training);
    await expect(page.getByRole('heading', { name: 'Training a diffusion model' })).toBeVisible();
    await expect(page.locator('#cell-train pre.source')).toContainText('lab.randperm');
    await expect(page.locator('.equation').first()).toBeVisible();
    await expect(page.locator('.answer').first()).toBeVisible();
    await expect(page.locator('.toolbar')).toBeHidden();
  });
});

test('the start page leads to the open lessons', async ({ page }) => {
  await page.goto('');
  await expect(page.locator('.card')).toHaveCount(all.length + extras.length);
  for (const slug of lessons)
    await expect(page.locator(`a.card[href="exercises/${slug}/"]`), slug).toHaveCount(1);
  await page.getByRole('link', { name: /Training a diffusion model/ }).click();
  await expect(page).toHaveURL(/\/course\/exercises\/05-training\/$/);
  await expect(page.getByRole('button', { name: 'Run all' })).toBeEnabled();
});

test('the theme can be chosen and is remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(training);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.getByRole('button', { name: 'Dark or light' }).click();
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await paper()).toBe(dark);
});
