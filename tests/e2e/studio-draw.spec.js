import { open, openBoard, rows, state, type, words } from './data-room.js';
import { expect, swipe, test } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

test('points are drawn by mouse and by keyboard, with a brush for each class; undo, clear; a reload keeps them', async ({
  page,
}) => {
  await open(page);
  const { board, at } = await openBoard(page);
  const stroke = async (/** @type {number} */ u) => {
    const [from, to] = [await at(u, 0.2), await at(u, 0.8)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 5 });
    await page.mouse.up();
  };
  await stroke(0.2);
  await expect(words(page)).toHaveText(/^My drawing: 3,000 points, values from -1\.\d+ to 1\.\d+; 300/);
  await page.getByLabel('Points have').selectOption('2');
  await page.getByRole('button', { name: 'Draw class B' }).click();
  await board.focus();
  for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Space'])
    await page.keyboard.press(key);
  await expect(board).toHaveAccessibleName('Drawing board: 2 lines');
  await type(page.getByLabel('Name of class B'), 'lying');
  await expect(words(page)).toHaveText(/^My drawing: 3,000 points, .*, 2 classes \(A, lying\); 300/);
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(board).toHaveAccessibleName('Drawing board: empty');
  await expect(words(page)).toHaveText(/2 classes/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(words(page)).toHaveText(/^My drawing: 3,000 points, values from -1\.\d+ to 1\.\d+; 300/);
  await page.reload();
  await expect(words(page)).toHaveText(/^My drawing: 3,000 points/, { timeout: 30_000 });
  await openBoard(page);
  await expect(board).toHaveAccessibleName('Drawing board: 1 line');
  await expect(page.getByLabel('Name of class B')).toHaveValue('lying');
});

test('sprites are drawn by mouse and keyboard, labelled, copied, deleted and put back, varied; a reload keeps them', async ({
  page,
}) => {
  await open(page);
  await page.getByRole('button', { name: 'Draw sprites' }).click();
  await page.getByLabel('Pixels', { exact: true }).selectOption('8');
  const canvas = page.getByRole('application');
  await expect(canvas).toHaveAccessibleName('Sprite 1: 8 by 8 pixels, nothing is painted');
  const press = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true }).click();
  await press('Learn these');
  await expect(state(page)).toHaveText('Not taken: nothing is drawn yet: one sprite is enough.');
  await canvas.focus();
  for (const key of ['Space', 'Shift+ArrowRight', 'Shift+ArrowRight']) await page.keyboard.press(key);
  await expect(canvas).toHaveAccessibleName(
    /^Sprite 1: 8 by 8 pixels, 5% painted, in rows 5 to 5 and columns 5 to 7/,
  );
  await page.getByLabel('Label of this one').fill('line');
  await press('New sprite');
  await expect(canvas).toHaveAccessibleName('Sprite 2: 8 by 8 pixels, nothing is painted');
  await canvas.click();
  await press('Copy');
  await page.getByLabel('Label of this one').fill('dot');
  await press('Delete');
  const strip = page.getByRole('group', { name: 'Sprites', exact: true }).getByRole('button');
  await expect(strip).toHaveCount(2);
  await press('Put back');
  await press('Sprite 2, line');
  await press('Delete');
  await expect(strip).toHaveCount(2);
  await page.getByLabel('Turned').selectOption('quarters');
  await type(page.getByLabel('How many'), '60');
  await press('Learn these');
  const said =
    'My sprites: 60 pictures of 8x8, values from 0.00 to 1.00, 2 classes (dot, line); 6 of them are held out.';
  await expect(words(page)).toContainText(said);
  await page.reload();
  await expect(words(page)).toContainText(said, { timeout: 30_000 });
  await page.getByRole('button', { name: 'Draw sprites' }).click();
  await expect(strip).toHaveCount(2);
  await expect(page.getByLabel('How many')).toHaveValue('60');
  await press('Sprite 1, line');
  await expect(canvas).toHaveAccessibleName(/^Sprite 1: 8 by 8 pixels, 5% painted/);
});

test('what comes late takes no place of what was chosen after it', async ({ page }) => {
  await open(page);
  /** @type {() => void} */
  let goOn = () => {};
  await page.route('**/fashion*', async (route) => {
    await new Promise((/** @type {(value: void) => void} */ resolve) => {
      goOn = resolve;
    });
    await route.continue();
  });
  const asked = page.waitForRequest('**/fashion*');
  await page.getByRole('button', { name: 'Fashion-MNIST' }).click();
  await asked;
  await page.getByRole('button', { name: 'Heart', exact: true }).click();
  await expect(words(page)).toHaveText(/^Heart: 3,000 points/);
  await page.evaluate(() => {
    const shown = document.querySelector('.data-words');
    const seen = /** @type {string[]} */ (Object.assign(globalThis, { seen: [] }).seen);
    if (shown)
      new MutationObserver(() => seen.push(shown.textContent ?? '')).observe(shown, { childList: true });
  });
  const came = page.waitForResponse('**/fashion*');
  goOn();
  await (await came).finished();
  for (const name of ['Sines', 'Steps', 'Spiral']) {
    await page.getByRole('button', { name, exact: true }).click();
    await expect(words(page)).toHaveText(new RegExp(`^${name}: `));
  }
  const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
  expect(seen.map((/** @type {string} */ text) => text.split(':')[0])).toEqual(['Sines', 'Steps', 'Spiral']);
});

test.describe('by finger', () => {
  test.skip(({ browserName }) => browserName !== 'chromium', 'Firefox is told of no finger');
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test('a finger draws points and does not scroll', async ({ page }) => {
    await open(page);
    const { at } = await openBoard(page);
    const scrolled = await page.evaluate(() => scrollY);
    await swipe(page, await at(0.3, 0.2), await at(0.3, 0.8));
    await expect(words(page)).toHaveText(/^My drawing: 3,000 points/);
    expect(await page.evaluate(() => scrollY)).toBe(scrolled);
  });
});

/** @param {Page} page @param {string} where @param {{text?: string, html?: string, pictures?: number}} pasted */
const paste = (page, where, pasted) =>
  page.evaluate(
    async ([selector, { text = '', html = '', pictures = 0 }]) => {
      const transfer = new DataTransfer();
      if (text) transfer.setData('text/plain', text);
      if (html) transfer.setData('text/html', html);
      const canvas = new OffscreenCanvas(20, 20);
      canvas.getContext('2d')?.fillRect(0, 0, 9, 9);
      const blob = await canvas.convertToBlob();
      for (let i = 0; i < pictures; i++)
        transfer.items.add(new File([blob], 'image.png', { type: 'image/png' }));
      const event = new Event('paste', { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: transfer });
      document.querySelector(selector)?.dispatchEvent(event);
      return event.defaultPrevented;
    },
    /** @type {const} */ ([where, pasted]),
  );

test('a table and pictures are pasted; what is pasted into a field is the field’s', async ({ page }) => {
  await open(page);
  expect(await paste(page, '#training-epochs', { text: rows.join('\n') })).toBe(false);
  await expect(state(page)).toHaveText('Begin with some data.');
  expect(await paste(page, 'body', { text: rows.join('\n'), html: '<table>', pictures: 1 })).toBe(true);
  await expect(words(page)).toHaveText(/^Pasted table: 60 points, .* 2 classes \(even, odd\)/);
  await paste(page, 'body', { text: 'some words' });
  await expect(state(page)).toHaveText(/^Not taken: Pasted table\.csv has 1 row of data/);
  await paste(page, 'body', { pictures: 1 });
  await expect(state(page)).toHaveText('Pasted pictures: 1, and 9 more make data.');
  await paste(page, 'body', { pictures: 9 });
  await expect(words(page)).toHaveText(/^My pictures: 10 pictures of 16x16/);
});

/** A camera that sees a canvas, or refuses. @param {Page} page @param {string} [refusal] the name of an error */
const camera = (page, refusal = '') =>
  page.addInitScript((name) => {
    const canvas = document.createElement('canvas');
    let on = 0;
    setInterval(() => {
      const g = canvas.getContext('2d');
      if (g) g.fillStyle = `hsl(${on++ % 360} 80% 50%)`;
      g?.fillRect(0, 0, 300, 150);
    }, 30);
    const streams = /** @type {MediaStream[]} */ (Object.assign(globalThis, { streams: [] }).streams);
    Object.defineProperty(navigator, 'mediaDevices', {
      value: {
        async getUserMedia() {
          if (name) throw new DOMException('no', name);
          streams.push(canvas.captureStream(30));
          return streams.at(-1);
        },
      },
    });
  }, refusal);
/** Cameras that are on. @param {Page} page */
const on = (page) =>
  page.evaluate(
    () =>
      /** @type {MediaStream[]} */ (/** @type {any} */ (globalThis).streams).filter((each) => each.active)
        .length,
  );

test('photographs by the camera pile up under their labels; it stops once they are learned, or its part is closed', async ({
  page,
}) => {
  await camera(page);
  await open(page);
  const press = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true }).click();
  await press('Camera');
  await press('Start the camera');
  const row = page.getByRole('button', { name: 'Take 10 in a row' });
  await type(page.getByLabel('Label', { exact: true }), 'cup');
  await row.click();
  await expect(page.locator('.camera-words')).toHaveText('10 pictures.');
  await type(page.getByLabel('Label', { exact: true }), 'pen');
  await press('Take a picture');
  await expect(page.locator('.camera-words')).toHaveText('11 pictures.');
  expect(await on(page)).toBe(1);
  await press('Learn these');
  await expect(words(page)).toHaveText(/^My pictures: 11 pictures of 16x16, .* 2 classes \(cup, pen\)/);
  expect(await on(page)).toBe(0);
  await expect(row).toBeDisabled();
  await press('Start the camera');
  await expect(row).toBeEnabled();
  expect(await on(page)).toBe(1);
  await press('Camera');
  expect(await on(page)).toBe(0);
});

for (const [name, says] of [
  ['NotAllowedError', 'No camera: the camera was refused: allow it for this page in the browser’s settings.'],
  ['NotFoundError', 'No camera: there is no camera on this machine.'],
])
  test(`a camera that is not to be had is told: ${name}`, async ({ page }) => {
    await camera(page, name);
    await open(page);
    await page.getByRole('button', { name: 'Camera', exact: true }).click();
    await page.getByRole('button', { name: 'Start the camera' }).click();
    await expect(state(page)).toHaveText(says);
    await expect(page.getByRole('button', { name: 'Take a picture' })).toBeDisabled();
  });
