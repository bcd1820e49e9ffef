import { edit, expect, offered, runCell, test, training } from './site.js';

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
