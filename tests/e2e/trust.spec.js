/** Someone else's code in a cell: what it can reach, and what becomes of the page when the wasm traps under it. */
import { test as bare } from '@playwright/test';
import { edit, expect, refuseServiceWorker, runCell, test, training } from './site.js';

/** @typedef {import('@playwright/test').Page} Page */

/** Puts text in the lazy cell, runs it and gives what it shows. @param {Page} page @param {string} source */
async function show(page, source) {
  await edit(page, 'lazy-network', source);
  return runCell(page, 'lazy-network');
}

// A worker may still be on its way when a test ends, and its answer with it.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }));

/** The kernel's worker begins with this code. @param {Page} page @param {string} code */
async function inWorker(page, code) {
  await refuseServiceWorker(page);
  await page.route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code};\n${await response.text()}` });
  });
}

/** Each is a way out; what it gives is shown, an error by its name. */
const WAYS_OUT = [
  "fetch('http://localhost:9/')",
  "Object.getPrototypeOf(Object.getPrototypeOf(self)).fetch.call(self, 'http://localhost:9/')",
  "new XMLHttpRequest().open('GET', '/')",
  "new WebSocket('ws://localhost:9/')",
  "new EventSource('/')",
  'caches.keys()',
  'indexedDB.databases()',
  "indexedDB.open('noisebook')",
  'navigator.storage.getDirectory()',
  'navigator.serviceWorker.getRegistrations()',
  "navigator.sendBeacon('http://localhost:9/')",
  "new BroadcastChannel('noisebook-models')",
  "importScripts('/')",
  "new Worker('data:text/javascript,fetch(1)')",
  "new SharedWorker('data:text/javascript,1')",
  "postMessage({ type: 'failed', message: 'x' })",
  "fonts.add(new FontFace('x', 'url(http://localhost:9/)'))",
  "eval('1')",
  "new Function('return 1')()",
  "(() => {}).constructor('return 1')()",
  "(async () => {}).constructor('return 1')()",
  "(function* () {}).constructor('return 1')().next()",
  "(async function* () {}).constructor('return 1')().next()",
  "setTimeout('1')",
  "self.constructor.prototype.fetch('/')",
  'lab.SimpleNoisePredictor({ hidden_dim: 8 }).wasm.PThread.unusedWorkers.length',
];

const tryAll = `const ways = [${WAYS_OUT.map((way) => `() => ${way}`).join(',\n')}];
const out = [];
for (const [i, way] of ways.entries()) {
  try { await way(); out.push(i); } catch { /* as it should be */ }
}
out.join(' ') || 'none'`;

test('a cell has no network, no storage of the site, no worker and no code from text', async ({ page }) => {
  await page.goto(training);
  const cell = await show(page, tryAll);
  const open = ((await cell.locator('.outputs').textContent()) ?? '').trim();
  const ways = open === 'none' ? [] : open.split(' ').map((i) => WAYS_OUT[Number(i)] ?? open);
  expect(ways).toEqual([]);
});

test('nor what a browser may have that nobody thought of: what is there is listed', async ({ page }) => {
  await page.goto(training);
  const cell = await show(
    page,
    `const names = new Set();
for (let o = globalThis; o && o !== Object.prototype; o = Object.getPrototypeOf(o))
  for (const name of Object.getOwnPropertyNames(o)) names.add(name);
[...names].filter((name) => /fetch|socket|cache|storage|file|worker|channel|transport|beacon|xml|import|cookie|font|db|rtc|notif|lock/i.test(name)).sort().join(' ')`,
  );
  await expect(cell.locator('.outputs')).toHaveText('AbortController MessageChannel');
});

test('what a cell needs comes through the page: data, models, threads', async ({ page }) => {
  await page.goto(training);
  const cell = await show(
    page,
    `const digits = await lab.images('digits');
await lab.store.save('mine', lab.SimpleNoisePredictor({ hidden_dim: 8 }), { steps: 3 });
[typeof digits, (await lab.store.load('mine')).info.steps, lab.engine.threads].join(' ')`,
  );
  await expect(cell.locator('.outputs')).toHaveText(/object 3 [12]/);
  await page.reload();
  await expect((await show(page, "(await lab.store.info('mine')).steps")).locator('.outputs')).toHaveText(
    '3',
  );
});

/** From when a cell says so, every export of the wasm is one that traps. */
const BREAKS = `const { instantiate } = WebAssembly;
const bytes = Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,5,1,3,0,0,11);
WebAssembly.instantiate = async (module, imports) => {
  const { exports } = await instantiate.call(WebAssembly, module, imports);
  const { exports: { f } } = await instantiate.call(WebAssembly, await WebAssembly.compile(bytes));
  return { exports: Object.fromEntries(Object.entries(exports).map(([name, value]) =>
    [name, typeof value === 'function' ? (...args) => (Array.breaks ? f() : value(...args)) : value])) };
}`;

test('a trap of the wasm: another kernel, and the reader knows which cells to run again', async ({
  page,
}) => {
  await inWorker(page, BREAKS);
  await page.goto(training);
  await runCell(page, 'data');
  await runCell(page, 'schedule');
  await show(page, "await lab.store.save('mine', lab.SimpleNoisePredictor({ hidden_dim: 8 }), { steps: 3 })");
  const cell = await show(
    page,
    'Array.breaks = true;\ntry { lab.randperm(5) } catch {}\nlab.print("went on")',
  );
  await expect(cell).toHaveAttribute('data-status', 'error');
  await expect(cell.locator('.error')).toContainText('failed here, which is a fault of this site');
  await expect(cell.locator('.again a')).toHaveText(['data', 'schedule']);
  await expect(page.locator('#cell-data')).toHaveAttribute('data-status', 'idle');
  await cell.getByRole('button', { name: 'Run them again' }).click();
  await expect(page.locator('#cell-schedule')).toHaveAttribute('data-status', 'ok', { timeout: 60_000 });
  await expect(page.locator('#cell-data')).toHaveAttribute('data-status', 'ok');
  await expect(
    (await show(page, "(await lab.store.load('mine')).info.steps")).locator('.outputs'),
  ).toHaveText('3');
});

test('a trap in a control’s code is told, too', async ({ page }) => {
  await inWorker(page, BREAKS);
  await page.goto(training);
  const cell = await show(
    page,
    'await lab.interact({ a: lab.slider(0, 9) }, ({ a }) => { Array.breaks = a > 4; lab.randperm(5); });',
  );
  await cell.getByRole('slider').focus();
  await page.keyboard.press('End');
  await expect(cell.locator('.error')).toContainText('failed here');
  await expect(page.locator('.kernel')).toContainText('Ready', { timeout: 60_000 });
  await expect(await show(page, '1 + 1')).toHaveAttribute('data-status', 'ok');
});

test('weights that are not finite, and records that are damaged, hide nothing', async ({ page }) => {
  await page.goto(training);
  await show(page, "await lab.store.save('good', lab.SimpleNoisePredictor({ hidden_dim: 8 }), { steps: 3 })");
  await page.evaluate(
    (site) =>
      new Promise((done, fail) => {
        const opening = indexedDB.open(`noisebook ${site}`);
        opening.onerror = fail;
        opening.onsuccess = () => {
          const write = opening.result.transaction('models', 'readwrite');
          for (const name of ['lesson-5', 'other'])
            write.objectStore('models').put({ config: 3 }, `model:${name}`);
          write.oncomplete = done;
        };
      }),
    new URL('../../', page.url()).pathname,
  );
  await expect(
    (await show(page, "typeof (await lab.store.load('lesson-5'))")).locator('.outputs'),
  ).toHaveText('undefined');
  await expect(page.locator('.message')).toContainText('“lesson-5” is damaged');
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('button', { name: 'Trained models' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trained models' });
  await expect(dialog.locator('li')).toHaveCount(3);
  page.on('dialog', (question) => question.accept());
  await dialog.locator('li', { hasText: 'lesson-5' }).getByRole('button', { name: 'Delete' }).click();
  await expect(dialog.locator('li')).toHaveCount(2);
  await expect(dialog.locator('li', { hasText: 'good' })).toContainText('3 steps');
});

// The console tells of each: that is no fault here.
bare('should the lock fail, the browser itself holds back what leads out', async ({ page }) => {
  await inWorker(
    page,
    `Array.held = new Set();
addEventListener('securitypolicyviolation', ({ effectiveDirective }) => Array.held.add(effectiveDirective));
fetch('http://localhost:9/').catch(() => {});
import('http://localhost:9/a.js').catch(() => {});
try { new Worker('http://localhost:9/a.js', { type: 'module' }) } catch {}`,
  );
  await page.goto(training);
  const cell = await show(page, '[...Array.held].map((each) => each.replace("-elem", "")).sort().join(" ")');
  await expect(cell.locator('.outputs')).toHaveText(/^connect-src script-src/);
  const held = await page.evaluate(
    () =>
      new Promise((resolve) => {
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective));
        fetch('http://localhost:9/').catch(() => {});
      }),
  );
  expect(held).toBe('connect-src');
});
