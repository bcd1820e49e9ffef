import { test as base } from '@playwright/test';
import { axe, drivenOverBidi, expect, fits, offered, refuseServiceWorker, test, training } from './site.js';

/** @param {import('@playwright/test').Page} page */
const partsOf = (page, id = 'train') => {
  const cell = page.locator(`#cell-${id}`);
  return {
    cell,
    javascript: cell.getByRole('tab', { name: 'JavaScript' }),
    pytorch: cell.getByRole('tab', { name: 'PyTorch' }),
    source: cell.locator('pre.source'),
    python: cell.locator('pre.python'),
  };
};

/** Code may be folded. @param {import('@playwright/test').Page} page */
const unfold = (page) =>
  page.locator('.cell details').evaluateAll((all) => {
    for (const each of all) /** @type {HTMLDetailsElement} */ (each).open = true;
  });

test('PyTorch is one choice for all cells, by mouse and by keys, and stays', async ({ page }) => {
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(training);
  await unfold(page);
  const { javascript, pytorch, source, python } = partsOf(page);
  await expect(source).toBeVisible();
  expect(asked.filter((url) => url.endsWith('-pytorch.json'))).toEqual([]);

  await pytorch.click();
  await expect(python).toContainText('loss.backward()');
  await expect(source).toBeHidden();
  await expect(pytorch).toHaveAttribute('aria-selected', 'true');
  await expect(partsOf(page, 'network').python).toContainText('class SimpleNoisePredictor(nn.Module)');
  expect(asked.filter((url) => url.endsWith('-pytorch.json')).length).toBe(1);
  expect(await axe(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);

  await pytorch.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(javascript).toBeFocused();
  await expect(source).toBeVisible();
  await expect(python).toBeHidden();
  await page.keyboard.press('End');
  await expect(pytorch).toBeFocused();
  await expect(python).toBeVisible();

  // From the first paint on, and in other lessons.
  await page.goto('exercises/07-unet/');
  await unfold(page);
  await expect(partsOf(page, 'write').python).toContainText('class MiniUNet(nn.Module)');
  await expect(partsOf(page, 'write').source).toBeHidden();
  await page.goto('exercises/15-text/');
  await unfold(page);
  await expect(partsOf(page, 'network').python).toContainText('class Painter(nn.Module)');
  await fits(page);
});

test('a tab stays where it is when all cells change', async ({ page }) => {
  await page.goto(training);
  await unfold(page);
  const { javascript, pytorch, python } = partsOf(page, 'metrics');
  await pytorch.scrollIntoViewIfNeeded();
  const top = async () => (await pytorch.boundingBox())?.y ?? Number.NaN;
  const before = await top();
  await pytorch.click();
  await expect(python).toBeVisible();
  expect(Math.abs((await top()) - before)).toBeLessThan(3);
  await javascript.click();
  expect(Math.abs((await top()) - before)).toBeLessThan(3);
});

// The browser itself writes an error for a request that fails.
base('PyTorch that cannot be fetched is said to be so, and asked for again', async ({ page }) => {
  await refuseServiceWorker(page);
  let failing = true;
  await page.route('**/*-pytorch.json', (route) => (failing ? route.abort() : route.continue()));
  await page.goto(training);
  await unfold(page);
  const { pytorch, python } = partsOf(page);
  await pytorch.click();
  await expect(page.getByText('The PyTorch could not be loaded.')).toBeVisible();
  failing = false;
  await pytorch.click();
  await expect(python).toContainText('loss.backward()');
});

test('a lesson opens as Python', async ({ page }) => {
  test.skip(drivenOverBidi(page), 'over BiDi there are no downloads');
  await page.goto(training);
  await page.getByText('More', { exact: true }).click();
  const { name, bytes } = await offered(page, () =>
    page.getByRole('button', { name: /Open as Python/ }).click(),
  );
  expect(name).toBe('05-training-pytorch.ipynb');
  const cells = JSON.parse(bytes.toString()).cells;
  const train = cells.find((/** @type {any} */ { id }) => id === 'train');
  expect(train.source.join('')).toContain('loss.backward()');
});
