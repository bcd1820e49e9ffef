import { unzipSync } from 'fflate';
import { axe, chooseRun, expect, fits, offered, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Of DDIM's row: opened, watched to its end, scrubbed by keys, closed. @param {Page} page */
async function pathsArePlayed(page) {
  const row = page.getByRole('region', { name: 'DDIM', exact: true });
  const way = row.locator('.way');
  await way.getByRole('button', { name: 'Show the way' }).click();
  const time = way.getByRole('slider', { name: 'Time' });
  // It begins by itself, and stops when it is touched.
  await way.scrollIntoViewIfNeeded();
  await expect(way.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect.poll(async () => Number(await time.inputValue())).toBeGreaterThan(5);
  await time.press('End');
  await expect(way.getByRole('button', { name: 'Play' })).toBeVisible();
  await expect(way.locator('output')).toHaveText('step = 10');
  await expect(way.getByRole('img')).toHaveAccessibleName(
    /^DDIM: from noise to samples: 64 paths of 10 steps, drawn up to step = 10/,
  );
  await time.press('Home');
  await expect(way.locator('output')).toHaveText('step = 0');
  for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
    await page.emulateMedia({ colorScheme });
    expect(await axe(page)).toEqual([]);
  }
  await fits(page);
  await way.getByRole('button', { name: 'Hide the way' }).click();
  await expect(way.getByRole('slider')).toHaveCount(0);
}

/** Of the only row, for somebody who wants no motion: it stands at its end. @param {Page} page @param {string} picture what its figure is called @param {number} steps */
async function framesAreScrubbed(page, picture, steps) {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const way = page.locator('.way');
  await way.getByRole('button', { name: 'Show the way' }).press('Enter');
  const slider = way.getByRole('slider', { name: 'Frame' });
  await expect(way.getByRole('button', { name: 'Play' })).toBeVisible();
  await expect(way.locator('output')).toHaveText(`step ${steps} of ${steps}`);
  await expect(way.getByRole('img')).toHaveAccessibleName(new RegExp(picture));
  await way.scrollIntoViewIfNeeded();
  await slider.press('ArrowLeft');
  await expect(way.locator('output')).toHaveText(`step ${steps - 1} of ${steps}`);
  await way.getByRole('button', { name: 'Play' }).press('Enter');
  await expect(way.locator('output')).toHaveText(`step ${steps} of ${steps}`);
  await expect(way.getByRole('button', { name: 'Play' })).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await fits(page);
  await way.getByRole('button', { name: 'Hide the way' }).click();
}

/** To its end. @param {import('@playwright/test').Page} page @param {string} count of epochs */
async function train(page, count) {
  const training = page.getByRole('region', { name: 'Training', exact: true });
  const epochs = training.getByLabel('Epochs', { exact: true });
  await epochs.fill(count);
  await epochs.blur();
  await training.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('[data-studio="state"]')).toHaveText('Trained: all epochs are done.', {
    timeout: 90_000,
  });
}

test('methods are compared from the same noise, and judged beside held-out data', async ({ page }) => {
  await page.goto('studio/');
  await page.locator('#data').getByRole('button').first().click();
  // What suits them comes with them, in the place of what was set before.
  await expect(page.locator('.data-words')).toHaveText(/^Spiral/);
  await train(page, '4');
  const methods = page.getByRole('group', { name: 'Methods' });
  await methods.getByLabel('DDPM', { exact: true }).check();
  const steps = page.locator('#samples').getByLabel('Steps', { exact: true });
  await steps.fill('10');
  await steps.blur();
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled')).toHaveCount(2, { timeout: 30_000 });
  await expect(page.locator('[data-method="ddim"]')).toContainText('10 steps, 10 evaluations of the network');
  await pathsArePlayed(page);
  await page.getByRole('button', { name: 'Judge them' }).click();
  await expect(page.locator('.judgement thead th')).toHaveCount(4, { timeout: 30_000 });
  await expect(page.locator('.judgement tbody tr')).toHaveCount(5);
  await expect(page.locator('.judgement tbody tr').first()).toHaveText(/^Sliced Wasserstein.*\d.*\d.*\d$/);
  await expect(page.locator('.nearest .panel')).toHaveCount(4);
  const quality = page.getByRole('region', { name: 'Runs that were judged' });
  await expect(quality.locator('tbody tr')).toHaveCount(2);
  await expect(quality.locator('tbody tr').first()).toHaveText(/^Spiral 1d(dim|dpm)[\d.]+$/);
  await expect(quality.locator('tbody tr').last()).toHaveText(/^Real data–[\d.]+$/);
  const marks = page.locator('.quality').getByRole('img');
  await expect(marks).toHaveAccessibleName(
    /^Quality against diversity\. Spiral 1: precision [\d.]+, recall [\d.]+; Real data: precision [\d.]+, recall [\d.]+\.$/,
  );
  const told = await marks.getAttribute('aria-label');
  await page.locator('.quality').getByRole('slider').press('End');
  await expect(page.locator('.quality .readout')).toHaveText(/precision/);
  for (const [colorScheme, width] of /** @type {const} */ ([
    ['dark', 390],
    ['light', 1280],
  ])) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect(await axe(page)).toEqual([]);
    await fits(page);
  }
  const file = await offered(page, () => page.getByRole('button', { name: 'Save the run' }).click());
  expect(file.name).toBe('Spiral-1.zip');
  expect(Object.keys(unzipSync(file.bytes))).toEqual([
    'run.json',
    'data.npy',
    'model.safetensors',
    'losses.npy',
    'trainer.safetensors',
    'studio.json',
    'samples.npy',
  ]);
  // It comes back with the run.
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Delete Spiral 1' }).click();
  await expect(quality).toBeHidden();
  await chooseRun(page, file.name, file.bytes);
  await expect(marks).toHaveAccessibleName(told ?? '');
});

test('a mask is painted on a digit by mouse and by keys, and what begins from it is not judged', async ({
  page,
}) => {
  await page.goto('studio/');
  await page.getByRole('button', { name: 'Digits', exact: true }).click();
  await expect(page.locator('.data-words')).toHaveText(/^Digits/);
  await train(page, '1');
  const room = page.locator('#samples');
  for (const [name, value] of [
    ['Samples', '4'],
    ['Steps', '5'],
  ]) {
    await room.getByRole('textbox', { name, exact: true }).fill(value);
    await room.getByRole('textbox', { name, exact: true }).blur();
  }
  await room.getByLabel('Begin with').selectOption('inpaint');
  const mask = room.getByRole('application', { name: /^Mask/ });
  const same = room.getByRole('button', { name: 'The same noise again' });
  await expect(mask).toHaveAccessibleName(/nothing is painted/);
  await same.click();
  await expect(room.getByText('Not done: nothing is masked')).toBeVisible({ timeout: 30_000 });
  await mask.scrollIntoViewIfNeeded();
  await mask.click({ position: { x: 20, y: 20 } });
  await expect(mask).toHaveAccessibleName(/% painted/);
  const byMouse = await mask.getAttribute('aria-label');
  await mask.press('Shift+ArrowRight');
  await expect(mask).not.toHaveAccessibleName(byMouse ?? '');
  await same.click();
  await expect(room.locator('.sampled')).toContainText('evaluations of the network', { timeout: 30_000 });
  const judging = room.getByRole('button', { name: 'Judge them' });
  await expect(judging).toBeDisabled();
  expect(await axe(page)).toEqual([]);
  await fits(page);
  await room.getByLabel('Begin with').selectOption('noise');
  await same.click();
  await expect(judging).toBeEnabled({ timeout: 30_000 });
  await framesAreScrubbed(page, 'from noise to samples', 5);
});

test('the way of series out of noise is played as lines, at 390 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('studio/');
  await page.getByRole('button', { name: 'Sines', exact: true }).click();
  await expect(page.locator('.data-words')).toHaveText(/^Sines/);
  await train(page, '1');
  const steps = page.locator('#samples').getByLabel('Steps', { exact: true });
  await steps.fill('4');
  await steps.blur();
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled')).toHaveCount(1, { timeout: 30_000 });
  await framesAreScrubbed(page, 'from noise to samples over place', 4);
});
