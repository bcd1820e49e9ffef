import { lessons as all, extras, pathOf } from '../../web/build/course.js';
import { expect, test } from './site.js';

/**
 * What is wrong with a page's display formulas, also those that are folded away: not shown, wider than their column, or
 * with a line that ends in a relation ("x =").
 * @param {import('@playwright/test').Page} page
 */
const misfits = (page) =>
  page.locator('.equation').evaluateAll((equations) => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
    const place = (/** @type {Element} */ element) => element.getBoundingClientRect();
    const faults = (/** @type {Element} */ equation) => {
      const bases = [...equation.querySelectorAll('.katex-base')];
      const alone = bases.filter((base) => {
        const next = base.nextElementSibling;
        const last = [...base.children].filter((child) => !child.matches('.mspace')).at(-1);
        return last?.matches('.mrel') && next && place(next).top >= place(base).bottom;
      });
      const faulty = [
        (bases.length === 0 || equation.clientWidth === 0) && 'not shown',
        equation.scrollWidth > equation.clientWidth && `${equation.scrollWidth} wide`,
        alone.length > 0 && `ends a line: ${alone.map((base) => base.textContent)}`,
      ].filter(Boolean);
      return faulty.map((fault) => `${fault}: ${equation.querySelector('annotation')?.textContent}`);
    };
    return { count: equations.length, faults: equations.flatMap(faults) };
  });

test.describe('as they are built', () => {
  test.use({ javaScriptEnabled: false });
  test("formulas fit a phone's column, and go on in a new line before a relation", async ({ page }) => {
    let count = 0;
    for (const { slug } of [...all, ...extras]) {
      await page.goto(pathOf(slug));
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        const found = await misfits(page);
        expect.soft(found.faults, `${slug} at ${width}`).toEqual([]);
        count += found.count;
      }
    }
    expect(count).toBeGreaterThan(200);
  });
});
