import { axe, cards, checkTask, edit, expect, offered, runCell, test, training } from './site.js';

/** Puts text in the lazy cell, runs it and gives what it shows. @param {import('@playwright/test').Page} page @param {string} source */
async function show(page, source) {
  await edit(page, 'lazy-network', source);
  return runCell(page, 'lazy-network');
}

test('nonsense is told in a sentence, and the kernel goes on', async ({ page }) => {
  await page.goto(training);
  let cell = await show(page, "lab.chart({ title: 'x', x: 'y', series: ['a'], data: [[1], [() => 1]] })");
  await expect(cell.locator('.error')).toContainText('data must be numbers');
  cell = await show(page, 'lab.table([{ a: () => 1 }])');
  await expect(cell.locator('.error')).toContainText('not of a function');
  cell = await show(page, 'const a = { name: "loop" };\na.a = a;\na');
  await expect(cell.locator('.outputs')).toContainText('{...}');
  cell = await show(page, 'lab.table(5)');
  await expect(cell.locator('.outputs .error')).toBeVisible();
  cell = await show(page, '({ 1: NaN, 2: undefined, 3: Infinity })');
  await expect(cell.locator('.outputs')).toContainText('NaN');
  cell = await show(page, '1 + 1');
  await expect(cell.locator('.outputs')).toHaveText('2');
});

test('a cell that makes large models over and over is not short of memory', async ({ page }) => {
  await page.goto(training);
  const source = `for (let k = 0; k < 24; k++) {
  for (const max_batch of [1, 32, 1, 32]) lab.MiniUNet({ max_batch });
  await lab.tick();
}
'made'`;
  const cell = await show(page, source);
  await expect(cell.locator('.outputs')).toContainText('made');
});

test('storage that is full is told once, and the text stays', async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(training);
  const cell = await show(page, '40 + 2');
  await expect(page.locator('.message')).toContainText('storage is full or closed');
  await expect(cell.locator('.outputs')).toHaveText('42');
  await expect(cell.locator('.cm-content')).toHaveText('40 + 2');
});

test('two tabs: the other one’s text is offered, nothing is overwritten', async ({ page, context }) => {
  await page.goto(training);
  const other = await context.newPage();
  await other.goto(training);
  await page.bringToFront();
  await edit(page, 'lazy-network', '"mine"');
  await other.bringToFront();
  await edit(other, 'lazy-network', '"theirs"');
  await page.bringToFront();
  const cell = page.locator('#cell-lazy-network');
  await expect(cell.locator('.elsewhere')).toContainText('changed in another tab');
  await expect(cell.locator('.cm-content')).toHaveText('"mine"');
  await cell.getByRole('button', { name: 'Take that text' }).click();
  await expect(cell.locator('.cm-content')).toHaveText('"theirs"');
  await expect(cell.locator('.elsewhere')).toHaveCount(0);
});

// A worker may still be on its way when a test ends, and its answer with it.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

/** The kernel's worker begins with code that takes something away. @param {import('@playwright/test').Page} page @param {string} code */
async function inWorker(page, code) {
  await page.route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code};\n${await response.text()}` });
  });
}

/** Keeps a new model as “mine”. @param {number} seed */
const keep = (seed) =>
  `lab.seed(${seed});\nawait lab.store.save('mine', lab.SimpleNoisePredictor({ hidden_dim: 8 }), { steps: ${seed} });`;
const LOAD = "(await lab.store.load('mine')).info.steps";

test('without SIMD the reader is told which browsers have it, and can go on reading and writing', async ({
  page,
}) => {
  // As WebAssembly.validate answers where a module uses vectors.
  await inWorker(page, 'WebAssembly.validate = () => false');
  await page.goto(training);
  await expect(page.locator('.message')).toContainText(
    'Chrome and Edge 91, Firefox 89, Safari 16.4 and all that came later',
  );
  const cell = await show(page, '40 + 2');
  await expect(cell.locator('.error')).toContainText('has no WebAssembly SIMD');
  await page.reload();
  await expect(cell.locator('pre.source')).toHaveText('40 + 2');
});

test('where a kernel gets stuck as it starts threads, another takes over what it was asked', async ({
  page,
}) => {
  await inWorker(
    page,
    'self.Worker = class { constructor() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); } }',
  );
  await page.clock.install();
  await page.goto(`${training}?threads=2`);
  await edit(page, 'lazy-network', '40 + 2');
  const cell = page.locator('#cell-lazy-network');
  await cell.getByRole('button', { name: 'Run', exact: true }).click();
  // The page's patience, in no time.
  await expect(async () => {
    await page.clock.fastForward(6000);
    await expect(cell.locator('.outputs')).toHaveText('42', { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await expect(page.locator('.kernel')).toHaveAttribute('data-engine', 'exact, 1 thread');
});

test('a model that finds no room stays for this visit, and the reader is told what to do', async ({
  page,
}) => {
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(training);
  await expect(await show(page, keep(3))).toHaveAttribute('data-status', 'ok');
  await expect(page.locator('.message')).toContainText('Make room under More, Trained models');
  await expect((await show(page, LOAD)).locator('.outputs')).toHaveText('3');
});

test('where models cannot be kept at all, the reader is told how to take one along', async ({ page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('no', 'SecurityError');
    };
  });
  await page.goto(training);
  await expect(await show(page, keep(3))).toHaveAttribute('data-status', 'ok');
  await expect(page.locator('.message')).toContainText("lab.save_file('mine.safetensors', model.save())");
  await expect((await show(page, LOAD)).locator('.outputs')).toHaveText('3');
});

test('two tabs keep a model of one name: both are told, none is lost, the reader chooses', async ({
  page,
  context,
}) => {
  await page.goto(training);
  const other = await context.newPage();
  await other.goto(training);
  await expect(other.locator('.kernel')).toContainText('Ready');
  await page.bringToFront();
  await show(page, keep(1));
  await expect(page.locator('.message')).toBeHidden();
  await other.bringToFront();
  await show(other, keep(2));
  await expect(other.locator('.message')).toContainText('Yours is kept now, and lessons load it');
  await page.bringToFront();
  await expect(page.locator('.message')).toContainText('Yours lies beside it');

  await page.getByText('More', { exact: true }).click();
  await page.getByRole('button', { name: 'Trained models' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trained models' });
  await expect(dialog.locator('li')).toHaveCount(2);
  await expect(dialog.locator('li', { hasText: 'laid aside' })).toContainText('1 steps');
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Let lessons load this one' }).press('Enter');
  await expect(dialog.locator('li', { hasText: 'laid aside' })).toContainText('2 steps');
  page.on('dialog', (question) => question.accept());
  await dialog.locator('li', { hasText: 'laid aside' }).getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.locator('li')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await other.bringToFront();
  await expect((await show(other, LOAD)).locator('.outputs')).toHaveText('1');
});

test('progress is shown on the start page, exported, reset and imported', async ({ page }) => {
  await page.goto(training);
  const task = page.locator('#task-noise');
  await edit(page, 'noise', (await task.locator('details.solution pre').textContent()) ?? '');
  await expect(await checkTask(page, 'noise')).toHaveText(/^Right/);
  await page.goto(cards);
  await page.goto('');
  const card = page.locator('a.card[data-lesson="05-training"]');
  await expect(card).toContainText('1 task solved');
  await expect(page.locator('.progress')).toContainText(/[01] lessons? finished, 1 task solved/);
  const { bytes: file } = await offered(page, () => page.getByRole('button', { name: 'Export' }).click());
  page.on('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(card).not.toContainText('solved');
  const choose = (/** @type {Buffer} */ buffer) =>
    page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer });
  await choose(Buffer.from('{"format": "noisebook progress 1", "items": {"theme": "x"}}'));
  await expect(page.locator('.message')).toContainText('Nothing was changed');
  await choose(file);
  await expect(card).toContainText('1 task solved');
});
