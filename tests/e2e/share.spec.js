import { writeFileSync } from 'node:fs';
import { decodeChanges } from '../../web/page/share/share.js';
import { axe, copyLink, edit, expect, offered, runCell, test, training } from './site.js';

test.use({
  permissions: async ({ browserName }, use) =>
    use(browserName === 'chromium' ? ['clipboard-read', 'clipboard-write'] : []),
});

test('a link carries edits and controls, shows them, and runs nothing', async ({ page, context }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', 'globalThis.stolen = true;\nconst noise = 5;\nnoise + 2');
  for (const id of ['data', 'schedule']) await runCell(page, id);
  const slider = page.locator('#cell-schedule').getByRole('slider');
  await slider.focus();
  await page.keyboard.press('End');
  await expect(page.locator('#cell-schedule')).toContainText('t = 999');
  const link = await copyLink(page);

  const other = await context.newPage();
  await other.goto('about:blank');
  await page.evaluate(() => localStorage.clear());
  await other.goto(link);
  const banner = other.getByRole('region', { name: 'Shared link' });
  await expect(banner).toContainText('1 changed cell; controls at t = 999');
  const cell = other.locator('#cell-lazy-network');
  await expect(cell.locator('.review ins').first()).toHaveText(/globalThis.stolen/);
  await expect(cell).toHaveAttribute('data-status', 'idle');
  await expect(cell).not.toHaveAttribute('data-edited');
  await expect(other.locator('.cell:not(.first, [data-status="idle"])')).toHaveCount(0);
  await other.reload();
  await expect(banner).toContainText('1 changed cell');
  expect(await axe(other)).toEqual([]);

  await banner.getByRole('button', { name: 'Keep' }).click();
  expect(other.url()).not.toContain('#');
  await expect(cell.locator('pre.source')).toContainText('const noise = 5;');
  await expect(cell).toHaveAttribute('data-status', 'idle');
  await runCell(other, 'data');
  await expect(await runCell(other, 'schedule')).toContainText('x_t at t = 999');
  await banner.getByRole('button', { name: 'Undo' }).click();
  await expect(cell).not.toHaveAttribute('data-edited');
});

test("no link carries a reader's file", async ({ page }) => {
  await page.goto(training);
  const weights = "weights: lab.file({ label: 'Weights' })";
  await edit(
    page,
    'lazy-network',
    `await lab.interact({ ${weights} }, ({ weights }) => lab.print('alone', weights?.name));`,
  );
  await edit(
    page,
    'data',
    `await lab.interact({ ${weights}, v: lab.slider(0, 9) }, ({ weights, v }) => lab.print(v, weights?.name));`,
  );
  const path = test.info().outputPath('mine.bin');
  writeFileSync(path, 'mine');
  for (const id of ['lazy-network', 'data']) {
    const cell = await runCell(page, id);
    await cell.getByLabel('Weights').setInputFiles(path);
    await expect(cell.locator('.display.text')).toContainText('mine.bin');
  }
  await page.locator('#cell-data').getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(page.locator('#cell-data .display.text')).toHaveText('9 mine.bin');
  const link = await copyLink(page);
  const changes = await decodeChanges(new URL(link).hash);
  expect(changes?.controls).toEqual({ data: { v: 9 } });
});

test('a link is discarded without a trace, a damaged one is told', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', '1 + 1');
  const link = await copyLink(page);
  await page.getByRole('button', { name: 'Reset cell' }).click();
  await page.goto('');
  await page.goto(link);
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.locator('.review')).toHaveCount(0);
  await expect(page.locator('[data-edited]')).toHaveCount(0);
  await page.goto('');
  await page.goto(`${link.slice(0, -4)}AAAA`);
  await expect(page.getByRole('region', { name: 'Shared link' })).toContainText('damaged');
});

test('the notebook is downloaded with the edits in it', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', 'const a = 1;\na');
  await page.getByText('More', { exact: true }).click();
  const { name, bytes } = await offered(page, () =>
    page.getByRole('button', { name: 'Download the notebook' }).click(),
  );
  expect(name).toBe('05-training.ipynb');
  const { nbformat, cells } = JSON.parse(bytes.toString());
  expect(nbformat).toBe(4);
  const lazy = cells.find((/** @type {{id: string}} */ cell) => cell.id === 'lazy-network');
  expect(lazy.source).toEqual(['const a = 1;\n', 'a']);
});

test('the editor completes the names of lab', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', 'lab.DD');
  await page.keyboard.type('I');
  await page.locator('.cm-tooltip-autocomplete').getByText('DDIM').click();
  await expect(page.locator('#cell-lazy-network .cm-content')).toHaveText('lab.DDIM');
});
