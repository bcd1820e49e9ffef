import { pathOf } from '../../web/build/course.js';
import {
  axe,
  brokenFormulas,
  checkTask,
  edit,
  expect,
  fits,
  lessons,
  opensWithItsFigure,
  pictures,
  runAll,
  runCell,
  test,
  training,
} from './site.js';

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {import('@playwright/test').Locator} Locator */

/** The key that moves a slider, or to the next choice. @param {Locator} knob */
const awayFromItsEnd = (knob) =>
  knob.evaluate((element) => {
    const { type, value, max } = /** @type {HTMLInputElement} */ (element);
    if (type !== 'range') return 'ArrowRight';
    return Number(value) < Number(max) ? 'PageUp' : 'PageDown';
  });

/** Each control that has a figure changes it, by keyboard. @param {Page} page */
async function moveControls(page) {
  let moved = 0;
  for (const control of await page.locator('.display.controls').all()) {
    const figures = control.locator('.outputs');
    const knob = control.locator('.knobs input').first();
    if ((await figures.locator('canvas').count()) === 0 || (await knob.count()) === 0) continue;
    const before = (await pictures(figures)).pixels;
    await knob.focus();
    if ((await knob.getAttribute('type')) === 'text') {
      await knob.fill('a small blue square');
      await page.keyboard.press('Enter');
    } else {
      await page.keyboard.press(await awayFromItsEnd(knob));
    }
    await expect(async () => expect((await pictures(figures)).pixels === before).toBe(false)).toPass({
      timeout: 30_000,
    });
    moved++;
  }
  return moved;
}

/** Puts each task's solution into its cell and has it checked. @param {Page} page */
async function solve(page) {
  for (const task of await page.locator('.task').all()) {
    for (const solution of await task.locator('details.solution').all()) {
      await solution.locator('summary').click();
      await solution.getByRole('button', { name: 'Use this solution' }).click();
    }
    const id = (await task.getAttribute('data-task')) ?? '';
    await expect(await checkTask(page, id, 300_000)).toHaveText(/^Right/);
    await expect(task).toHaveAttribute('data-solved', '');
  }
}

/**
 * Firefox runs the lessons on points, and of the others, which train networks of pictures, what runs by itself: that is the same
 * code, and takes as long again. npm test -- --whole runs them all.
 * @param {string} slug @param {string} browser
 */
const runsWhole = (slug, browser) => browser === 'chromium' || process.env.PAGES === 'whole' || slug < '07';

for (const slug of [...lessons, 'companion', 'final-challenge', 'summary'])
  test(`${slug}: opens with its figure, runs, shows, answers to its controls, checks its tasks, is accessible`, async ({
    page,
    browserName,
  }) => {
    test.setTimeout(900_000);
    await page.goto(pathOf(slug));
    await opensWithItsFigure(page);
    if (!runsWhole(slug, browserName)) {
      await pictures(page.locator('main > .cell.first'));
      expect(await brokenFormulas(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      await fits(page);
      return;
    }
    await runAll(page, 600_000);

    // Nobody has trained one in this browser yet.
    if (slug.startsWith('06'))
      await expect(page.locator('#cell-model')).toContainText('Trained for 100 epochs just now.');
    for (const cell of await page.locator('main > .cell[data-tags~="check"]').all())
      await expect(cell).toHaveAttribute('data-check', 'pass');
    for (const cell of await page.locator('.task > .cell').all())
      await expect(cell).toHaveAttribute('data-status', 'idle');
    expect(
      await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('progress:'))),
    ).toEqual([]);

    await pictures(page.locator('main'));
    expect(await moveControls(page)).toBeGreaterThan(0);
    await expect(page.locator('[data-status="error"]')).toHaveCount(0);
    expect(await brokenFormulas(page)).toEqual([]);

    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page);
    // The rest is the same in every browser.
    if (browserName !== 'chromium') return;
    await page.setViewportSize({ width: 1280, height: 900 });

    for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await axe(page), colorScheme).toEqual([]);
    }

    if ((await page.locator('.task').count()) === 0) return;
    await solve(page);
    await page.goto('');
    await expect(page.locator(`a.card[data-lesson="${slug}"]`)).toContainText('solved');
  });

test('a chart tells its values to the mouse and to the keyboard', async ({ page }) => {
  await page.goto(`exercises/${lessons.find((slug) => slug.startsWith('02'))}/`);
  await runAll(page);
  const chart = page.locator('#cell-compare .lines');
  const readout = chart.locator('.readout');
  await expect(readout).toBeHidden();
  // To hover scrolls the chart into view; where the browser tells of that later than of the mouse, it takes another move.
  await expect(async () => {
    await page.mouse.move(0, 0);
    await chart.locator('.u-over').hover();
    await expect(readout).toContainText(/t = \d+/, { timeout: 1000 });
  }).toPass();
  await expect(readout).toContainText('quadratic-sqrt');
  const slider = chart.getByRole('slider', { name: /^Read alpha_bar.* at t$/ });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(readout).toContainText('t = 0');
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', /^t = 1: linear 1, cosine 1/);
});

const PICTURES = `lab.heatmap({ title: 'Table', x: { label: 't', range: [0, 20] }, values: lab.tensor([2, 3], [1, 2, 3, 4, 5, -6.25]) });
lab.grid({ title: 'Two', images: lab.tensor([2, 3, 1, 2], [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, NaN]), labels: ['a', 'b'] });`;

test('tables and pictures tell their numbers to the mouse and to the keyboard', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', PICTURES);
  const cell = await runCell(page, 'lazy-network');
  const table = cell.locator('.display.heatmap');
  await expect(table.locator('.readout')).toBeHidden();
  const { width = 0, height = 0 } = (await table.getByRole('img').boundingBox()) ?? {};
  await table.getByRole('img').hover({ position: { x: 0.9 * width, y: 0.7 * height } });
  await expect(table.locator('.readout')).toHaveText('t 20, row 2-6.25');
  await expect(table.locator('.read-mark')).toBeVisible();

  const slider = table.getByRole('slider', { name: 'Read Table, number by number' });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', 't 0, row 1: 1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', 't 10, row 2: 5');
  await page.keyboard.press('ArrowDown');
  await expect(slider).toHaveAttribute('aria-valuetext', 't 10, row 2: 5');

  const pixels = cell.getByRole('slider', { name: 'Read Two, number by number' });
  await pixels.focus();
  await expect(table.locator('.readout')).toBeHidden();
  await page.keyboard.press('Home');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('ArrowRight');
  const words = 'b, row 1, column 2: red 0.7, green 0.9, blue NaN';
  await expect(pixels).toHaveAttribute('aria-valuetext', words);
  await expect(cell.locator('.display.grid .readout')).toContainText('green0.9');
});

const FIELDS = `const arrows = { points: lab.tensor([4, 2], [-1, 1, 1, 1, -1, -1, 1, -1]), vectors: lab.tensor([4, 2], [3, 4, 0, 1, 2, 0, -6, -8]) };
const background = lab.tensor([2, 3], [0.1, 0.2, 0.3, 0.4, 0.5, NaN]);
lab.field({ range: [-2, 2], panels: [{ title: 'Both', ...arrows, background }, { title: 'Arrows', ...arrows }] });`;

test('fields tell their numbers to the mouse and to the keyboard', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', FIELDS);
  const cell = await runCell(page, 'lazy-network');
  const panels = cell.locator('.display.field .panel');
  const [both, arrows] = [panels.first(), panels.last()];
  const { width = 0, height = 0 } = (await both.getByRole('img').boundingBox()) ?? {};
  await expect(both.locator('.readout')).toBeHidden();
  await both.getByRole('img').hover({ position: { x: 0.5 * width, y: 0.25 * height } });
  await expect(both.locator('.readout')).toHaveText('x 0, y 1background0.2');
  await arrows.getByRole('img').hover({ position: { x: 0.7 * width, y: 0.8 * height } });
  await expect(arrows.locator('.readout')).toHaveText('x 1, y -1vector x-6vector y-8its length10');
  await expect(both.locator('.readout')).toBeHidden();

  const cells = both.getByRole('slider', { name: 'Read Both, number by number' });
  await cells.focus();
  await page.keyboard.press('Home');
  const first = 'x -1.33, y 1: background 0.1, vector x 3, vector y 4, its length 5';
  await expect(cells).toHaveAttribute('aria-valuetext', first);
  await page.keyboard.press('End');
  const last = 'x 1.33, y -1: background NaN, vector x -6, vector y -8, its length 10';
  await expect(cells).toHaveAttribute('aria-valuetext', last);

  const starts = arrows.getByRole('slider', { name: 'Read Arrows, number by number' });
  await starts.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  const third = 'x -1, y -1: vector x 2, vector y 0, its length 2';
  await expect(starts).toHaveAttribute('aria-valuetext', third);
});
