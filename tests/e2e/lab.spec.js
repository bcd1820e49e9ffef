import { truncateSync, writeFileSync } from 'node:fs';
import { axe, edit, expect, offered, runCell, test, training } from './site.js';

test('a cell reads the pictures that ship with the site and offers a file to keep', async ({ page }) => {
  await page.goto(training);
  await edit(
    page,
    'data',
    `const { pixels, labels, classes } = await lab.images('digits', { size: 16 });
lab.print(pixels.shape.join(' '), classes[labels.at(3)], lab.engine.mode);
lab.save_file('labels.txt', labels.slice(0, 3).data.join(' '), 'text/plain');`,
  );
  const cell = await runCell(page, 'data');
  await expect(cell).toHaveAttribute('data-status', 'ok');
  await expect(cell.locator('.display.text')).toHaveText('1797 1 16 16 3 exact');
  const save = cell.getByRole('button', { name: 'Save labels.txt' });
  const { name, bytes } = await offered(page, () => save.click());
  expect(name).toBe('labels.txt');
  expect(bytes.toString()).toBe('0 1 2');
});

test("a cell takes a reader's file, opens its model, and keeps it when one cannot be read", async ({
  page,
}) => {
  await page.goto(training);
  await edit(
    page,
    'data',
    `const made = lab.SimpleNoisePredictor({ hidden_dim: 8 });
const x = lab.randn([1, 2]);
lab.print(made.forward(x, 0).data.join(' '));
lab.print(made.forward(x, 1).data.join(' '));
lab.save_file('made.safetensors', made.save());`,
  );
  const from = await runCell(page, 'data');
  const [at0, at1] = String(await from.locator('.display.text').textContent()).split('\n');
  const save = from.getByRole('button', { name: 'Save made.safetensors' });
  const path = test.info().outputPath('made.safetensors');
  writeFileSync(path, (await offered(page, () => save.click())).bytes);

  await edit(
    page,
    'lazy-network',
    `await lab.interact(
  { weights: lab.file({ label: 'Weights', accept: '.safetensors' }), t: lab.slider(0, 1) },
  ({ weights, t }) => {
    if (!weights) return lab.print('no file yet');
    lab.print(weights.name, lab.open_model(weights.bytes).forward(x, t).data.join(' '));
  },
);`,
  );
  const cell = await runCell(page, 'lazy-network');
  const text = cell.locator('.display.text');
  await expect(text).toHaveText('no file yet');
  const input = cell.getByLabel('Weights');
  await input.focus();
  await expect(input).toBeFocused();
  expect(await axe(page)).toEqual([]);
  await input.setInputFiles(path);
  await expect(text).toHaveText(`made.safetensors ${at0}`);
  await cell.getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(text).toHaveText(`made.safetensors ${at1}`);

  const large = test.info().outputPath('large.safetensors');
  writeFileSync(large, '');
  truncateSync(large, 256e6 + 1);
  const note = cell.locator('.control.file output');
  await input.setInputFiles(large);
  await expect(note).toHaveText('large.safetensors has 257 MB: files of up to 256 MB are read.');
  const picked = () =>
    input.evaluate((each) =>
      Array.from(/** @type {HTMLInputElement} */ (each).files ?? [], ({ name }) => name),
    );
  expect(await picked()).toEqual(['made.safetensors']);
  await page.evaluate(() => {
    Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
  });
  const gone = test.info().outputPath('gone.safetensors');
  writeFileSync(gone, 'gone');
  await input.setInputFiles(gone);
  await expect(note).toContainText('gone.safetensors could not be read');
  expect(await picked()).toEqual(['made.safetensors']);
  await expect(text).toHaveText(`made.safetensors ${at1}`);
  await input.setInputFiles([]);
  await expect(text).toHaveText('no file yet');
  await expect(note).toHaveText('');
});
