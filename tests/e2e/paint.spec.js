import { axe, copyLink, edit, expect, fits, runCell, swipe, test, training } from './site.js';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const SOURCE = `await lab.interact({
  v: lab.slider(0, 9),
  drawing: lab.paint({ size: 16, range: [-1, 1], label: 'A scribble' }),
}, ({ v, drawing }) => {
  const painted = drawing.data.filter((each) => each > -1).length;
  lab.print(v, painted, 'painted', drawing.data.filter((each) => each === 1).length, 'white');
});`;

/** A page with a cell that is drawn on. @param {import('@playwright/test').Page} page */
async function painting(page) {
  await page.goto(training);
  await edit(page, 'lazy-network', SOURCE);
  const cell = await runCell(page, 'lazy-network');
  const canvas = cell.getByRole('application', { name: /^A scribble: 16 by 16 pixels/ });
  await expect(canvas).toBeVisible();
  await canvas.scrollIntoViewIfNeeded();
  const text = cell.locator('.display.text');
  await expect(text).toHaveText('0 0 painted 0 white');
  /** The middle of a pixel. @param {number} column @param {number} row from 0 */
  const at = async (column, row) => {
    const box = await canvas.boundingBox();
    if (!box) throw new Error('the canvas has no place');
    return { x: box.x + ((column + 0.5) * box.width) / 16, y: box.y + ((row + 0.5) * box.height) / 16 };
  };
  return { cell, canvas, text, at };
}

test('by mouse: strokes reach code, colours, brushes, eraser, undo and clear do what they say', async ({
  page,
}) => {
  const { cell, canvas, text, at } = await painting(page);
  const before = await canvas.evaluate((each) => /** @type {HTMLCanvasElement} */ (each).toDataURL());
  const press = (/** @type {string} */ name) => cell.getByRole('button', { name, exact: true }).click();
  const stroke = async (/** @type {[number, number][]} */ ...pixels) => {
    const places = await Promise.all(pixels.map((pixel) => at(...pixel)));
    await page.mouse.move(places[0].x, places[0].y);
    await page.mouse.down();
    for (const { x, y } of places) await page.mouse.move(x, y, { steps: 3 });
    await page.mouse.up();
  };
  await press('Brush of 1 pixel');
  await stroke([2, 3], [11, 3]);
  await expect(text).toHaveText('0 10 painted 10 white');
  await expect(canvas).toHaveAccessibleName(
    'A scribble: 16 by 16 pixels, 4% painted, in rows 4 to 4 and columns 3 to 12',
  );
  expect(await canvas.evaluate((each) => /** @type {HTMLCanvasElement} */ (each).toDataURL())).not.toBe(
    before,
  );
  await press('grey');
  await press('Brush of 3 pixels');
  await stroke([8, 9]);
  await expect(text).toHaveText('0 19 painted 10 white');
  await press('Eraser');
  await stroke([2, 3]);
  await expect(text).toHaveText('0 17 painted 8 white');
  await press('Undo');
  await expect(text).toHaveText('0 19 painted 10 white');
  await press('Clear');
  await expect(text).toHaveText('0 0 painted 0 white');
  await expect(cell.getByRole('button', { name: 'Clear' })).toHaveAttribute('aria-disabled', 'true');
  await press('Undo');
  await press('Undo');
  await expect(text).toHaveText('0 10 painted 10 white');
  expect(await axe(page)).toEqual([]);
});

test('by keys: arrows move, Shift draws, Space dots, Delete erases, Ctrl+Z undoes, each told', async ({
  page,
}) => {
  const { cell, canvas, text } = await painting(page);
  await cell.getByRole('button', { name: 'Brush of 1 pixel' }).click();
  await cell.getByRole('slider').focus();
  await page.keyboard.press('Tab');
  await expect(canvas).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(text).toHaveText('0 0 painted 0 white');
  await page.keyboard.press('Space');
  await expect(text).toHaveText('0 1 painted 1 white');
  const told = cell.locator('.paint-told');
  await expect(told).toHaveText('row 9, column 10: white');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowDown');
  await expect(text).toHaveText('0 4 painted 4 white');
  await page.keyboard.press('Delete');
  await expect(text).toHaveText('0 3 painted 3 white');
  await expect(told).toHaveText('row 12, column 10: nothing');
  await page.keyboard.press('Control+z');
  await expect(text).toHaveText('0 4 painted 4 white');
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
  await expect(told).toHaveText('row 12, column 1: nothing');
});

test('a link carries the drawing, and after a restart the canvas takes nothing', async ({
  page,
  context,
}) => {
  const { cell, canvas, text, at } = await painting(page);
  const { x, y } = await at(4, 4);
  await page.mouse.click(x, y);
  await expect(text).toHaveText('0 9 painted 9 white');
  const link = await copyLink(page);
  const other = await context.newPage();
  await other.goto(link);
  const banner = other.locator('.review-banner');
  await expect(banner).toContainText('v = 0, a drawing as drawing');
  await banner.getByRole('button', { name: 'Keep' }).click();
  const there = await runCell(other, 'lazy-network');
  await expect(there.locator('.display.text')).toHaveText('0 9 painted 9 white');
  await expect(there.getByRole('application')).toHaveAccessibleName(
    /4% painted, in rows 4 to 6 and columns 4 to 6/,
  );
  await other.close();

  await edit(page, 'data', 'for (;;) {}');
  await page.locator('#cell-data .run').click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(cell).toContainText('The kernel was restarted');
  await expect(canvas).toHaveAttribute('aria-disabled', 'true');
  const before = await canvas.getAttribute('aria-label');
  await canvas.click({ force: true });
  expect(await canvas.getAttribute('aria-label')).toBe(before);
});

test.describe('by finger', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('a finger draws and does not scroll, and the page fits', async ({ page }) => {
    const { cell, text, at } = await painting(page);
    await cell.getByRole('button', { name: 'Brush of 1 pixel' }).click();
    const scrolled = await page.evaluate(() => scrollY);
    await swipe(page, await at(3, 2), await at(3, 12));
    await expect(text).toHaveText('0 11 painted 11 white');
    expect(await page.evaluate(() => scrollY)).toBe(scrolled);
    await fits(page);
  });
});
