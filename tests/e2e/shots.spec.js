import { test } from '@playwright/test';
import { extras, pathOf } from '../../web/build/course.js';
import { lessons, nextFrames, runAll } from './site.js';

const pages = {
  start: '',
  ...Object.fromEntries([...lessons, ...extras.map(({ slug }) => slug)].map((slug) => [slug, pathOf(slug)])),
};
const looks = {
  light: { width: 1280, height: 900, scheme: 'light' },
  dark: { width: 1280, height: 900, scheme: 'dark' },
  phone: { width: 360, height: 740, scheme: 'light' },
  wide: { width: 1920, height: 1080, scheme: 'light' },
};

/** A picture of the whole page is painted without its window ever getting near most of it. */
const style = 'main > * { content-visibility: visible !important }';

/** Pictures of every page, to be looked at: SHOTS=1 npx playwright test shots. They land in tests/shots/. */
for (const [name, path] of Object.entries(pages)) {
  test(`pictures of ${name}`, async ({ page }) => {
    await page.goto(path);
    test.setTimeout(900_000);
    if (path) await runAll(page, 600_000);
    for (const [look, { width, height, scheme }] of Object.entries(looks)) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({
        colorScheme: /** @type {'light' | 'dark'} */ (scheme),
        reducedMotion: 'reduce',
      });
      await nextFrames(page.locator('main'));
      await page.screenshot({ path: `tests/shots/${name}-${look}.png`, fullPage: true, style });
    }
  });
}
