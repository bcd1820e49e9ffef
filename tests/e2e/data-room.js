/** The studio's data room, as tests use it. */
import { expect } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

export const state = (/** @type {Page} */ page) => page.locator('[data-studio="state"]');
export const words = (/** @type {Page} */ page) => page.locator('.data-words');
export const size = (/** @type {Page} */ page) => page.locator('.network-size');

/** @param {Page} page */
export async function open(page) {
  await page.goto('studio/');
  await expect(state(page)).toHaveText('Begin with some data.', { timeout: 30_000 });
}

/** As a reader types: what Firefox is told to fill in changes nothing. @param {import('@playwright/test').Locator} field @param {string} text */
export async function type(field, text) {
  await field.focus();
  await field.press('Control+a');
  await field.pressSequentially(text);
  await field.press('Tab');
}

/** @param {string} name @param {string} text */
export const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
export const rows = Array.from(
  { length: 60 },
  (_, i) => `${Math.cos(i)};${Math.sin(i)};${i % 2 ? 'odd' : 'even'}`,
);

/** @param {Page} page @param {any} files */
export const choose = (page, files) =>
  page.locator('[data-room="data"] input[type="file"]').first().setInputFiles(files);

/** @param {Page} page the board, and where a place of it is on the page, in parts of its sides */
export async function openBoard(page) {
  await page.getByRole('button', { name: 'Draw points' }).click();
  const board = page.getByRole('application', { name: /^Drawing board/ });
  await board.scrollIntoViewIfNeeded();
  /** @param {number} u @param {number} v */
  const at = async (u, v) => {
    const box = await board.boundingBox();
    if (!box) throw new Error('the board has no place');
    return { x: box.x + u * box.width, y: box.y + v * box.height };
  };
  return { board, at };
}
