import { pathOf } from '../../web/build/course.js';
import { expect, lessons, test, training } from './site.js';

const opened = [...lessons, 'companion', 'final-challenge', 'cards', 'summary'];

/** How much of the page is code that one sees. @param {import('@playwright/test').Page} page */
const shareOfCode = (page) =>
  page.evaluate(() => {
    // What is far from the window has a guessed height until then.
    document.head.append(
      Object.assign(document.createElement('style'), {
        textContent: 'main > * { content-visibility: visible !important }',
      }),
    );
    const seen = [...document.querySelectorAll('pre.source, .cm-editor')].filter((each) =>
      each.checkVisibility(),
    );
    const height = seen.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0);
    return height / document.documentElement.scrollHeight;
  });

for (const slug of opened)
  test(`${slug} opens with its figure, which runs by itself, and code is at most a fifth of the page`, async ({
    page,
  }) => {
    await page.goto(pathOf(slug));
    const first = page.locator('main > .cell.first');
    await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
    await expect(first.locator('canvas, svg').first()).toBeVisible();
    // It stands before all words but the title's.
    const isFirst = await first.evaluate((el) => el.previousElementSibling?.matches('.title'));
    expect(isFirst).toBe(true);
    await expect(page.locator('.cell:not(.first, [data-status="idle"])')).toHaveCount(0);
    expect(await shareOfCode(page)).toBeLessThan(0.2);
  });

test('a first figure that the reader has changed waits for the reader', async ({ page }) => {
  await page.goto(training);
  const first = page.locator('main > .cell.first');
  await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((each) => each.includes('noisebook'));
    localStorage.setItem(
      `${key?.split(' ').slice(0, 2).join(' ')} edit:05-training:first`,
      'lab.print("mine")',
    );
  });
  await page.reload();
  await expect(page.locator('.kernel')).toContainText('Ready', { timeout: 30_000 });
  await expect(first).toHaveAttribute('data-edited', '');
  await expect(first).toHaveAttribute('data-status', 'idle');
  await first.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(first).toContainText('mine');
});

test('in a new kernel the first figure is drawn anew, and Run all keeps the focus', async ({ page }) => {
  await page.goto('exercises/01-noise/');
  const first = page.locator('main > .cell.first');
  await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(first).toHaveAttribute('data-status', 'idle');
  await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
  const runAll = page.getByRole('button', { name: 'Run all' });
  await runAll.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#cell-data')).toHaveAttribute('data-status', /running|ok/);
  await expect(runAll).toBeFocused();
});
