import { axe, edit, expect, offered, runCell, test, training } from './site.js';

const CODE = `const a = [[0, 1, 2, 3], [1, 0.5, 0.25, 0.125]];
const chart = lab.chart({ title: 'Halves', x: 'step', series: ['loss'], data: a });
chart.push(4, 0.0625);
const p = lab.tensor([3, 2], [0, 0, 1, 1, -1, 2]);
lab.scatter({ title: 'Three', sets: [{ points: p, color: 'xt' }] });
lab.player({ labels: ['one', 'two'], panels: [{ title: 'Trip', frames: [p, p.mul(2)], color: 'x0' }] });`;

/** @param {import('@playwright/test').Page} page @param {string} kind @param {RegExp} item */
async function choose(page, kind, item) {
  const display = page.locator(`#cell-lazy-network .display.${kind}`);
  await display.locator('.menu > summary').focus();
  await page.keyboard.press('Enter');
  return display.getByRole('button', { name: item });
}

/** @param {import('@playwright/test').Page} page @param {string} kind @param {RegExp} item */
async function save(page, kind, item) {
  const button = await choose(page, kind, item);
  return offered(page, () => button.press('Enter'));
}

/** The picture's size and how many colours it has. @param {import('@playwright/test').Page} page @param {Buffer} bytes */
const decoded = (page, bytes, type = 'image/png') =>
  page.evaluate(
    async ({ base64, type }) => {
      const raw = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const image = await createImageBitmap(new Blob([raw], { type }));
      const g = /** @type {any} */ (new OffscreenCanvas(image.width, image.height).getContext('2d'));
      g.drawImage(image, 0, 0);
      const { data } = g.getImageData(0, 0, image.width, image.height);
      return { width: image.width, colours: new Set(new Uint32Array(data.buffer)).size };
    },
    { base64: bytes.toString('base64'), type },
  );

test('figures are saved as picture, drawing, animation and numbers, by keyboard', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', CODE);
  const cell = await runCell(page, 'lazy-network');
  await expect(cell.locator('.plot canvas')).toBeVisible();

  const png = await save(page, 'scatter', /png/);
  expect(png.name).toBe('three.png');
  const picture = await decoded(page, png.bytes);
  expect(picture.width).toBeGreaterThan(400);
  expect(picture.colours).toBeGreaterThan(10);

  const svg = await save(page, 'chart', /svg/);
  const marks = await page.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    return [root.nodeName, root.querySelector('polyline')?.getAttribute('points')?.split(' ').length];
  }, svg.bytes.toString());
  expect(marks).toEqual(['svg', 5]);
  const dots = await save(page, 'scatter', /svg/);
  expect(dots.bytes.toString().match(/M[\d.]+ [\d.]+h0/g)).toHaveLength(3);

  const npy = await save(page, 'chart', /npy/);
  expect(npy.bytes.subarray(0, 200).toString('latin1')).toContain("'shape': (5, 2)");
  const offset = 10 + npy.bytes.readUInt16LE(8);
  expect(npy.bytes.readDoubleLE(npy.bytes.length - 8)).toBe(0.0625);
  expect(npy.bytes.length - offset).toBe(5 * 2 * 8);

  const gif = await save(page, 'player', /gif/);
  expect(gif.bytes.subarray(0, 6).toString()).toBe('GIF89a');
  expect(gif.bytes.toString('latin1').split('\x21\xf9\x04').length - 1).toBe(2);
  expect((await decoded(page, gif.bytes, 'image/gif')).colours).toBeGreaterThan(3);
  expect(await axe(page)).toEqual([]);
});

test('a picture that a restarted kernel did not get to is told, and saved the next time', async ({
  page,
}) => {
  await page.goto(training);
  await edit(page, 'lazy-network', `${CODE}\nawait lab.tick();\nwhile (true) {}`);
  const cell = page.locator('#cell-lazy-network');
  await cell.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(cell.locator('.display.scatter canvas')).toBeVisible({ timeout: 30_000 });
  // Loads what saves figures: the kernel has been asked for the picture before it is stopped.
  await save(page, 'scatter', /svg/);
  await (await choose(page, 'scatter', /png/)).press('Enter');
  await page.getByRole('button', { name: 'Stop' }).click();
  const words = 'It could not be saved: the kernel was restarted meanwhile. Save it once more.';
  await expect(page.locator('.message')).toHaveText(words);
  await expect(page.locator('.kernel')).toHaveText('Ready');
  expect((await save(page, 'scatter', /png/)).name).toBe('three.png');
});

test('a kept model is offered with its weights and as a program for PyTorch', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', "lab.seed(1);\nawait lab.store.save('mine', lab.SimpleNoisePredictor());");
  await runCell(page, 'lazy-network');
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('button', { name: 'Trained models' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trained models' });
  await expect(dialog).toContainText('from mine import SimpleNoisePredictor, load_safetensors');
  expect(await axe(page)).toEqual([]);
  const { bytes } = await offered(page, () =>
    dialog.getByRole('button', { name: 'Download mine.safetensors' }).click(),
  );
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
  expect(header['net.0.weight'].shape).toEqual([128, 34]);
  const download = () => dialog.getByRole('button', { name: 'Download mine.py' }).click();
  const program = await offered(page, download);
  expect(program.name).toBe('mine.py');
  expect(program.bytes.toString()).toContain('\nclass SimpleNoisePredictor(nn.Module):\n');
  expect(program.bytes.toString()).toContain('\nif __name__ == "__main__":\n');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});
