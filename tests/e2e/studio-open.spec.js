import { strToU8, unzipSync, zipSync } from 'fflate';
import { readConfig } from '../../web/kernel/studio/config.js';
import { codeFor } from '../../web/kernel/studio/network.js';
import { encodeRun } from '../../web/page/studio/open/link.js';
import { axe, chooseRun, edit, expect, offered, runCell, test, training as trainingLesson } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

const state = (/** @type {Page} */ page) => page.locator('[data-studio="state"]');
const rows = (/** @type {Page} */ page) => page.locator('.runs tbody tr');
const training = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Training', exact: true });
const review = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Somebody else’s code' });

/** A file that is dropped there. @param {Page} page @param {string} where @param {string} name @param {Uint8Array} bytes */
const drop = (page, where, name, bytes) =>
  page.locator(where).evaluate(
    (element, file) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(file.bytes)], file.name));
      element.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    { name, bytes: [...bytes] },
  );

/** A short run of a spiral, stopped on its way, as it is saved. @param {Page} page */
async function savedRun(page) {
  await page.goto('studio/');
  await page.getByRole('button', { name: 'Spiral' }).click();
  const room = training(page);
  await room.getByLabel('Epochs', { exact: true }).fill('3000');
  await room.getByLabel('Epochs', { exact: true }).blur();
  await room.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.locator('.train-words')).toHaveText(/^step \d\d/, { timeout: 30_000 });
  await room.getByRole('button', { name: 'Stop' }).click();
  await expect(state(page)).toContainText('Stopped.');
  return offered(page, () => page.getByRole('button', { name: 'Save the run' }).click());
}

test('a run that was saved opens again, chosen or dropped, and goes on', async ({ page }) => {
  const file = await savedRun(page);
  const steps = await rows(page).first().locator('td').nth(2).textContent();
  page.on('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Delete Spiral 1' }).click();
  await expect(rows(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Swiss roll' }).click();
  await chooseRun(page, file.name, file.bytes);
  await expect(state(page)).toHaveText('“Spiral 1” is open, with its data and settings.');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first().locator('td').nth(2)).toHaveText(String(steps));
  await expect(page.locator('.data-words')).toHaveText(/^Spiral: 3,000 points/);
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.samples-shown .panel')).toContainText('Spiral 1, seed 1', { timeout: 30_000 });
  await page.reload();
  await training(page).getByRole('button', { name: 'Go on' }).click();
  await expect(state(page)).toHaveText('Training “Spiral 1”.', { timeout: 30_000 });
  await training(page).getByRole('button', { name: 'Stop' }).click();
  await expect(state(page)).toContainText('Stopped.');
  await drop(page, '#data', file.name, file.bytes);
  await expect(rows(page)).toHaveCount(2);
});

test('what is no run is told in a sentence, and nothing changes', async ({ page }) => {
  const file = await savedRun(page);
  const parts = unzipSync(file.bytes);
  const refuses = async (/** @type {Uint8Array} */ bytes, /** @type {string} */ sentence) => {
    await chooseRun(page, 'theirs.zip', bytes);
    await expect(state(page)).toHaveText(sentence);
    await expect(rows(page)).toHaveCount(1);
    await expect(page.locator('.data-words')).toHaveText(/^Spiral/);
  };
  await refuses(
    zipSync({ 'a.png': strToU8('a') }),
    'Not opened: theirs.zip is no run of the studio: there is no run.json in it.',
  );
  const said = JSON.parse(new TextDecoder().decode(parts['run.json']));
  said.network.width = 32;
  said.network.text = '';
  await refuses(
    zipSync({ ...parts, 'run.json': strToU8(JSON.stringify(said)) }),
    'Not opened: its weights are of another network than its settings make.',
  );
  await drop(page, 'h1', 'a.txt', strToU8('a'));
  await expect(state(page)).toContainText('data are dropped on the data room');
});

test('a run of an earlier version, whose blocks made another network, is sampled and does not go on', async ({
  page,
}) => {
  const file = await savedRun(page);
  const parts = unzipSync(file.bytes);
  const said = JSON.parse(new TextDecoder().decode(parts['run.json']));
  said.network.width = 32;
  said.name = 'Earlier';
  await chooseRun(page, 'earlier.zip', zipSync({ ...parts, 'run.json': strToU8(JSON.stringify(said)) }));
  await expect(state(page)).toHaveText(/^“Earlier” is open, .* of an earlier version, .* does not go on\.$/);
  await expect(training(page).getByRole('button', { name: 'Go on' })).toBeHidden();
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled .panel').first()).toContainText('Earlier, seed', { timeout: 30_000 });
  // Its settings make a network of today.
  await expect(page.locator('.train-plan')).toContainText('parameters', { timeout: 30_000 });
});

test('code of somebody else is shown, and runs on the reader’s button only', async ({ page }) => {
  const file = await savedRun(page);
  const parts = unzipSync(file.bytes);
  const config = readConfig(new TextDecoder().decode(parts['run.json']));
  const code = `// <b>harmless</b> \u202e\n${codeFor(config)}`;
  const said = { ...config, name: 'Theirs', network: { ...config.network, kind: 'code', code } };
  await chooseRun(page, 'theirs.zip', zipSync({ ...parts, 'run.json': strToU8(JSON.stringify(said)) }));
  await expect(state(page)).toHaveText('“Theirs” is open, with its data and settings.');
  await expect(review(page)).toContainText('came from the file theirs.zip.');
  await expect(review(page)).toContainText('// <b>harmless</b> ⟨U+202E⟩');
  await expect(review(page).locator('.careful')).toContainText('1 character that cannot be seen');
  expect(await axe(page)).toEqual([]);
  const room = training(page);
  const refused =
    /its network is code that came from the file theirs\.zip\. Read it, then press “Run this code”/;
  await room.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(state(page)).toHaveText(refused);
  await page.reload();
  await expect(review(page)).toContainText('⟨U+202E⟩');
  await room.getByRole('button', { name: 'Go on' }).click();
  await expect(state(page)).toHaveText(refused);
  await expect(page.locator('.train-plan')).toHaveText(/^2,700 samples, [\d,]+ steps$/);
  // Its weights need no code.
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.samples-shown .panel')).toContainText('Theirs, seed', { timeout: 30_000 });
  await review(page).getByRole('button', { name: 'Run this code' }).click();
  await expect(review(page)).toHaveCount(0);
  await expect(page.locator('.train-plan')).toContainText('parameters', { timeout: 30_000 });
  await room.getByRole('button', { name: 'Go on' }).click();
  await expect(state(page)).toHaveText('Training “Theirs”.', { timeout: 30_000 });
});

const shared = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Shared run' });
const batch = (/** @type {Page} */ page) => training(page).getByLabel('Batch', { exact: true });

/** The link that the page makes. @param {Page} page */
async function linkOf(page) {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  return page.getByLabel('Link', { exact: true }).inputValue();
}

test('a link carries settings and data; it changes nothing before the reader’s button', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('studio/');
  await page.getByRole('button', { name: 'Heart', exact: true }).click();
  await batch(page).fill('77');
  await batch(page).blur();
  const named = await linkOf(page);
  await expect(page.locator('.studio-link')).toContainText('names the data, Heart');
  expect(named.length).toBeLessThan(500);
  expect(await axe(page)).toEqual([]);
  // Points that ship nowhere: those of a drawing.
  const ring = Array.from({ length: 40 }, (_, i) => [180 * Math.cos(i / 6.3), 180 * Math.sin(i / 6.3)]);
  await page.goto(`studio/#drawing=${ring.map((place) => place.map(Math.round).join()).join('_')}`);
  await page.reload();
  await expect(page.locator('.data-words')).toHaveText(/^My drawing/);
  const whole = await linkOf(page);
  await expect(page.locator('.studio-link')).toContainText('the settings and the data, 3,000 of them');
  await page.getByRole('button', { name: 'Two moons' }).click();
  await batch(page).fill('64');
  await batch(page).blur();

  await page.goto(whole);
  await page.reload();
  await expect(shared(page)).toContainText('It brings 3,000 samples (points), “My drawing”.');
  await expect(shared(page).locator('tbody tr', { hasText: 'training.batch' })).toHaveText(
    'training.batch6477',
  );
  await expect(page.locator('.data-words')).toHaveText(/^Two moons/);
  await expect(batch(page)).toHaveValue('64');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await axe(page)).toEqual([]);
  await shared(page).getByRole('button', { name: 'Leave it' }).click();
  await expect(shared(page)).toHaveCount(0);
  expect(page.url()).not.toContain('#run');
  await expect(batch(page)).toHaveValue('64');
  await page.evaluate((hash) => {
    location.hash = hash;
  }, new URL(named).hash);
  await shared(page).getByRole('button', { name: 'Take it over' }).click();
  await expect(page.locator('.data-words')).toHaveText(/^Heart/);
  await expect(batch(page)).toHaveValue('77');
  await expect(state(page)).toHaveText(
    'The settings of the link are chosen, and its data. Nothing has trained yet.',
  );
  await expect(rows(page)).toHaveCount(0);
});

test('code in a link waits, and a damaged link is told in a sentence', async ({ page }) => {
  await page.goto('studio/#run=damaged');
  await expect(shared(page)).toHaveText(/^Not opened: this link is damaged: ask for it once more\./);
  await shared(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Heart', exact: true }).click();
  await expect(page.locator('.train-plan')).toContainText('parameters', { timeout: 30_000 });
  const config = readConfig({
    noisebook_run: 1,
    name: 'a\u202eb',
    network: { kind: 'code', code: '/* \u2066 */ 1' },
  });
  const { hash } = encodeRun(config, null, 'heart');
  await page.evaluate((each) => {
    location.hash = each;
  }, hash);
  await expect(shared(page)).toContainText('“a⟨U+202E⟩b”');
  await expect(shared(page).locator('pre')).toHaveText('/* ⟨U+2066⟩ */ 1');
  await shared(page).getByRole('button', { name: 'Take it over' }).click();
  await expect(review(page)).toContainText('came from a link');
  await expect(page.locator('.train-plan')).not.toContainText('parameters');
  await training(page).getByRole('button', { name: 'Train', exact: true }).click();
  await expect(state(page)).toContainText('code that came from a link');
});

for (const scheme of /** @type {const} */ (['light', 'dark']))
  test(`the gallery is accessible at 390 pixels and opens a run in the studio, ${scheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('studio/');
    await page.getByRole('link', { name: /^Gallery/ }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Made in the studio');
    for (const picture of await page.locator('img.made').all()) {
      await picture.scrollIntoViewIfNeeded();
      await expect
        .poll(() => picture.evaluate((each) => /** @type {any} */ (each).naturalWidth))
        .toBeGreaterThan(50);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Open in the studio: A cat, drawn by hand' }).click();
    await expect(shared(page)).toContainText('It brings 3,000 samples (points), “A cat, drawn by hand”.');
    await shared(page).getByRole('button', { name: 'Take it over' }).click();
    await expect(page.locator('.data-words')).toHaveText(/^A cat, drawn by hand: 3,000 points/);
    await expect(training(page).getByLabel('To predict')).toHaveValue('v');
  });

const sampling = (/** @type {Page} */ page) => page.getByRole('region', { name: 'Samples', exact: true });
/** @param {Page} page @param {string} label @param {string} value */
async function set(page, label, value) {
  const field = sampling(page).getByRole('textbox', { name: label, exact: true });
  await field.fill(value);
  await field.blur();
}

test('the model that a lesson shows opens by the link below it, beside its data, and is judged', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('exercises/08-images/');
  await page.getByRole('link', { name: 'Open the model shapes-unet in the studio' }).click();
  await expect(state(page)).toHaveText(/^“shapes-unet” is open, from a lesson/, { timeout: 30_000 });
  expect(page.url()).not.toContain('model');
  await expect(page.locator('.data-words')).toHaveText(
    /^Shapes of lesson 8: 2,200 pictures of 32x32, values from 0\.00 to 1\.00.*; 200 of them are held out\./,
  );
  await expect(rows(page).first()).toContainText('37,800');
  await expect(training(page).getByLabel('Schedule', { exact: true })).toHaveValue('linear');
  // It is told no class, so there is none to ask for.
  await expect(sampling(page).getByLabel('Class', { exact: true })).toBeHidden();
  await set(page, 'Samples', '4');
  await set(page, 'Steps', '3');
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled .panel').first()).toContainText('shapes-unet', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Judge them' }).click();
  await expect(page.locator('.copying')).toContainText('of 4 samples', { timeout: 60_000 });
  expect(await axe(page)).toEqual([]);
});

test('a model that the reader trained opens by the lesson’s link; where there is none yet, it is told', async ({
  page,
}) => {
  const link = page.getByRole('link', { name: 'Open your model of lesson 5 in the studio' });
  await page.goto(trainingLesson);
  await link.click();
  await expect(state(page)).toHaveText(
    'Not opened: this browser keeps no model “lesson-5”: it is here once its lesson has trained it.',
    { timeout: 30_000 },
  );
  await page.goto(trainingLesson);
  await edit(
    page,
    'lazy-network',
    "await lab.store.save('lesson-5', lab.SimpleNoisePredictor().predicts('eps', lab.schedule('cosine-clipped', { T: 1000 })), { steps: 3, data: 'swiss-roll' })",
  );
  await runCell(page, 'lazy-network');
  await link.click();
  await expect(state(page)).toHaveText(/^“lesson-5” is open, from this browser, where you trained it/, {
    timeout: 30_000,
  });
  await expect(page.locator('.data-words')).toHaveText(/^Swiss roll of the lessons: 5,500 points/);
  await expect(training(page).getByLabel('Schedule', { exact: true })).toHaveValue('cosine-clipped');
  await page.getByRole('button', { name: 'New samples' }).click();
  await expect(page.locator('.sampled .panel').first()).toContainText('lesson-5', { timeout: 60_000 });
  // And from the list of what is kept.
  await page.goto(trainingLesson);
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('button', { name: 'Trained models' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Open in the studio' }).click();
  await expect(rows(page)).toHaveCount(2, { timeout: 30_000 });
});
