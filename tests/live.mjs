// npm run audit -- --live: what a reader feels while a lesson runs. Used by audit.mjs.

import { chromium } from '@playwright/test';
import { say } from '../web/build/setup.mjs';

/** How often each slider is moved. */
const MOVES = 5;
const RUN_MS = 900_000;
/** No picture after that: the slider moves text, or waits for training. */
const LATE_MS = 5_000;
/** Nothing drawn for so long: what a slider began has ended. */
const QUIET_MS = 300;

/** In the page, before its scripts: notes long tasks, and when a canvas was last drawn on. */
function watch() {
  const live = { tasks: /** @type {number[]} */ ([]), drawn: 0 };
  Object.assign(window, { live });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) live.tasks.push(Math.round(duration));
  }).observe({ type: 'longtask', buffered: true });
  const methods = /** @type {const} */ (['putImageData', 'drawImage', 'stroke', 'fillRect']);
  const context = /** @type {any} */ (CanvasRenderingContext2D.prototype);
  for (const name of methods) {
    const draw = context[name];
    context[name] = function (/** @type {unknown[]} */ ...args) {
      if (this.canvas.isConnected) live.drawn = performance.now();
      return draw.apply(this, args);
    };
  }
}

/**
 * In the page: from a slider's input event to the end of the frame with the next picture.
 * @param {Element} element @param {{part: number, late: number, quiet: number}} move
 */
async function moved(element, { part, late, quiet }) {
  const { live } = /** @type {any} */ (window);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  // What the move before is still drawing must not count for this one.
  const begun = performance.now();
  while (performance.now() - live.drawn < quiet && performance.now() - begun < late) await frame();
  const input = /** @type {HTMLInputElement} */ (element);
  input.value = String(Number(input.min) + part * (Number(input.max) - Number(input.min)));
  const start = performance.now();
  input.dispatchEvent(new Event('input', { bubbles: true }));
  do {
    await frame();
    // What is left of a frame runs before the next message: then it has been painted.
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
    if (performance.now() - start > late) return Number.NaN;
  } while (live.drawn < start);
  return performance.now() - start;
}

/** @param {import('@playwright/test').Page} page @returns {Promise<string[]>} a line a slider */
async function sliders(page) {
  const lines = [];
  for (const input of await page.locator('.cell input[type="range"]:not(.unseen)').all()) {
    const name = await input.evaluate(
      (el) =>
        `${el.closest('.cell')?.id} ${el.ariaLabel ?? el.parentElement?.firstElementChild?.textContent}`,
    );
    await input.scrollIntoViewIfNeeded();
    /** @type {number[]} */
    const times = [];
    for (let i = 0; i < MOVES; i++) {
      times.push(await input.evaluate(moved, { part: (i + 0.5) / MOVES, late: LATE_MS, quiet: QUIET_MS }));
    }
    const [middle, most] = [MOVES >> 1, MOVES - 1].map((k) => Math.round(times.sort((a, b) => a - b)[k]));
    const seen = Number.isNaN(middle)
      ? `no picture within ${LATE_MS} ms`
      : `${middle} ms to the picture, at most ${most}`;
    lines.push(`  ${name}: ${seen}`);
  }
  return lines;
}

/** In words, the longest first. @param {number[]} tasks */
const inWords = (tasks) =>
  tasks.length ? `${tasks.length}: ${tasks.sort((a, b) => b - a).slice(0, 8)} ms` : 'none';

/**
 * Runs each page whole in Chromium and says how long that took, what blocked its main thread for more than 50 ms, and
 * how long each slider takes to its picture.
 * @param {string} site its address @param {string[]} places @param {string} chrome
 */
export async function live(site, places, chrome) {
  const browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox'] });
  for (const place of places) {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    await page.addInitScript(watch);
    await page.goto(new URL(`${place}/`, site).href);
    const runAll = page.locator('[data-do="run-all"]:not([aria-disabled="true"])');
    if ((await page.locator('.cell').count()) === 0) continue;
    await page.waitForFunction(() => document.querySelector('[data-kernel="ready"]'));
    const take = () => page.evaluate(() => /** @type {any} */ (window).live.tasks.splice(0));
    const atLoad = await take();
    const start = Date.now();
    await runAll.click();
    const open = '[data-status="running"], [data-status="idle"]';
    await page.waitForFunction(
      (open) => document.querySelector('[data-status="error"]') || !document.querySelector(open),
      open,
      { timeout: RUN_MS },
    );
    const seconds = (Date.now() - start) / 1000;
    const failed = await page.locator('[data-status="error"]').count();
    say(`${place}: run all ${seconds.toFixed(1)} s${failed ? ', A CELL FAILED' : ''}`);
    say(`  main thread blocked at load ${inWords(atLoad)}; while running ${inWords(await take())}`);
    for (const line of await sliders(page)) say(line);
    await page.context().close();
  }
  await browser.close();
}
