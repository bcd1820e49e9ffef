// npm run audit [-- PAGE...]: Lighthouse over every page of the built site, fetched by npm when it is first asked for.
// Fails when a page is below the bar in any category. What it found is in build/audit/. Not part of npm test: its
// figure for performance depends on the machine, and on what else that is doing.

import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { serve } from '../web/build/serve.mjs';
import {
  checkNode,
  ensureSite,
  filesBelow,
  findTool,
  root,
  runMain,
  SetupError,
  say,
} from '../web/build/setup.mjs';
import { Group, logs, run } from './harness.mjs';

/** The last one that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const BAR = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const PORT = 4190;

/** The address of every page, relative to the start page. */
const places = () =>
  filesBelow('web/dist')
    .filter((file) => path.basename(file) === 'index.html')
    .map((file) => path.relative('web/dist', path.dirname(file)).replaceAll(path.sep, '/'));

/**
 * @param {Group} group @param {string} address @param {string} chrome @param {string} report where the result goes
 * @returns {Promise<number[]>} the scores, 0 to 100, in the order of CATEGORIES
 */
async function audit(group, address, chrome, report) {
  const args = [
    ...['exec', '--yes', `--package=${LIGHTHOUSE}`, '--', 'lighthouse', address, '--quiet'],
    ...['--output=json', `--output-path=${report}`, `--only-categories=${CATEGORIES.join(',')}`],
    '--chrome-flags=--headless=new --no-sandbox',
  ];
  const { status, output } = await run(group, 'npm', args, { env: { CHROME_PATH: chrome } });
  if (status !== 0) throw new SetupError(`lighthouse failed on ${address}:\n${output.slice(-2000)}`);
  const { categories } = JSON.parse(readFileSync(report, 'utf8'));
  return CATEGORIES.map((name) => Math.round(100 * (categories[name].score ?? 0)));
}

await runMain(async () => {
  checkNode();
  const chrome = process.env.CHROME_PATH ?? findTool('chromium', 'chromium-browser', 'google-chrome');
  if (!chrome) throw new SetupError('no Chromium found: install it, or say where it is in CHROME_PATH');
  await ensureSite();
  const chosen = process.argv.slice(2);
  const all = places();
  const unknown = chosen.find((place) => !all.includes(place));
  if (unknown !== undefined)
    throw new SetupError(
      `there is no page '${unknown}': choose from ${all.map((each) => `'${each}'`).join(', ')}`,
    );
  const folder = path.join(root, 'build/audit');
  for (const each of [folder, logs]) mkdirSync(each, { recursive: true });
  const site = await serve(path.join(root, 'web/dist'), { port: PORT, attempts: 100 });
  const group = new Group('audit');
  let below = 0;
  say(`page: ${CATEGORIES.join(', ')} (${BAR} is the bar)`);
  for (const place of chosen.length > 0 ? chosen : all) {
    const report = path.join(folder, `${place.replaceAll('/', '-') || 'start'}.json`);
    const scores = await audit(group, new URL(place ? `${place}/` : '', site.url).href, chrome, report);
    const low = scores.some((score) => score < BAR);
    if (low) below++;
    say(`${place || 'start page'}: ${scores.join(', ')}${low ? '  BELOW' : ''}`);
  }
  process.exitCode = below > 0 ? 1 : 0;
  await site.close();
  say(below > 0 ? `${below} pages are below the bar` : 'every page reaches the bar');
});
