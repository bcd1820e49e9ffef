// Tasks: one button, verdicts beside it, and nothing that is older than the code.

import { axe, checkTask, edit, expect, runAll, runCell, test } from './site.js';

/** What this browser keeps of what the reader has done. @param {import('@playwright/test').Page} page */
const progress = (page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('progress:')));

test('wrong, not compiling, right, changed: the verdict is about what stands there', async ({ page }) => {
  await page.goto('exercises/03-one-jump/');
  const task = page.locator('#task-between');
  const details = task.locator('.display.check');

  // The cells above have not run: they come first.
  const verdict = await checkTask(page, 'between');
  await expect(verdict).toHaveText(/^Not yet: \d of \d checks pass\.$/);
  await expect(details.first()).toContainText('It gives back x_s: nothing is added yet.');
  await expect(task.locator('.display.scatter .panel')).toHaveText([/^expected/, /^yours/]);
  expect(await progress(page)).toEqual([]);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await axe(page)).toEqual([]);

  const right = (await task.locator('details.solution pre').textContent()) ?? '';
  await edit(page, 'between', right);
  await expect(verdict).toHaveText('');
  await expect(details).toHaveCount(0);
  await checkTask(page, 'between');
  await expect(verdict).toHaveText(/^Right: all \d checks pass\.$/);
  await expect(task).toHaveAttribute('data-solved', '');
  expect(await progress(page)).toHaveLength(1);

  // The function of before is still there, and is not what is judged.
  await edit(page, 'between', `${right}\n}`);
  await expect(task).not.toHaveAttribute('data-solved');
  await checkTask(page, 'between');
  await expect(verdict).toHaveText(/^Your cell does not compile \(line \d+\), so nothing was checked\.$/);
  await expect(details).toHaveCount(0);
  await edit(page, 'between', `${right}\nnobody`);
  await checkTask(page, 'between');
  await expect(verdict).toHaveText(
    /^Your cell stopped with an error \(line \d+\), so nothing was checked\.$/,
  );

  await edit(page, 'between', right);
  await checkTask(page, 'between');
  await expect(verdict).toHaveText(/^Right/);
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect(verdict).toHaveText('');
  await expect(details).toHaveCount(0);
  // It is solved still, until the code changes.
  await page.reload();
  await expect(task).toHaveAttribute('data-solved', '');
  await edit(page, 'between', `${right}\n`);
  await expect(task).not.toHaveAttribute('data-solved');
});

test('a change while the check runs takes its verdict away', async ({ page }) => {
  await page.goto('exercises/03-one-jump/');
  await checkTask(page, 'between');
  await edit(page, 'between', 'function jump_between(x_s) {\n  return x_s;\n}\nfor (;;) await lab.tick();');
  const task = page.locator('#task-between');
  await task.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.locator('#cell-between')).toHaveAttribute('data-status', 'running');
  await edit(page, 'between', 'function jump_between(x_s) {\n  return x_s;\n}');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.locator('#cell-between')).toHaveAttribute('data-status', 'error');
  await expect(task.locator('.verdict')).toHaveText('');
  await expect(task.locator('.display.check')).toHaveCount(0);
});

test('Run all leaves tasks and what builds on them to the reader, and runs those that are solved', async ({
  page,
}) => {
  await page.goto('exercises/02-schedules/');
  await runAll(page);
  for (const id of ['exponential', 'check-exponential', 'yours'])
    await expect(page.locator(`#cell-${id}`)).toHaveAttribute('data-status', 'idle');
  await expect(page.locator('.hint[open], .predict .answer:visible')).toHaveCount(0);
  expect(await progress(page)).toEqual([]);

  const task = page.locator('#task-exponential');
  await task.getByText('Show a solution').click();
  await task.getByRole('button', { name: 'Use this solution' }).click();
  await expect(await checkTask(page, 'exponential')).toHaveText(/^Right/);
  await page.getByRole('button', { name: 'Restart' }).click();
  await runAll(page);
  await expect(task.locator('.verdict')).toHaveText(/^Right/);
  for (const id of ['exponential', 'check-exponential', 'yours'])
    await expect(page.locator(`#cell-${id}`)).toHaveAttribute('data-status', 'ok');
});

test('a task that builds on another one says so; a check of the lesson goes stale with its code', async ({
  page,
}) => {
  await page.goto('exercises/final-challenge/');
  const verdict = await checkTask(page, 'my-network');
  // What else runs meanwhile takes nothing of it away.
  await expect(page.locator('main > .cell.first')).toHaveAttribute('data-status', 'ok', { timeout: 30_000 });
  await expect(verdict).toHaveText(/^This builds on the task “1\. Choose data”: check that one first\.$/);
  await expect(page.locator('#cell-my-network')).toHaveAttribute('data-status', 'idle');

  await page.goto('exercises/03-one-jump/');
  for (const id of ['board', 'check-jump']) await runCell(page, id);
  const check = page.locator('#cell-check-jump');
  await expect(check).toHaveAttribute('data-check', 'pass');
  await edit(page, 'board', 'const nothing = 1;');
  await expect(check).not.toHaveAttribute('data-check');
  await expect(check.locator('.display')).toHaveCount(0);
});
