import { expect, test, training } from './site.js';

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
  await first
    .locator('figure')
    .first()
    .evaluate((figure) => figure.classList.add('before'));
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(first.locator('.before')).toHaveCount(0);
  await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
  const runAll = page.getByRole('button', { name: 'Run all' });
  await runAll.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#cell-data')).toHaveAttribute('data-status', /running|ok/);
  await expect(runAll).toBeFocused();
});
