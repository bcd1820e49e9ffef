import { test as base } from '@playwright/test';
import { edit, expect, refuseServiceWorker, runCell, test, training } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {Page} page @param {string} source @param {string} [id] */
async function begin(page, source, id = 'lazy-network') {
  await edit(page, id, source);
  const cell = page.locator(`#cell-${id}`);
  await cell.getByRole('button', { name: 'Run', exact: true }).click();
  return cell;
}

test('of 10,000 lines a page shows a thousand, and says how many there were', async ({ page }) => {
  await page.goto(training);
  const cell = await begin(page, 'for (let i = 0; i < 10000; i++) lab.print(i)');
  await expect(cell.locator('.display.text')).toContainText('9,000 more lines were left out');
  await expect(cell.locator('.display.text')).toContainText('9,999');
  await expect(cell.locator('.display')).toHaveCount(1);
});

test('a cell that prints for ever can be stopped, and keeps what it printed last', async ({ page }) => {
  await page.goto(training);
  const cell = await begin(page, 'for (let i = 0; ; i++) { lab.print(i); await lab.tick(); }');
  await expect(cell.locator('.display.text')).toContainText('more lines were left out');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(cell.locator('.display.error')).toContainText('The names defined so far are still there');
  await expect(cell.locator('.display')).toHaveCount(2);
});

test('after a restart outputs come once, and controls of the kernel that ended move nothing', async ({
  page,
}) => {
  await page.goto(training);
  const sliders =
    "await lab.interact({ v: lab.slider(0, 9, { label: 'old' }) }, ({ v }) => lab.print('v', v))";
  const first = await begin(page, sliders, 'loss-by-t');
  await expect(first.locator('.display.text')).toHaveText('v 0');
  // After that much time a tick sends on what was printed.
  const pause = 'await new Promise((done) => setTimeout(done, 50))';
  const cell = await begin(page, `lab.print('one');\n${pause};\nawait lab.tick();\nwhile (true) {}`);
  await expect(cell.locator('.display.text')).toHaveText('one');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(cell.locator('.display.error')).toContainText('The kernel had to be restarted');
  await expect(first.locator('.ended')).toContainText('run this cell again');
  await expect(first.getByRole('slider')).toBeDisabled();

  await edit(page, 'lazy-network', sliders.replace("'v'", "'w'"));
  await runCell(page, 'lazy-network');
  await expect(cell.locator('.display.error')).toHaveCount(0);
  await expect(cell.locator('.display.text')).toHaveText('w 0');
  await cell.getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(cell.locator('.display.text')).toHaveText('w 9');
  await expect(first.locator('.display.text')).toHaveText('v 0');
  await runCell(page, 'loss-by-t');
  await expect(first.locator('.ended')).toHaveCount(0);
  await expect(first.locator('.display')).toHaveCount(2);
});

test('beside a line with many words to choose from, sliders keep their room, on a phone and on a desk', async ({
  page,
}) => {
  await page.goto(training);
  const words =
    'a large red circle small blue square left right of above below top bottom middle two three'.split(' ');
  const cell = await begin(
    page,
    `await lab.interact({
       text: lab.text('a', { words: ${JSON.stringify(words)}, label: 'Draw' }),
       w: lab.slider(0, 9, { label: 'w' }), seed: lab.slider(0, 9, { label: 'seed' }),
     }, ({ w }) => lab.print(w))`,
  );
  await expect(cell.locator('.word-offers button')).toHaveCount(words.length);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const room = await cell.locator('.outputs').first().boundingBox();
    for (const part of await cell.locator('.outputs input, .word-offers button').all()) {
      const box = await part.boundingBox();
      expect(box && room && box.x + box.width <= room.x + room.width + 1, `${width}`).toBe(true);
      expect(box?.width).toBeGreaterThan(10);
    }
  }
});

test('what no figure can be made of is told in the cell', async ({ page }) => {
  await page.goto(training);
  const cell = await begin(
    page,
    "lab.scatter({ sets: [{ points: [0, 1], color: 'x;background:url(//a.b/c)' }] })",
  );
  await expect(cell.locator('.display.error')).toContainText('a color is one of x0, xt, eps');
  await begin(page, 'lab.grid({ images: lab.zeros([0, 1, 4, 4]) })');
  await expect(cell.locator('.display.error')).toContainText('at least 1 of each');
});

/** Requests get no answer until what this returns is called: a preload may be the first to ask. @param {Page} page @param {RegExp} url */
async function failAtFirst(page, url) {
  await refuseServiceWorker(page);
  let failing = true;
  await page.route(url, (route) => (failing ? route.abort() : route.continue()));
  return () => {
    failing = false;
  };
}

// The browser itself writes an error for a request that fails.
base(
  'a figure whose script does not come is told, and comes when it is asked for again',
  async ({ page }) => {
    for (const part of [/\/assets\/chart-[^/]*\.js/, /\/assets\/plot-[^/]*\.js/]) {
      const answer = await failAtFirst(page, part);
      await page.goto(training);
      const cell = await begin(
        page,
        "const c = lab.chart({ title: 'x', x: 'y', series: ['a'], data: [[1, 2], [3, 4]] });\nc.push(3, 5);",
      );
      await expect(cell.locator('.unloaded')).toContainText('could not be loaded');
      answer();
      await cell.getByRole('button', { name: 'Try again' }).click();
      await expect(cell.locator('.plot canvas')).toBeVisible();
      await expect(cell.locator('.unloaded')).toHaveCount(0);
      await expect(cell.locator('.plot')).toHaveAttribute('aria-label', /from 3 to 5 in 3 points/);
    }
  },
);

base('an editor whose script does not come is told, and comes with the next click', async ({ page }) => {
  const answer = await failAtFirst(page, /\/assets\/editor-[^/]*\.js/);
  await page.goto(training);
  const cell = page.locator('#cell-lazy-network');
  await cell.locator('pre.source').click();
  await expect(page.locator('.message')).toContainText('The editor could not be loaded');
  answer();
  await cell.locator('pre.source').click();
  await expect(cell.locator('.cm-content')).toBeVisible();
});

base('a menu whose script does not come is told, and opens the next time', async ({ page }) => {
  const answer = await failAtFirst(page, /\/assets\/more-[^/]*\.js/);
  await page.goto(training);
  await page.getByText('More', { exact: true }).click();
  await expect(page.locator('.message')).toContainText('What this menu offers could not be loaded');
  answer();
  await page.getByText('More', { exact: true }).click();
  await expect(page.getByRole('button', { name: 'Trained models' })).toBeVisible();
});
