import { readFileSync } from 'node:fs';
import { cards, edit, expect, runCell, test, training } from './site.js';

/** Puts text in the lazy cell, runs it and gives what it shows. @param {import('@playwright/test').Page} page @param {string} source */
async function show(page, source) {
  await edit(page, 'lazy-network', source);
  return runCell(page, 'lazy-network');
}

test('nonsense is told in a sentence, and the kernel goes on', async ({ page }) => {
  await page.goto(training);
  let cell = await show(page, "lab.chart({ title: 'x', x: 'y', series: ['a'], data: [[1], [() => 1]] })");
  await expect(cell.locator('.error')).toContainText('not of a function');
  cell = await show(page, 'const a = { name: "loop" };\na.a = a;\na');
  await expect(cell.locator('.outputs')).toContainText('{...}');
  cell = await show(page, 'lab.table(5)');
  await expect(cell.locator('.outputs .error')).toBeVisible();
  cell = await show(page, '({ 1: NaN, 2: undefined, 3: Infinity })');
  await expect(cell.locator('.outputs')).toContainText('NaN');
  cell = await show(page, '1 + 1');
  await expect(cell.locator('.outputs')).toHaveText('2');
});

test('storage that is full is told once, and the text stays', async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(training);
  const cell = await show(page, '40 + 2');
  await expect(page.locator('.message')).toContainText('storage is full or closed');
  await expect(cell.locator('.outputs')).toHaveText('42');
  await expect(cell.locator('.cm-content')).toHaveText('40 + 2');
});

test('two tabs: the other one’s text is offered, nothing is overwritten', async ({ page, context }) => {
  await page.goto(training);
  const other = await context.newPage();
  await other.goto(training);
  await edit(page, 'lazy-network', '"mine"');
  await edit(other, 'lazy-network', '"theirs"');
  const cell = page.locator('#cell-lazy-network');
  await expect(cell.locator('.elsewhere')).toContainText('changed in another tab');
  await expect(cell.locator('.cm-content')).toHaveText('"mine"');
  await cell.getByRole('button', { name: 'Take that text' }).click();
  await expect(cell.locator('.cm-content')).toHaveText('"theirs"');
  await expect(cell.locator('.elsewhere')).toHaveCount(0);
});

test('progress is shown on the start page, exported, reset and imported', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'noise', 'const add_noise = 1;');
  await page.locator('#cell-check-noise .fold > summary').click();
  await edit(page, 'check-noise', "await lab.check('one', true)");
  await runCell(page, 'check-noise');
  await page.goto(cards);
  await page.goto('');
  const card = page.locator('a.card[data-lesson="05-training"]');
  await expect(card).toContainText(/1 of \d checks · 1 task solved/);
  await expect(page.locator('.progress')).toContainText('0 lessons finished, 1 task solved, 1 check passed');
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const file = readFileSync(await (await waiting).path());
  page.on('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(card).not.toContainText('solved');
  const choose = (/** @type {Buffer} */ buffer) =>
    page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer });
  await choose(Buffer.from('{"format": "noisebook progress 1", "items": {"theme": "x"}}'));
  await expect(page.locator('.message')).toContainText('Nothing was changed');
  await choose(file);
  await expect(card).toContainText('1 task solved');
});
