import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect } from '@playwright/test';

/** @typedef {import('@playwright/test').Page} Page */

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The open lessons, in order. */
export const lessons = readdirSync(new URL('../../notebooks/', import.meta.url))
  .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
  .map((file) => file.replace('.ipynb', ''))
  .sort();
export const training = 'exercises/05-training/';
export const sampling = 'exercises/06-ddpm-sampling/';
export const cards = 'cards/';

/**
 * Firefox's words for a font, or what its service worker was fetching, that was still on its way when the page was left;
 * and for a formula of which it had only the beginning when it first drew it.
 */
const CUT_SHORT =
  /^download failed \(font-family: .* status=2152398850 |^Failed to load ‘’\. A ServiceWorker intercepted the request |^Incorrect number of children for </;

/** @type {import('@playwright/test').Fixtures<{keeps: boolean}, {}, import('@playwright/test').PlaywrightTestArgs & import('@playwright/test').PlaywrightTestOptions>} */
const fixtures = {
  // Whether a service worker keeps the site. It fetches all of it for every test anew: only those have it that are about it.
  keeps: /** @type {any} */ ([false, { option: true }]),
  context: async ({ context, keeps }, use) => {
    if (!keeps) await refuseServiceWorker(context);
    await use(context);
  },
  page: async ({ page, baseURL }, use) => {
    /** @type {string[]} */
    const wrong = [];
    const note = (/** @type {string} */ text) => {
      if (!CUT_SHORT.test(text)) wrong.push(text);
    };
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') note(message.text());
    });
    // Firefox tells of a formula in either way.
    page.on('pageerror', (error) => note(error.message));
    page.on('request', (request) => {
      // What begins with blob: is in the page already.
      if (!/^blob:/.test(request.url()) && !request.url().startsWith(baseURL ?? ''))
        wrong.push(`asks for ${request.url()}`);
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
};
/** Every test fails on an error in the console and on a request that leaves the site. */
export const test = base.extend(fixtures);

/** As a browser that allows none. @param {Page | import('@playwright/test').BrowserContext} where */
export const refuseServiceWorker = (where) =>
  where.addInitScript(() => {
    // Firefox runs this in about:blank too, where there is none.
    if (navigator.serviceWorker)
      navigator.serviceWorker.register = () => Promise.reject(new DOMException('refused', 'SecurityError'));
  });

/** Over BiDi there are no downloads, and no permissions. */
export const drivenOverBidi = (/** @type {Page} */ page) =>
  page.context().browser()?.browserType().name() === 'firefox';

/**
 * The file that `act` makes the page offer. Where nothing can be downloaded, it is taken from the link that would
 * begin the download.
 * @param {Page} page @param {() => Promise<unknown>} act @returns {Promise<{name: string, bytes: Buffer}>}
 */
export async function offered(page, act) {
  if (!drivenOverBidi(page)) {
    const waiting = page.waitForEvent('download');
    await act();
    const file = await waiting;
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  }
  await page.evaluate(() => {
    const { createObjectURL } = URL;
    const { click } = HTMLAnchorElement.prototype;
    const shared = /** @type {any} */ (window);
    shared.offered = new Promise((resolve) => {
      /** @type {Blob} */
      let blob;
      URL.createObjectURL = (object) => {
        blob = /** @type {Blob} */ (object);
        return createObjectURL(object);
      };
      HTMLAnchorElement.prototype.click = function () {
        URL.createObjectURL = createObjectURL;
        HTMLAnchorElement.prototype.click = click;
        const reader = new FileReader();
        reader.onload = () => resolve({ name: this.download, url: reader.result });
        reader.readAsDataURL(blob);
      };
    });
  });
  await act();
  const { name, url } = await page.evaluate(() => /** @type {any} */ (window).offered);
  return { name, bytes: Buffer.from(url.split(',')[1], 'base64') };
}

/** Runs the page, all but its tasks, and waits for its end, and the scripts of its figures. @param {Page} page @param {number} [timeout] ms */
export async function runAll(page, timeout = 100_000) {
  const button = page.getByRole('button', { name: 'Run all' });
  // A short lesson is over before one could look: what tells that it began is watched from before the click.
  const began = button.evaluate(
    (element) =>
      new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          if (element.getAttribute('aria-disabled') !== 'true') return;
          observer.disconnect();
          resolve(true);
        }).observe(element, { attributes: true });
      }),
  );
  await button.click();
  await began;
  await expect(button).toBeEnabled({ timeout });
  await expect(page.locator('[data-status="running"], [aria-busy="true"]')).toHaveCount(0, { timeout });
  const failed = await page.locator('[data-status="error"]').allInnerTexts();
  expect(failed, failed.join('\n')).toEqual([]);
}

/** Runs a cell and waits for its end, and the scripts of its figures. @param {Page} page @param {string} id */
export async function runCell(page, id) {
  const cell = page.locator(`#cell-${id}`);
  await cell.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(cell).toHaveAttribute('data-status', /ok|error/, { timeout: 60_000 });
  await expect(cell.locator('[aria-busy="true"]')).toHaveCount(0);
  return cell;
}

/** Presses a task's button and waits for its verdict. @param {Page} page @param {string} id the reader's cell @param {number} [timeout] ms */
export async function checkTask(page, id, timeout = 60_000) {
  const task = page.locator(`#task-${id}`);
  await task.getByRole('button', { name: 'Check', exact: true }).click();
  const verdict = task.locator('.verdict');
  await expect(verdict).not.toHaveText(/…$|^$/, { timeout });
  await expect(task.locator('[aria-busy="true"]')).toHaveCount(0);
  return verdict;
}

/** Puts text into a cell's editor. @param {Page} page @param {string} id @param {string} text */
export async function edit(page, id, text) {
  const cell = page.locator(`#cell-${id}`);
  await cell.locator('pre.source').focus();
  const content = cell.locator('.cm-content');
  await content.click();
  await page.keyboard.press('ControlOrMeta+a');
  // Over BiDi, text that takes the place of other text gets blank lines around it.
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/**
 * What all canvases below an element show: colours of each, and one text that changes with any pixel.
 * @param {import('@playwright/test').Locator} place
 */
const picturesNow = (place) =>
  place.locator('canvas').evaluateAll((list) => {
    const canvases = /** @type {HTMLCanvasElement[]} */ (list);
    // What one draws on oneself may be empty.
    const shown = canvases.filter((canvas) => canvas.offsetParent !== null && !canvas.closest('.paint'));
    const colours = shown.map((canvas) => {
      // A copy: reading a figure's own canvas often would make Chromium warn.
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
      copy?.drawImage(canvas, 0, 0);
      const data = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const count = new Set(new Uint32Array(Uint8ClampedArray.from(data).buffer)).size;
      // A clean picture may be black and white; axes alone have a few shades.
      return { count, blank: count < (canvas.closest('.pictures') ? 2 : 8) };
    });
    return { colours, pixels: shown.map((canvas) => canvas.toDataURL()).join('\n') };
  });
/** Frames go by, and with them what figures had still to draw. @param {import('@playwright/test').Locator} place */
export const nextFrames = (place) =>
  place
    .first()
    .evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0)))));

/** Pictures that a figure must show, one after the other, before it counts as moving: fonts and sizes that come late redraw it, too. */
const DIFFERENT = 6;
/** Two seconds' frames: a slow machine shows them later, and a figure that stands still shows no other picture in any of them. */
const FRAMES = 120;

/**
 * The page's first figure moves before anyone has touched anything. Frames decide, not times, which are printed.
 * @param {Page} page just loaded @param {string} figure its selector
 */
export async function movesByItself(page, figure) {
  const seen = await page.evaluate(
    ([figure, different, frames]) =>
      new Promise((resolve) => {
        const copy = new OffscreenCanvas(128, 128);
        const g = /** @type {OffscreenCanvasRenderingContext2D} */ (
          copy.getContext('2d', { willReadFrequently: true })
        );
        const pixels = (/** @type {HTMLCanvasElement} */ canvas) => {
          g.clearRect(0, 0, 128, 128);
          g.drawImage(canvas, 0, 0, 128, 128);
          return new Uint32Array(g.getImageData(0, 0, 128, 128).data.buffer);
        };
        const pictures = new Set();
        let [left, shown] = [Number(frames), 0];
        const look = () => {
          const canvases = /** @type {HTMLCanvasElement[]} */ ([
            ...document.querySelectorAll(`${figure} canvas`),
          ]);
          const now = canvases.filter(({ offsetParent, width }) => offsetParent && width > 0).map(pixels);
          if (now.some((all) => all.some((pixel) => pixel !== all[0]))) {
            shown ||= Math.round(performance.now());
            pictures.add(now.map((all) => all.join()).join(';'));
            left--;
          }
          const ends = pictures.size === different || left === 0 || performance.now() > 60_000;
          if (ends) resolve({ pictures: pictures.size, shown, moved: Math.round(performance.now()) });
          else requestAnimationFrame(look);
        };
        look();
      }),
    /** @type {const} */ ([figure, DIFFERENT, FRAMES]),
  );
  const { pictures, shown, moved } = /** @type {{pictures: number, shown: number, moved: number}} */ (seen);
  const path = new URL(page.url()).pathname;
  console.log(
    `${path}: its first figure shows ${shown} ms after the page was asked for, moves at ${moved} ms`,
  );
  expect(pictures, `different pictures in ${FRAMES} frames of ${figure}`).toBe(DIFFERENT);
}

/** How much of the page is code that one sees. @param {import('@playwright/test').Page} page */
const shareOfCode = (page) =>
  page.evaluate(() => {
    // What is far from the window has a guessed height until then.
    const style = Object.assign(document.createElement('style'), {
      textContent: 'main > * { content-visibility: visible !important }',
    });
    document.head.append(style);
    const seen = [...document.querySelectorAll('pre.source, .cm-editor')].filter((each) =>
      each.checkVisibility(),
    );
    const height = seen.reduce((sum, each) => sum + each.getBoundingClientRect().height, 0);
    const share = height / document.documentElement.scrollHeight;
    style.remove();
    return share;
  });

/** A page opens with its figure, which runs by itself, before all words; of the rest, a fifth at most is code. @param {Page} page just loaded */
export async function opensWithItsFigure(page) {
  await movesByItself(page, 'main > .cell.first');
  const first = page.locator('main > .cell.first');
  await expect(first).toHaveAttribute('data-status', 'ok', { timeout: 60_000 });
  await expect(first.locator('canvas, svg').first()).toBeVisible();
  // It stands before all words but the title's.
  expect(await first.evaluate((el) => el.previousElementSibling?.matches('.title'))).toBe(true);
  await expect(page.locator('.cell:not(.first, [data-status="idle"])')).toHaveCount(0);
  expect(await shareOfCode(page)).toBeLessThan(0.2);
}

/**
 * The same once they stand still, none of them blank.
 * @param {import('@playwright/test').Locator} place @param {number} [timeout] ms
 */
export async function pictures(place, timeout = 30_000) {
  /** @type {Awaited<ReturnType<typeof picturesNow>>} */
  let now = { colours: [], pixels: '' };
  await expect(async () => {
    const before = await picturesNow(place);
    await nextFrames(place);
    now = await picturesNow(place);
    expect(now.pixels === before.pixels, 'pictures stand still').toBe(true);
    expect(now.colours.length, 'pictures').toBeGreaterThan(0);
    expect(
      now.colours.filter(({ blank }) => blank),
      'blank pictures',
    ).toEqual([]);
  }).toPass({ timeout });
  return now;
}

/** By how much the page is too wide; a scroll bar may take its share. @param {Page} page */
const tooWide = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
/** Figures take another width in a frame of their own. @param {Page} page */
export const fits = (page) => expect.poll(() => tooWide(page)).toBe(0);

/** Formulas that lack a part once the page is whole. @param {Page} page */
export const brokenFormulas = (page) =>
  page
    .locator('mfrac, msub, msup, mroot, munder, mover')
    .evaluateAll((all) => all.filter((each) => each.children.length !== 2).map((each) => each.outerHTML));

/** What axe finds. @param {Page} page */
export async function axe(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run();
    return violations.map((/** @type {any} */ v) => [v.id, ...v.nodes.map((/** @type {any} */ n) => n.html)]);
  });
}

/** What "Copy a link" gives. @param {import('@playwright/test').Page} page */
export async function copyLink(page) {
  // Firefox lets nobody read the clipboard unasked.
  if (drivenOverBidi(page))
    await page.evaluate(() => {
      let copied = '';
      navigator.clipboard.writeText = async (text) => {
        copied = text;
      };
      navigator.clipboard.readText = async () => copied;
    });
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('button', { name: 'Copy a link' }).click();
  await expect(page.locator('.message')).toContainText('Copied a link');
  return page.evaluate(() => navigator.clipboard.readText());
}

/** A finger that goes down, moves and goes up. @param {import('@playwright/test').Page} page @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
export async function swipe(page, from, to) {
  const client = await page.context().newCDPSession(page);
  const touch = (
    /** @type {'touchStart' | 'touchMove' | 'touchEnd'} */ type,
    /** @type {{x: number, y: number}[]} */ ...touchPoints
  ) => client.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', from);
  for (let i = 1; i <= 5; i++)
    await touch('touchMove', {
      x: from.x + ((to.x - from.x) * i) / 5,
      y: from.y + ((to.y - from.y) * i) / 5,
    });
  await touch('touchEnd');
}

export { expect };

/** A run's file is chosen by the studio's button. @param {Page} page @param {string} name @param {Uint8Array} bytes */
export async function chooseRun(page, name, bytes) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a run' }).click();
  await (await chooser).setFiles({ name, mimeType: 'application/zip', buffer: Buffer.from(bytes) });
}
