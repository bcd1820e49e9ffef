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
  await axe(page);
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
