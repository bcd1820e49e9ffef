import { edit, expect, pictures, runCell, test, training } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

const noise = 'exercises/01-noise/';
const DATA = '01-noise data';

/** Asks what the browser has kept of cells. @param {Page} page @param {'getAllKeys' | 'get' | 'put'} method @param {any[]} given */
const inAlbum = (page, method, ...given) =>
  page.evaluate(
    async ({ method, given }) => {
      const until = (/** @type {IDBRequest} */ request) =>
        new Promise((done, fail) => {
          request.onsuccess = () => done(request.result);
          request.onerror = fail;
        });
      const all = await indexedDB.databases();
      const name = all.find((each) => each.name?.endsWith(' pictures'))?.name ?? '';
      const database = await until(indexedDB.open(name));
      const store = database.transaction('cells', 'readwrite').objectStore('cells');
      const result = await until(store[method](...given));
      database.close();
      return result;
    },
    { method, given },
  );

const kept = (/** @type {Page} */ page) =>
  expect.poll(() => inAlbum(page, 'getAllKeys'), { timeout: 15_000 });

/** The lesson's data, drawn and kept. @param {Page} page */
async function drawData(page) {
  const cell = await runCell(page, 'data');
  await kept(page).toContain(DATA);
  return cell;
}

test('what cells have shown stands there after a reload, says so, and goes when they run', async ({
  page,
}) => {
  await page.goto(noise);
  const cell = await drawData(page);
  const before = await pictures(cell);
  await runCell(page, 'slider');
  await kept(page).toContain('01-noise slider');
  await page.reload();
  await expect(cell).toContainText('From before the reload: Run replaces it.');
  await expect(cell).toHaveAttribute('data-status', 'idle');
  expect((await pictures(cell)).pixels).toBe(before.pixels);
  // What moving it would compute is gone.
  const slider = page.locator('#cell-slider');
  await expect(slider.getByRole('slider')).toBeDisabled();
  await expect(slider.locator('canvas').first()).toBeVisible();

  await runCell(page, 'data');
  await expect(cell).not.toContainText('From before');
  await expect(cell.locator('.display.scatter')).toHaveCount(1);
  expect((await pictures(cell)).pixels).toBe(before.pixels);
  await runCell(page, 'slider');
  await expect(slider.getByRole('slider')).toBeEnabled();

  // A kernel that is restarted has shown nothing.
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(cell.locator('.display')).toHaveCount(0);
  await kept(page).not.toContain(DATA);
});

test('pictures of other code than the cell has now are left out', async ({ page }) => {
  await page.goto(noise);
  const cell = await drawData(page);
  await edit(page, 'data', 'const points = 5;');
  await page.reload();
  await expect(page.locator('[data-kernel="ready"]')).toBeAttached({ timeout: 30_000 });
  await expect(cell.locator('.display')).toHaveCount(0);
  await expect(cell).not.toContainText('From before');
});

test('pictures that are damaged, or that no figure can draw, are left out, which a sentence says', async ({
  page,
}) => {
  await page.goto(noise);
  const cell = await drawData(page);
  const record = await inAlbum(page, 'get', DATA);
  record.displays[0].props = { panels: 'none' };
  for (const damaged of [{ format: 1, displays: 7 }, 'nonsense', record]) {
    await inAlbum(page, 'put', damaged, DATA);
    await page.reload();
    await expect(page.locator('.message')).toContainText('of your last visit could not be read');
    await expect(cell.locator('.display')).toHaveCount(0);
    await expect(cell).not.toContainText('From before');
    await kept(page).not.toContain(DATA);
    await drawData(page);
    await expect(cell.locator('.display.scatter')).toHaveCount(1);
  }
});

test('pictures that are too large are not kept, which a sentence says', async ({ page }) => {
  await page.goto(noise);
  const cell = await drawData(page);
  await edit(page, 'data', "lab.scatter({ sets: [{ points: lab.zeros([1_600_000, 2]), color: 'x0' }] });");
  await runCell(page, 'data');
  await expect(page.locator('.message')).toContainText('too large to keep', { timeout: 20_000 });
  await kept(page).not.toContain(DATA);
  await page.reload();
  await expect(page.locator('[data-kernel="ready"]')).toBeAttached({ timeout: 30_000 });
  await expect(cell.locator('.display')).toHaveCount(0);
});

test('a training that a reload breaks off in the middle is offered again and goes on', async ({ page }) => {
  await page.goto(training);
  const upToTheLoop = async () => {
    for (const id of ['data', 'schedule', 'network', 'optimiser', 'watch']) await runCell(page, id);
  };
  await upToTheLoop();
  const loop = page.locator('#cell-train');
  await loop.getByRole('button', { name: 'Run', exact: true }).click();
  // The first checkpoint is kept at once, the next one seconds later.
  await expect(loop).toContainText(/Samples after [1-9]\d epochs/, { timeout: 60_000 });
  await expect(loop).toHaveAttribute('data-status', 'running');
  await page.reload();
  await upToTheLoop();
  const from = page.locator('#cell-optimiser').getByRole('group', { name: 'Start from:' });
  const text = await from.locator('label', { has: page.locator('input:checked') }).textContent();
  const epoch = Number(/^the training broken off after epoch (\d+)$/.exec(text?.trim() ?? '')?.[1]);
  expect(epoch).toBeGreaterThan(0);
  await loop.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(loop).toHaveAttribute('data-status', 'ok', { timeout: 60_000 });
  await expect(loop).toContainText('Samples after 100 epochs');
});
