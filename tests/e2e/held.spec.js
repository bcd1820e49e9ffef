import { axe, expect, fits, offered, pictures, runCell, swipe, test } from './site.js';

const schedules = 'exercises/02-schedules/';
const unet = 'exercises/07-unet/';
const images = 'exercises/08-images/';

/** @param {import('@playwright/test').Locator} element */
async function middle(element) {
  const box = await element.boundingBox();
  if (!box) throw new Error('it has no place');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** @param {import('@playwright/test').Locator} slider */
const reading = async (slider) => Number(await slider.getAttribute('aria-valuenow'));

test('a schedule is dragged by mouse and by keys: its samples answer at once, and code has its betas', async ({
  page,
}) => {
  await page.goto(schedules);
  const cell = await runCell(page, 'drag');
  const knobs = cell.getByRole('slider');
  await expect(knobs).toHaveCount(9);
  await cell.locator('.curve').scrollIntoViewIfNeeded();
  const before = await pictures(cell);
  const steps = cell.locator('.display.table td').last();
  await expect(steps).toHaveText('674');

  const from = await middle(knobs.nth(4));
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x, from.y - 130, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => reading(knobs.nth(4))).toBeGreaterThan(0.5);
  await expect(steps).not.toHaveText('674');
  expect((await pictures(cell)).pixels).not.toBe(before.pixels);

  // It never rises: whoever was in the way has been pushed.
  const all = await Promise.all(Array.from({ length: 9 }, (_, i) => reading(knobs.nth(i))));
  for (const [i, value] of all.entries()) if (i > 0) expect(value).toBeLessThan(all[i - 1]);

  await expect(knobs.nth(4)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(knobs.nth(5)).toBeFocused();
  const low = await reading(knobs.nth(5));
  await page.keyboard.press('PageUp');
  expect(await reading(knobs.nth(5))).toBeCloseTo(low + 0.1, 3);
  await page.keyboard.press('ArrowDown');
  expect(await reading(knobs.nth(5))).toBeCloseTo(low + 0.09, 3);

  // The samples are painted within a few frames after the key: no kernel is asked.
  const answered = await cell
    .locator('.square canvas')
    .nth(4)
    .evaluate(async (canvas) => {
      const now = () => /** @type {HTMLCanvasElement} */ (canvas).toDataURL();
      const before = now();
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp', bubbles: true }));
      for (let frame = 0; frame < 12 && now() === before; frame++)
        await new Promise((done) => requestAnimationFrame(done));
      return now() !== before;
    });
  expect(answered).toBe(true);

  await cell.getByRole('button', { name: 'linear' }).click();
  await expect(steps).toHaveText('674');
  expect(await axe(page)).toEqual([]);
});

test.describe('by finger', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('a schedule and a window are moved, and the page fits', async ({ page }) => {
    await page.goto(schedules);
    const cell = await runCell(page, 'drag');
    const knob = cell.getByRole('slider').nth(4);
    await cell.locator('.curve').scrollIntoViewIfNeeded();
    const from = await middle(knob);
    await swipe(page, from, { x: from.x, y: from.y - 80 });
    await expect.poll(() => reading(knob)).toBeGreaterThan(0.3);
    await fits(page);

    await page.goto(unet);
    const other = await runCell(page, 'convolution');
    // It slides by itself until then.
    await other.getByRole('button', { name: 'Stop', exact: true }).click();
    const window = other.getByRole('slider', { name: 'Window' });
    await other.locator('.convolution-row').scrollIntoViewIfNeeded();
    const at = await middle(window);
    const place = await reading(window);
    await swipe(page, at, { x: at.x + 40, y: at.y });
    const moved = async () => (await reading(window)) - place;
    await expect.poll(moved).toBeGreaterThan(4);
    expect(await moved(), 'in the same row').toBeLessThan(12);
    await fits(page);
  });
});

test('a convolution: weights are chosen and edited, the window moves by keys, and a wrong weight is told', async ({
  page,
}) => {
  await page.goto(unet);
  const cell = await runCell(page, 'convolution');
  const field = cell.getByLabel('Weight, row 2, column 2');
  const sum = cell.locator('.kernel-box > output');
  const before = await pictures(cell);
  await cell.getByLabel('Kernel').selectOption('identity');
  await expect(field).toHaveValue('1');
  await expect(sum).toHaveText('sum of the nine: 1');
  const identity = await pictures(cell);
  expect(identity.pixels).not.toBe(before.pixels);

  await field.fill('-2.5');
  await expect(sum).toHaveText('sum of the nine: −2.5');
  await expect(cell.getByLabel('Kernel')).toHaveValue('yours');
  await field.fill('');
  await expect(cell.locator('.fault')).toContainText('A weight is a number');
  await expect(sum, 'the last weights count').toHaveText('sum of the nine: −2.5');
  await field.fill('2');
  await expect(cell.locator('.fault')).toHaveText('');

  const window = cell.getByRole('slider', { name: 'Window' });
  await window.focus();
  const place = await reading(window);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  expect(await reading(window)).toBe(place + 33);
  await expect(window).toHaveAttribute('aria-valuetext', /^row \d+, column \d+: y = /);

  // Another picture: what the reader has made stays.
  await cell.getByLabel('circle').check();
  await expect(field).toHaveValue('2');
  expect(await reading(window)).toBe(place + 33);
  expect(await axe(page)).toEqual([]);

  await cell.getByRole('button', { name: 'Slide' }).click();
  await expect(cell.getByRole('button', { name: 'Stop' })).toBeVisible();
  await expect(cell.getByRole('button', { name: 'Slide' })).toBeVisible({ timeout: 20_000 });
  expect(await reading(window), 'it is back where it was').toBe(place + 33);
});

test('strips play when they are seen, stop where they are taken hold of, and go on from there', async ({
  page,
}) => {
  await page.goto(images);
  const cell = await runCell(page, 'denoising');
  const frame = cell.getByRole('slider', { name: 'Frame' });
  const strips = cell.locator('.strips');
  await strips.scrollIntoViewIfNeeded();
  await expect(cell.getByRole('button', { name: 'Play' })).toBeVisible({ timeout: 20_000 });
  await expect(frame).toHaveValue('49');
  const end = await pictures(cell);
  const box = await strips.boundingBox();
  if (!box) throw new Error('no strips');
  await cell.getByRole('button', { name: 'Play' }).click();
  await page.mouse.move(box.x + 5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + 40, { steps: 6 });
  const at = Number(await frame.inputValue());
  expect(Math.abs(at - 24.5)).toBeLessThanOrEqual(1);
  await page.mouse.up();
  await page.waitForTimeout(500);
  expect(Number(await frame.inputValue()), 'it stands still').toBe(at);
  expect((await pictures(cell)).pixels).not.toBe(end.pixels);
  await frame.focus();
  await page.keyboard.press('ArrowRight');
  await expect(frame).toHaveValue(String(at + 1));
  await cell.getByRole('button', { name: 'Play' }).click();
  await expect(frame).toHaveValue('49', { timeout: 20_000 });
  expect(await axe(page)).toEqual([]);
});

test('whoever asks for less motion gets strips that stand', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('exercises/01-noise/');
  const cell = await runCell(page, 'strips');
  await cell.locator('.strips').scrollIntoViewIfNeeded();
  await expect(cell.getByRole('button', { name: 'Play' })).toBeVisible();
  await expect(cell.getByRole('slider', { name: 'Frame' })).toHaveValue('100');
});

test('drawings are saved as pictures, with their numbers', async ({ page }) => {
  await page.goto(unet);
  const cell = await runCell(page, 'convolution');
  const save = async (/** @type {RegExp} */ item) => {
    await cell.locator('.menu > summary').focus();
    await page.keyboard.press('Enter');
    const button = cell.getByRole('button', { name: item });
    return offered(page, () => button.press('Enter'));
  };
  const svg = await save(/svg/);
  const counted = await page.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    return [root.nodeName, root.querySelectorAll('image').length, root.textContent?.includes('−2 × ')];
  }, svg.bytes.toString());
  expect(counted).toEqual(['svg', 2, true]);
  const kernel = await save(/kernel.*npy/);
  expect(kernel.bytes.subarray(0, 200).toString('latin1')).toContain("'shape': (3, 3)");

  await page.goto(schedules);
  const other = await runCell(page, 'drag');
  await other.locator('.menu > summary').focus();
  await page.keyboard.press('Enter');
  const button = other.getByRole('button', { name: /png/ });
  const png = await offered(page, () => button.press('Enter'));
  const colours = await page.evaluate(async (base64) => {
    const raw = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([raw], { type: 'image/png' }));
    const g = /** @type {any} */ (new OffscreenCanvas(image.width, image.height).getContext('2d'));
    g.drawImage(image, 0, 0);
    // The upper third is the curve's: its green is there.
    const { data } = g.getImageData(0, 0, image.width, Math.round(image.height / 3));
    let green = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 1] > data[i] + 40) green++;
    return green;
  }, png.bytes.toString('base64'));
  expect(colours).toBeGreaterThan(500);
});
