import { fileURLToPath } from 'node:url';
import { axe, edit, expect, fits, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

const room = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Network', exact: true });
const drawing = (/** @type {Page} */ page) => page.locator('.network-drawing [role="img"]');
const code = (/** @type {Page} */ page) => page.getByRole('textbox', { name: "The network's code" });
const button = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.getByRole('button', { name, exact: true });

/** The studio with the first data set that ships. @param {Page} page */
async function open(page) {
  await page.goto('studio/');
  await page.locator('#data').getByRole('button').first().click();
  await expect(page.locator('[data-studio="state"]')).toHaveText('Ready.', { timeout: 30_000 });
}

for (const scheme of /** @type {const} */ (['light', 'dark']))
  test(`the network is drawn, follows its settings and fits 390 pixels, ${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 390, height: 844 });
    await open(page);
    await expect(drawing(page)).toHaveAttribute(
      'aria-label',
      /hidden\.2 \(Sequential\) of 64 from hidden\.1/,
    );
    const depth = room(page).getByLabel('Depth', { exact: true });
    await depth.fill('1');
    await depth.blur();
    await expect(drawing(page)).not.toHaveAttribute('aria-label', /hidden\.1/);
    await expect(drawing(page).locator('svg text').filter({ hasText: 'hidden.0' })).toHaveCount(1);
    await fits(page);
    expect(await axe(page)).toEqual([]);
  });

test('the code is changed in the editor, an error told with its line, and blocks come back, and the code again', async ({
  page,
}) => {
  await open(page);
  await room(page).getByText('Show the code').click();
  await expect(code(page)).toContainText('lab.model(new Net(64)');
  // The blocks' code can be read and not changed.
  await code(page).click();
  await page.keyboard.type('nonsense');
  await expect(code(page)).not.toContainText('nonsense');
  await button(page, 'Change the code').click();
  await expect(room(page).getByLabel('Depth', { exact: true })).toBeHidden();
  await code(page).click();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.press('Enter');
  await page.keyboard.insertText('const two = lab.tow;');
  await page.keyboard.press('Enter');
  await page.keyboard.insertText('two.half;');
  await page.keyboard.press('Enter');
  await expect(room(page).getByRole('status')).toContainText('it does not run before');
  await button(page, 'Try the code').click();
  await expect(room(page).getByRole('alert').filter({ hasText: 'line' })).toHaveText(
    /^line 3 of the network’s code: .*undefined.*two\.half;$/s,
  );
  await button(page, 'Back to blocks').click();
  await expect(room(page).getByLabel('Network', { exact: true })).toHaveValue('mlp');
  await expect(code(page)).not.toContainText('two.half');
  await expect(room(page).getByRole('status')).toContainText('parameters');
  await expect(button(page, 'Your changed code')).toBeVisible();
  await page.reload();
  await room(page).getByText('Show the code').click();
  await button(page, 'Your changed code').click();
  await expect(code(page)).toContainText('two.half;');
});

test('what computes fails in the midst of training: another takes its place, and the run goes on from what was kept', async ({
  page,
}) => {
  await page.addInitScript(() => {
    const all = /** @type {Worker[]} */ ([]);
    Object.assign(window, { all });
    window.Worker = class extends Worker {
      /** @param {string | URL} url @param {WorkerOptions} [options] */
      constructor(url, options) {
        super(url, options);
        all.push(this);
      }
    };
  });
  /** As a trap of the wasm tells it, or a browser that has no memory left for the worker. @param {'trap' | 'end'} how */
  const fail = (how) =>
    page.evaluate((way) => {
      const worker = /** @type {Worker} */ (/** @type {any} */ (window).all.at(-1));
      worker.terminate();
      const data = { type: 'failed', message: 'RuntimeError: unreachable' };
      worker.dispatchEvent(
        way === 'trap'
          ? new MessageEvent('message', { data })
          : new ErrorEvent('error', { message: 'out of memory' }),
      );
    }, how);
  await open(page);
  const state = page.locator('[data-studio="state"]');
  const step = page.locator('.runs tbody tr td').nth(2);
  const training = page.getByRole('region', { name: 'Training', exact: true });
  const epochs = training.getByLabel('Epochs', { exact: true });
  await epochs.fill('3000');
  await epochs.blur();
  await button(page, 'Train').click();
  await expect(step).toHaveText(/^[1-9]/, { timeout: 30_000 });
  await fail('trap');
  await expect(state).toHaveText(
    /^What computes failed here \(RuntimeError: unreachable\) and was begun anew\. “.* 1” can go on from step [1-9][\d,]*\.$/,
  );
  const kept = Number((await step.textContent())?.replace(/\D/g, ''));
  await training.getByRole('button', { name: 'Go on' }).click();
  await expect
    .poll(async () => Number((await step.textContent())?.replace(/\D/g, '')), { timeout: 30_000 })
    .toBeGreaterThan(kept);
  await button(page, 'Stop').click();
  await expect(state).toContainText('Stopped.');
  await fail('end');
  await expect(state).toHaveText(
    'What computes failed here (out of memory) and was begun anew. Runs and data are kept.',
  );
  await button(page, 'New samples').click();
  await expect(page.locator('.sampled .panel').first()).toBeVisible({ timeout: 30_000 });
});

test('the network opens in the final challenge, shown before it is taken, and what stood there comes back', async ({
  page,
}) => {
  await page.goto('exercises/final-challenge/');
  await edit(page, 'my-network', '// mine from before');
  await open(page);
  await room(page).getByText('Show the code').click();
  await button(page, 'Open in the final challenge').click();
  const banner = page.locator('.review-banner');
  await expect(banner).toBeVisible({ timeout: 30_000 });
  const cell = page.locator('#cell-my-network');
  await expect(cell.locator('pre.source')).toHaveText('// mine from before');
  await banner.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(cell.locator('.source, .cm-content').first()).toContainText('function my_network()');
  await cell.getByRole('button', { name: 'Your version' }).click();
  await expect(cell.locator('.source, .cm-content').first()).toContainText('// mine from before');
});

test('a lesson’s model opens beside its data and is sampled; so does a file of weights; what does not fit gets a sentence', async ({
  page,
}) => {
  const weights = (/** @type {string} */ name) =>
    fileURLToPath(new URL(`../../web/data/${name}.safetensors`, import.meta.url));
  await page.goto('studio/#model=digits-unet');
  const state = page.locator('[data-studio="state"]');
  await expect(state).toHaveText(/^“digits-unet” is open, from a lesson/, { timeout: 30_000 });
  expect(page.url()).not.toContain('model');
  await button(page, 'New samples').click();
  await expect(page.locator('.sampled .panel').first()).toContainText('digits-unet', { timeout: 60_000 });
  await expect(page.locator('.runs tbody tr').first()).toContainText('2,280');
  await expect(page.getByLabel('Class', { exact: true })).toBeVisible();
  const choose = (/** @type {string} */ name) =>
    page.locator('[data-studio="doors"] input').setInputFiles(weights(name));
  await choose('digits-net');
  await expect(state).toHaveText(/^“digits-net” is open, from a file/, { timeout: 30_000 });
  await choose('scenes-text');
  await expect(state).toHaveText(/^Not opened: this network is told more than time and class \(text\)/);
  await choose('shapes-unet');
  await expect(state).toHaveText(
    /^Not opened: these weights are for samples of shape \[1, 32, 32\], and are judged beside data/,
  );
  await expect(page.locator('.runs tbody tr')).toHaveCount(2);
});
