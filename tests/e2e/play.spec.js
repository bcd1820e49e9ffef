import { axe, expect, offered, sampling, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

const board = (/** @type {Page} */ page) => page.locator('[data-play="board"]');
const stepOf = (/** @type {Page} */ page) => page.locator('[data-play="step"]');

/** @param {Page} page */
const looks = (page) =>
  board(page).evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());

/** A place of the board. @param {Page} page */
async function placer(page) {
  const box = await board(page).boundingBox();
  if (!box) throw new Error('no board');
  return (/** @type {number} */ x, /** @type {number} */ y) => ({
    x: box.x + box.width * x,
    y: box.y + box.height * y,
  });
}

/** A network of the reader's own has begun. @param {Page} page */
const learns = (page) => expect(stepOf(page)).toHaveText(/^step [\d,]+ of 12,000$/, { timeout: 30_000 });

test('the figure moves without a click, and stands still for those who want that', async ({ page }) => {
  await page.goto('');
  await expect(stepOf(page)).toHaveText('trained for 12,000 steps', { timeout: 30_000 });
  // The losses of the model that ships are drawn: the frame and the paper have less than that of the curve's colour.
  const coloured = await page.locator('[data-play="loss"]').evaluate((element) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (element);
    const copy = new OffscreenCanvas(width, height).getContext('2d');
    copy?.drawImage(/** @type {HTMLCanvasElement} */ (element), 0, 0);
    const data = copy?.getImageData(0, 0, width, height).data ?? [];
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0 && data[i] > data[i + 2] + 60) count++;
    return count;
  });
  expect(coloured).toBeGreaterThan(400);
  const before = await looks(page);
  await expect.poll(() => looks(page)).not.toBe(before);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.reload();
  await expect(stepOf(page)).toHaveText('trained for 12,000 steps', { timeout: 30_000 });
  await expect(page.locator('[data-play="t-value"]')).toHaveText('0');
  await page.waitForTimeout(500);
  const still = await looks(page);
  await page.waitForTimeout(700);
  expect(await looks(page)).toBe(still);
});

test('by mouse: a drawing is learned at once, sliders answer, and the link brings the model back', async ({
  page,
}) => {
  await page.goto('');
  await expect(stepOf(page)).toHaveText('trained for 12,000 steps', { timeout: 30_000 });
  const at = await placer(page);
  const began = Date.now();
  for (const [from, to] of /** @type {const} */ ([
    [at(0.3, 0.3), at(0.7, 0.7)],
    [at(0.7, 0.3), at(0.3, 0.7)],
  ])) {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 8 });
    await page.mouse.up();
  }
  await learns(page);
  console.log(`own samples after ${Date.now() - began} ms, ${await stepOf(page).textContent()}`);
  await page.getByRole('checkbox', { name: 'Score and density' }).check();
  for (const name of [/^Steps from noise/, /^Eta/, /^Timestep/]) {
    await page.getByRole('slider', { name }).focus();
    await page.keyboard.press('ArrowRight');
  }
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
  await expect(page.locator('[data-play="steps-value"]')).toHaveText('31');
  await page.getByRole('button', { name: 'Share this model' }).click();
  const link = page.getByRole('textbox', { name: 'Link with your trained model' });
  await expect(link).toHaveValue(/#model=[\w-]{14000,15000}$/);
  const address = await link.inputValue();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.locator('[data-play="status"]')).toContainText('This model came in the link');
  await page.goto('about:blank');
  await page.goto(address.slice(0, -40));
  await expect(page.locator('[data-play="status"]')).toContainText('This link is not whole');
  await expect(stepOf(page)).toHaveText('trained for 12,000 steps');
});

test('by keyboard: a line is drawn, learned and cleared', async ({ page }) => {
  await page.goto('');
  await board(page).focus();
  await page.keyboard.press(' ');
  for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await learns(page);
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-play="status"]')).toContainText('The board is empty');
  await page.getByRole('button', { name: 'Heart' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Heart' })).toHaveAttribute('aria-pressed', 'true');
  await learns(page);
  expect(await axe(page)).toEqual([]);
});

test.describe('on a phone', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });
  test('by finger: a dot is a drawing', async ({ page }) => {
    await page.goto('');
    await expect(stepOf(page)).toHaveText('trained for 12,000 steps', { timeout: 30_000 });
    await board(page).tap();
    await learns(page);
  });
});

test('the walk is saved as a GIF that loops', async ({ page }) => {
  await page.goto('');
  await expect(stepOf(page)).toHaveText('trained for 12,000 steps', { timeout: 30_000 });
  await expect(page.locator('[data-play="t-value"]')).toHaveText('0', { timeout: 30_000 });
  const { name, bytes } = await offered(page, () =>
    page.getByRole('button', { name: 'Save as GIF' }).click(),
  );
  expect(name).toBe('noisebook.gif');
  expect(bytes.subarray(0, 6).toString()).toBe('GIF89a');
  expect(bytes.includes('NETSCAPE2.0')).toBe(true);
});

test('the start page leads back to the lesson that was open', async ({ page }) => {
  await page.goto('');
  await expect(page.locator('.continue')).toBeHidden();
  await page.goto(sampling);
  await page.goto('');
  await page.getByRole('link', { name: 'Continue where you were: Sampling with DDPM' }).click();
  await expect(page).toHaveURL(/06-ddpm-sampling/);
});
