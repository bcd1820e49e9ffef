import { unzipSync } from 'fflate';
import { axe, expect, fits, offered, test } from './site.js';

test('methods are compared from the same noise, and judged beside held-out data', async ({ page }) => {
  await page.goto('studio/');
  await page.locator('#data').getByRole('button').first().click();
  const training = page.getByRole('region', { name: 'Training', exact: true });
  await training.getByLabel('Epochs', { exact: true }).fill('4');
  await training.getByLabel('Epochs', { exact: true }).blur();
  await training.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('[data-studio="state"]')).toHaveText('Trained: all epochs are done.', {
    timeout: 60_000,
  });
  const methods = page.getByRole('group', { name: 'Methods' });
  await methods.getByLabel('DDPM', { exact: true }).check();
  const steps = page.locator('#samples').getByLabel('Steps', { exact: true });
  await steps.fill('10');
  await steps.blur();
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled')).toHaveCount(2, { timeout: 30_000 });
  await expect(page.locator('[data-method="ddim"]')).toContainText('10 steps, 10 evaluations of the network');
  await page.getByRole('button', { name: 'Judge them' }).click();
  await expect(page.locator('.judgement thead th')).toHaveCount(4, { timeout: 30_000 });
  await expect(page.locator('.judgement tbody tr')).toHaveCount(5);
  await expect(page.locator('.judgement tbody tr').first()).toHaveText(/^Sliced Wasserstein.*\d.*\d.*\d$/);
  await expect(page.locator('.nearest .panel')).toHaveCount(4);
  expect(await axe(page)).toEqual([]);
  await fits(page);
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
});

test('a mask is painted on a digit by mouse and by keys, and what begins from it is not judged', async ({
  page,
}) => {
  await page.goto('studio/');
  await page.getByRole('button', { name: 'Digits', exact: true }).click();
  const training = page.getByRole('region', { name: 'Training', exact: true });
  const epochs = training.getByLabel('Epochs', { exact: true });
  await epochs.fill('1');
  await epochs.blur();
  await training.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('[data-studio="state"]')).toHaveText('Trained: all epochs are done.', {
    timeout: 90_000,
  });
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
});
