/** What others bring is shown before it can run: links, progress files, frames, and another version of the site beside. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from '../../web/build/serve.mjs';
import { encodeChanges } from '../../web/page/share/share.js';
import { axe, edit, expect, runCell, test, training } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

/** @param {string} source */
const linkTo = async (source) =>
  `${training}${await encodeChanges({ cells: { 'lazy-network': source }, controls: {} })}`;
const banner = (/** @type {Page} */ page) => page.locator('.review-banner');
const lazy = (/** @type {Page} */ page) => page.locator('#cell-lazy-network');
const kept = async (/** @type {Page} */ page, /** @type {string} */ source) => {
  await page.goto('');
  await page.goto(await linkTo(source));
  await banner(page).getByRole('button', { name: 'Keep' }).click();
};

for (const [name, end] of Object.entries({
  'a carriage return': '\r',
  'U+2028': '\u2028',
  'U+2029': '\u2029',
}))
  test(`code behind ${name} in a comment is shown as the line that it is, and that line runs`, async ({
    page,
  }) => {
    await page.goto(await linkTo(`// harmless${end}lab.print('this ran')`));
    await expect(lazy(page).locator('.review ins')).toHaveText([
      '+ // harmless\n',
      "+ lab.print('this ran')\n",
    ]);
    await banner(page).getByRole('button', { name: 'Keep' }).click();
    await expect(lazy(page).locator('pre.source')).toHaveText("// harmless\nlab.print('this ran')");
    await expect(await runCell(page, 'lazy-network')).toContainText('this ran');
    await lazy(page).locator('pre.source').focus();
    await expect(lazy(page).locator('.cm-line')).toHaveText(['// harmless', "lab.print('this ran')"]);
  });

test('marks that turn the direction, characters without a width and gaps are shown and counted', async ({
  page,
}) => {
  await page.goto(
    await linkTo(`const a = 'x\u202e';\u200b // \u2066fine${' '.repeat(500)}lab.print('hidden')`),
  );
  await expect(banner(page).locator('.careful')).toContainText('3 characters that cannot be seen');
  await expect(banner(page).locator('.careful')).toContainText('1 gap of many spaces');
  await expect(lazy(page).locator('.review .revealed')).toHaveText([
    '⟨U+202E⟩',
    '⟨U+200B⟩',
    '⟨U+2066⟩',
    '⟨500 spaces⟩',
  ]);
  for (const mark of await lazy(page).locator('.review .revealed').all())
    expect((await mark.boundingBox())?.width).toBeGreaterThan(40);
  const wide = await lazy(page)
    .locator('.review pre')
    .evaluate((pre) => pre.scrollWidth - pre.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect(await axe(page)).toEqual([]);
  await banner(page).getByRole('button', { name: 'Keep' }).click();
  await expect(lazy(page).locator('pre.source .revealed')).toHaveCount(3);
  expect((await lazy(page).locator('pre.source .revealed').first().boundingBox())?.width).toBeGreaterThan(40);
  await lazy(page).locator('pre.source').focus();
  await expect(lazy(page).locator('.cm-content .revealed')).toHaveText(['⟨U+202E⟩', '⟨U+200B⟩', '⟨U+2066⟩']);
});

test('a short link that unpacks to a hundred thousand lines is refused in a sentence', async ({ page }) => {
  await page.goto(await linkTo('\n'.repeat(100_000)));
  await expect(banner(page)).toContainText('100,001 lines');
  await expect(page.locator('.review')).toHaveCount(0);
  await banner(page).getByRole('button', { name: 'Close' }).click();
  await expect(lazy(page)).not.toHaveAttribute('data-edited');
});

test('cells of a progress file wait until their lesson has shown them', async ({ page }) => {
  const items = { 'edit:05-training:lazy-network': "lab.print('imported')" };
  await page.goto('');
  await page.locator('input[type="file"]').setInputFiles({
    name: 'a.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ format: 'noisebook progress 1', items })),
  });
  await expect(page.locator('.message')).toContainText('1 changed cell');
  await page.goto(training);
  await expect(banner(page)).toContainText('A progress file was imported that brings: 1 changed cell');
  await expect(lazy(page)).not.toHaveAttribute('data-edited');
  await expect((await runCell(page, 'lazy-network')).locator('.outputs')).not.toContainText('imported');
  await page.reload();
  await banner(page).getByRole('button', { name: 'Keep' }).click();
  await expect(await runCell(page, 'lazy-network')).toContainText('imported');
  await page.reload();
  await expect(banner(page)).toHaveCount(0);
  await expect(lazy(page).locator('pre.source')).toHaveText("lab.print('imported')");
});

test('the reader’s own text is not lost by keeping a link: Undo, a reload, and edits after it', async ({
  page,
}) => {
  await page.goto(training);
  await edit(page, 'lazy-network', '"mine"');
  await kept(page, '"theirs"');
  await page.reload();
  await expect(lazy(page).locator('pre.source')).toHaveText('"theirs"');
  await kept(page, '"another’s"');
  await edit(page, 'lazy-network', '"edited since"');
  await banner(page).getByRole('button', { name: 'Undo' }).click();
  await expect(banner(page)).toContainText('1 cell that you have edited since');
  await expect(lazy(page).locator('.cm-content')).toHaveText('"edited since"');
  await page.reload();
  await lazy(page).getByRole('button', { name: 'Your version' }).click();
  await expect(lazy(page).locator('pre.source')).toHaveText('"mine"');
  await expect(lazy(page).getByRole('button', { name: 'Your version' })).toBeHidden();
  await kept(page, '"theirs"');
  await banner(page).getByRole('button', { name: 'Undo' }).click();
  await expect(lazy(page).locator('pre.source')).toHaveText('"mine"');
});

test('a look at a section does not lose what a link brings', async ({ page }) => {
  await page.goto(await linkTo('"theirs"'));
  await banner(page).getByRole('link', { name: 'lazy-network' }).click();
  expect(page.url()).toContain('#share=');
  await page.evaluate(() => {
    location.hash = 'cell-lazy-network';
  });
  await page.reload();
  await expect(banner(page)).toContainText('1 changed cell');
  await banner(page).getByRole('button', { name: 'Discard' }).click();
  await page.reload();
  await expect(page.locator('.title')).toBeVisible();
  await expect(banner(page)).toHaveCount(0);
});

test('an edit of a cell that the lesson has changed since says so and shows both', async ({ page }) => {
  await page.goto(training);
  await edit(page, 'lazy-network', '"mine"');
  await page.evaluate(() => {
    const key =
      Object.keys(localStorage).find((each) => each.endsWith('origin:05-training:lazy-network')) ?? '';
    localStorage.setItem(key, '9-another');
  });
  await page.reload();
  await expect(lazy(page).locator('.elsewhere')).toContainText('The lesson has changed this cell');
  await expect(lazy(page).locator('.review ins')).toHaveText('+ "mine"\n');
  await expect(lazy(page).locator('.review del').first()).toBeVisible();
  await lazy(page).getByRole('button', { name: 'Keep mine' }).click();
  await expect(lazy(page).locator('.review')).toHaveCount(0);
  await page.reload();
  await expect(lazy(page)).toHaveAttribute('data-edited');
  await expect(lazy(page).locator('.elsewhere')).toHaveCount(0);
});

/** The site twice on one origin, sending no headers. */
const twice = test.extend({
  keeps: true,
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  baseURL: async ({}, use) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'noisebook-'));
    for (const version of ['v1', 'v2']) cpSync('web/dist', path.join(folder, version), { recursive: true });
    const server = await serve(folder, { port: 4600, isolated: false, attempts: 99 });
    await use(server.url);
    await server.close();
    rmSync(folder, { recursive: true });
  },
});

twice('two versions of the site on one origin keep what they keep apart', async ({ page, baseURL }) => {
  await page.goto('v1/cards/');
  // As an earlier version left it: the first path that is opened takes it over.
  await page.evaluate(() => localStorage.setItem('edit:05-training:lazy-network', '"old"'));
  await page.goto(`v1/${training}`);
  await expect(lazy(page).locator('pre.source')).toHaveText('"old"');
  await edit(page, 'lazy-network', "await lab.store.save('m', lab.SimpleNoisePredictor({ hidden_dim: 8 }))");
  await expect(await runCell(page, 'lazy-network')).toHaveAttribute('data-status', 'ok');
  await page.goto(`v2/${training}`);
  await expect(lazy(page)).not.toHaveAttribute('data-edited');
  await edit(page, 'lazy-network', "typeof (await lab.store.load('m'))");
  await expect((await runCell(page, 'lazy-network')).locator('.outputs')).toHaveText('undefined');
  await page.goto(`v1/${training}`);
  await expect(lazy(page).locator('pre.source')).toContainText("lab.store.save('m'");
  expect(baseURL).toBeTruthy();
});

twice('in a frame of another site nothing can be pressed but the way out', async ({ page, baseURL }) => {
  const outer = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    response.end(`<iframe src="${baseURL}v1/${training}" width="800" height="600"></iframe>`);
  });
  await new Promise((done) => outer.listen(0, '127.0.0.1', () => done(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (outer.address());
  const context = await page.context().browser()?.newContext();
  const other = await /** @type {import('@playwright/test').BrowserContext} */ (context).newPage();
  await other.goto(`http://127.0.0.1:${port}/`);
  const frame = other.frameLocator('iframe');
  await expect(frame.getByRole('link', { name: 'Open it on its own' })).toBeVisible();
  await expect(frame.getByRole('button')).toHaveCount(0);
  await context?.close();
  outer.closeAllConnections();
  outer.close();
});
