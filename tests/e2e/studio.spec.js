import { axe, expect, offered, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

const state = (/** @type {Page} */ page) => page.locator('[data-studio="state"]');
const words = (/** @type {Page} */ page) => page.locator('.train-words');
const rows = (/** @type {Page} */ page) => page.locator('.runs tbody tr');
const training = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Training', exact: true });

/** How many steps the run that is shown has. @param {Page} page */
const steps = async (page) =>
  Number(
    (/[Ss]tep ([\d,]+)|: ([\d,]+) steps/.exec((await words(page).textContent()) ?? '') ?? ['', '0'])
      .slice(1)
      .find(Boolean)
      ?.replaceAll(',', ''),
  );

/** The studio with points: a drawing of the start page's playground. @param {Page} page */
async function open(page) {
  const ring = Array.from({ length: 40 }, (_, i) => [180 * Math.cos(i / 6.3), 180 * Math.sin(i / 6.3)]);
  await page.goto(`studio/#drawing=${ring.map((place) => place.map(Math.round).join()).join('_')}`);
  await expect(state(page)).toHaveText('Ready.', { timeout: 30_000 });
  expect(page.url()).not.toContain('drawing');
}

/** @param {Page} page @param {string} label @param {string} value */
async function fill(page, label, value) {
  const field = training(page).getByLabel(label, { exact: true });
  await field.fill(value);
  await field.blur();
}

test('what is drawn in the playground opens in the studio, trains, shows samples and ends', async ({
  page,
}) => {
  await page.goto('');
  const board = page.locator('[data-play="board"]');
  await board.click({ position: { x: 100, y: 100 } });
  await board.click({ position: { x: 200, y: 200 } });
  await page.getByRole('button', { name: 'Open in the studio' }).click();
  // What the start page has learned until then comes along, and is sampled.
  await expect(state(page)).toHaveText(/^“My drawing” is open, from the start page/, { timeout: 30_000 });
  expect(page.url()).not.toContain('#');
  await expect(training(page).getByLabel('Timesteps T')).toHaveValue('412');
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled .panel').first()).toContainText('My drawing, seed', {
    timeout: 30_000,
  });
  // And the settings are those of a network that can be trained beside it.
  await expect(page.locator('.train-plan')).toHaveText(
    /^2,700 samples, [\d,]+ steps, [\d,]+ parameters, [\d.]+ [KM]B, about \d+ (?:s|min)$/,
  );
  await fill(page, 'Epochs', '40');
  await training(page).getByRole('button', { name: 'Train', exact: true }).click();
  await expect(words(page)).toHaveText(/^step [\d,]+ of 880, epoch \d+/, { timeout: 30_000 });
  await expect(state(page)).toHaveText('Trained: all epochs are done.', { timeout: 60_000 });
  await expect(page.locator('.live-samples')).toHaveAttribute('data-step', '880', { timeout: 30_000 });
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).filter({ hasText: '880' })).toHaveCount(1);
  await expect(page.locator('.train-charts .lines')).toHaveCount(2);
  // The run is kept: samples are drawn of it, and its weights saved, by a page that has not trained.
  await page.reload();
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.samples-shown .panel')).toContainText('My drawing 2, seed', {
    timeout: 30_000,
  });
  const file = await offered(page, () => page.getByRole('button', { name: 'Save the weights' }).click());
  expect(file.name).toBe('My-drawing-2.safetensors');
  expect(file.bytes.subarray(8, 9).toString()).toBe('{');
});

test('pause, go on, and after a reload from at most a few seconds ago; a second run beside it, named and deleted', async ({
  page,
}) => {
  await open(page);
  await fill(page, 'Epochs', '3000');
  const room = training(page);
  await room.getByRole('button', { name: 'Train', exact: true }).click();
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(50);
  await room.getByRole('button', { name: 'Pause' }).click();
  await expect(state(page)).toContainText('is paused');
  const paused = await steps(page);
  await page.waitForTimeout(500);
  expect(await steps(page)).toBe(paused);
  await room.getByRole('button', { name: 'Go on' }).click();
  // A checkpoint of its own, without any button.
  await expect
    .poll(
      async () => Number((await rows(page).first().locator('td').nth(2).textContent())?.replace(/\D/g, '')),
      {
        timeout: 30_000,
      },
    )
    .toBeGreaterThan(paused);
  const before = await steps(page);
  await page.reload();
  await expect(state(page)).toHaveText(/^Training of “My drawing 1” was interrupted at step [\d,]+\.$/);
  const kept = await steps(page);
  expect(kept).toBeGreaterThan(0);
  await room.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(Math.max(kept, before));
  await room.getByRole('button', { name: 'Stop' }).click();
  await expect(state(page)).toContainText('Stopped.');
  await fill(page, 'Epochs', '2');
  await room.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(state(page)).toHaveText('Trained: all epochs are done.', { timeout: 30_000 });
  await expect(rows(page)).toHaveCount(2);
  const name = page.getByLabel('Name of the run My drawing 2');
  await name.fill('<b>Short</b>');
  await name.blur();
  await page.getByLabel('beside the other runs').check();
  await expect(page.locator('.chart-place .legend').first()).toContainText('My drawing 1');
  await page.reload();
  await expect(page.getByLabel('Name of the run <b>Short</b>')).toBeVisible();
  page.on('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Delete My drawing 1' }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
});

test('bad settings and a damaged drawing get a sentence, and nothing is lost', async ({ page }) => {
  await open(page);
  await fill(page, 'Batch', '0');
  await expect(page.getByRole('alert').filter({ hasText: 'Batch' })).toHaveText(
    'Batch: it takes a whole number from 1 to 4,096.',
  );
  await expect(training(page).getByLabel('Batch')).toHaveValue('0');
  await fill(page, 'Batch', '64');
  await expect(training(page).getByLabel('Batch')).not.toHaveAttribute('aria-invalid');
  await page.goto('studio/#drawing=1,2_nonsense');
  await page.reload();
  await expect(page.locator('.message')).toContainText('not whole');
  await expect(training(page).getByLabel('Batch')).toHaveValue('64');
});

test('what would not fit is refused with the figure before anything starts', async ({ page }) => {
  await open(page);
  // As a link or an earlier visit may have set it: no control is that generous.
  await page.evaluate(() => {
    const key = Object.keys(localStorage).find((each) => each.endsWith(' studio')) ?? '';
    const config = JSON.parse(localStorage.getItem(key) ?? '{}');
    const lines = Array.from({ length: 40 }, () => 'nn.Linear(1024, 1024), nn.ReLU()').join(',\n');
    config.network.kind = 'code';
    config.network.code = `const { nn } = lab;
class Net extends nn.Module {
  net = nn.Sequential(nn.Linear(2, 1024), ${lines}, nn.Linear(1024, 2));
  forward(x) { return this.net(x); }
}
lab.model(new Net(), { x: [2], t: 'timestep' });`;
    config.training.batch = 2700;
    dispatchEvent(new Event('pagehide'));
    localStorage.setItem(key, JSON.stringify(config));
    window.addEventListener('pagehide', () => localStorage.setItem(key, JSON.stringify(config)));
  });
  await page.reload();
  await expect(state(page)).toHaveText('Ready.', { timeout: 30_000 });
  // Someone's code does not run unasked, so nothing is known of it yet.
  await expect(page.locator('.train-plan')).toHaveText(/^2,700 samples, [\d,]+ steps$/);
  await training(page).getByRole('button', { name: 'Train', exact: true }).click();
  await expect(state(page)).toHaveText(
    /^It does not start: these settings take [\d,]+ MB of memory, and a page has 800 MB: make the batch \(2700\)/,
    { timeout: 30_000 },
  );
  await expect(rows(page)).toHaveCount(0);
});

test('storage that is full: a sentence, and training goes on to its end', async ({ page }) => {
  await page.addInitScript(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
      if (String(given[1]).startsWith('run:')) throw new DOMException('full', 'QuotaExceededError');
      return put.apply(this, /** @type {any} */ (given));
    };
  });
  await open(page);
  await fill(page, 'Epochs', '5');
  await training(page).getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('.message')).toContainText('There is no room left for this page');
  await expect(state(page)).toHaveText('Trained: all epochs are done.', { timeout: 30_000 });
  await expect(rows(page)).toHaveCount(1);
  // What found no room ended with the tab, as was said.
  await page.reload();
  await expect(rows(page)).toHaveCount(0);
});

test('by keyboard alone, and every control answers while it trains', async ({ page }) => {
  await open(page);
  await fill(page, 'Epochs', '3000');
  const room = training(page);
  await room.getByRole('button', { name: 'Train', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => steps(page), { timeout: 30_000 }).toBeGreaterThan(20);
  await room.getByText('All settings').focus();
  await page.keyboard.press('Enter');
  await expect(room.getByLabel('Seed')).toBeVisible();
  await room.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Space');
  await expect(state(page)).toContainText('is paused');
  await room.getByRole('button', { name: 'Stop' }).focus();
  await page.keyboard.press('Space');
  await expect(state(page)).toContainText('Stopped.');
});

for (const scheme of /** @type {const} */ (['light', 'dark']))
  test(`accessible and without a bar at 390 pixels, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page);
    await fill(page, 'Epochs', '5');
    await training(page).getByRole('button', { name: 'Train', exact: true }).click();
    await expect(state(page)).toHaveText('Trained: all epochs are done.', { timeout: 30_000 });
    await training(page).getByText('All settings').click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await axe(page)).toEqual([]);
  });
