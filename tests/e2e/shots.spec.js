import { test } from '@playwright/test';
import { runAll } from './site.js';

const pages = {
  start: '',
  training: 'exercises/05-training/',
  sampling: 'exercises/06-ddpm-sampling/',
  cards: 'cards/',
};
const looks = {
  light: { width: 1280, height: 900, scheme: 'light' },
  dark: { width: 1280, height: 900, scheme: 'dark' },
  phone: { width: 360, height: 740, scheme: 'light' },
  wide: { width: 1920, height: 1080, scheme: 'light' },
};

/** Pictures of every page, to be looked at: SHOTS=1 npx playwright test shots. They land in tests/shots/. */
for (const [name, path] of Object.entries(pages)) {
  test(`pictures of ${name}`, async ({ page }) => {
    await page.goto(path);
    if (path) await runAll(page);
    for (const [look, { width, height, scheme }] of Object.entries(looks)) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({
        colorScheme: /** @type {'light' | 'dark'} */ (scheme),
        reducedMotion: 'reduce',
      });
      await page.waitForTimeout(300);
      await page.screenshot({ path: `tests/shots/${name}-${look}.png`, fullPage: true });
    }
  });
}
