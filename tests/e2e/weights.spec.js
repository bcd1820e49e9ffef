import { axe, expect, fits, pictures, runCell, test } from './site.js';

test('weights of the loss are dragged by keys and started from: each time a network is trained with them, and the chart says what came of it', async ({
  page,
}) => {
  await page.goto('exercises/11-what-to-predict/');
  test.setTimeout(240_000);
  await runCell(page, 'convert');
  await runCell(page, 'train');
  const cell = await runCell(page, 'draw-weights');
  const knobs = cell.locator('.curve').getByRole('slider');
  await expect(knobs).toHaveCount(9);
  const drawing = cell.locator('.curve .drawing');
  await expect(drawing).toHaveAttribute(
    'aria-label',
    /over 1000 timesteps.*Grey: min-SNR-5, uniform, 1\/SNR\./,
  );
  const first = await pictures(cell);
  await cell.getByRole('button', { name: 'uniform' }).click();
  await expect(knobs.nth(4)).toHaveAttribute('aria-valuetext', '1');
  await expect.poll(async () => (await pictures(cell)).pixels).not.toBe(first.pixels);
  const uniform = await pictures(cell);

  await knobs.nth(8).focus();
  await page.keyboard.press('PageUp');
  await expect(knobs.nth(8)).toHaveAttribute('aria-valuetext', '10');
  await page.keyboard.press('ArrowDown');
  await expect(knobs.nth(8)).toHaveAttribute('aria-valuetext', '7.94');
  await expect(knobs.nth(7)).toHaveAttribute('aria-valuetext', '1');
  await expect(cell.locator('.holding output')).toHaveText('t = 999: weight 7.94');
  await page.keyboard.press('ArrowLeft');
  await expect(knobs.nth(7)).toBeFocused();
  await expect.poll(async () => (await pictures(cell)).pixels, { timeout: 30_000 }).not.toBe(uniform.pixels);
  await fits(page);
  expect(await axe(page)).toEqual([]);
});
