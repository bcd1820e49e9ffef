import { axe, cards, expect, test } from './site.js';

test('a card is revealed, rated, and waits its turn', async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto(cards);
  const all = await page.locator('.flashcard').count();
  expect(all).toBeGreaterThanOrEqual(15);
  const first = page.locator('.flashcard').first();
  const id = await first.getAttribute('data-card');
  await expect(first.locator('.due')).toHaveText(`Question 1 of ${all} · new`);
  await expect(first.locator('.equation').first()).toBeHidden();
  await first.locator('.reveal > summary').focus();
  await page.keyboard.press('Enter');
  await expect(first.locator('.equation').first()).toBeVisible();
  expect(await axe(page)).toEqual([]);
  await first.getByRole('button', { name: 'I knew it' }).press('Enter');
  await expect(first.locator('.due')).toHaveText(/due tomorrow/);
  await expect(page.locator('.flashcard').nth(1).locator('.reveal > summary')).toBeFocused();

  await page.reload();
  const last = page.locator('.flashcard').last();
  await expect(last).toHaveAttribute('data-card', id ?? '');
  await expect(last.locator('.due')).toHaveText(`Question ${all} of ${all} · due tomorrow`);
});
