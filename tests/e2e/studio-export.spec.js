import { unzipSync } from 'fflate';
import { axe, expect, fits, offered, test } from './site.js';

/** The first bytes of a file as text. @param {Uint8Array} bytes @param {number} n */
const head = (bytes, n) => String.fromCharCode(...bytes.slice(0, n));

test('a run is taken home: weights, the run, notebook, program, picture, GIF and video', async ({ page }) => {
  await page.goto('studio/');
  await page.locator('#data').getByRole('button').first().click();
  const training = page.getByRole('region', { name: 'Training', exact: true });
  // By keys, as Firefox tells of no change otherwise.
  await training.getByLabel('Epochs', { exact: true }).press('ControlOrMeta+a');
  await page.keyboard.type('2\t');
  const home = page.getByRole('group', { name: 'Take home' });
  await expect(home.getByRole('button', { name: 'Notebook' })).toBeDisabled();
  await training.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('[data-studio="state"]')).toHaveText('Trained: all epochs are done.', {
    timeout: 60_000,
  });
  const told = page.locator('.home [role="status"]');
  const take = (/** @type {string} */ name) =>
    offered(page, () => home.getByRole('button', { name, exact: true }).click());

  await home.getByRole('button', { name: 'Samples as a picture' }).click();
  await expect(told).toHaveText(/^Not saved: no samples of “Spiral 1” are drawn yet: press New samples\.$/);
  const program = await take('PyTorch program');
  expect(program.name).toBe('Spiral_1.py');
  const text = new TextDecoder().decode(program.bytes);
  expect(text).toContain('parser.add_argument("--epochs", type=int, default=2)');
  const notebook = await take('Notebook');
  expect(notebook.name).toBe('Spiral-1.ipynb');
  expect(JSON.parse(new TextDecoder().decode(notebook.bytes)).nbformat).toBe(4);
  expect(Object.keys(unzipSync((await take('Save the run')).bytes))).not.toContain('samples.npy');
  expect((await take('Save the weights')).name).toBe('Spiral-1.safetensors');

  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled')).toHaveCount(1, { timeout: 30_000 });
  const samples = unzipSync((await take('Save the run')).bytes)['samples.npy'];
  expect(head(samples, 128)).toContain("'shape': (64, 2)");
  expect(head((await take('Samples as a picture')).bytes, 4)).toBe('\x89PNG');
  const gif = await take('Animation (GIF)');
  expect(head(gif.bytes, 6)).toBe('GIF89a');
  // Each frame begins with its delay and ends with the last of its blocks: all of the way is there.
  const delays = gif.bytes.filter((byte, i) => byte === 0xf9 && gif.bytes[i - 1] === 0x21).length;
  expect(delays).toBeGreaterThanOrEqual(31);
  await home.getByRole('button', { name: 'Video' }).focus();
  const video = await offered(page, () => page.keyboard.press('Enter'));
  expect(video.name).toMatch(/^Spiral-1\.(mp4|webm)$/);
  expect(video.bytes.length).toBeGreaterThan(1000);
  await expect(told).toHaveText(`Saved ${video.name}.`);
  await axe(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await fits(page);
});
