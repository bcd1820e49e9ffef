// npm run audit [-- [--built] [--live] [PAGE...]]: Lighthouse over every page of the built site, fetched by npm when it
// is first asked for. Fails when a page is below the bar in any category. A page that is below it once is audited three
// times, and the medians count. --built takes web/dist as it is. --live runs the lessons instead, and measures how long
// that takes, what blocks the main thread, and how soon a slider's picture follows it. What Lighthouse found is in
// build/audit/. Not part of npm test: all this depends on the machine, and on what else that is doing.

import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { serve } from '../web/build/serve.mjs';
import {
  checkNode,
  ensureSite,
  filesBelow,
  findChromium,
  root,
  runMain,
  SetupError,
  say,
} from '../web/build/setup.mjs';
import { Group, logs, run } from './harness.mjs';
import { live } from './live.mjs';

/** The last one that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const BAR = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const PORT = 4190;
const TRIES = 3;

/** The address of every page, relative to the start page. */
const places = () =>
  filesBelow('web/dist')
    .filter((file) => path.basename(file) === 'index.html')
    .map((file) => path.relative('web/dist', path.dirname(file)).replaceAll(path.sep, '/'));

/** @typedef {{scores: number[], why: string}} Found the scores, 0 to 100, in the order of CATEGORIES */

/** The audits that cost a page points, the dearest first. @param {any} report what Lighthouse wrote */
const reasons = ({ categories, audits }) =>
  CATEGORIES.flatMap((name) => categories[name].auditRefs)
    .map((/** @type {any} */ { id, weight }) => ({ ...audits[id], weight }))
    .filter(({ score, weight }) => weight > 0 && score !== null && score < 1)
    .sort((a, b) => b.weight * (1 - b.score) - a.weight * (1 - a.score))
    .slice(0, 4)
    .map(({ id, displayValue }) => (displayValue ? `${id} ${displayValue}` : id))
    .join(', ');

/**
 * @param {Group} group @param {string} address @param {string} chrome @param {string} file where the report goes
 * @returns {Promise<Found>}
 */
async function audit(group, address, chrome, file) {
  const args = [
    ...['exec', '--yes', `--package=${LIGHTHOUSE}`, '--', 'lighthouse', address, '--quiet'],
    ...['--output=json', `--output-path=${file}`, `--only-categories=${CATEGORIES.join(',')}`],
    '--chrome-flags=--headless=new --no-sandbox',
  ];
  let why = '';
  for (let tries = 0; tries < TRIES; tries++) {
    const { status, output } = await run(group, 'npm', args, { env: { CHROME_PATH: chrome } });
    const report = status === 0 ? JSON.parse(readFileSync(file, 'utf8')) : {};
    // Lighthouse can miss a page's start, and yet end well.
    if (status === 0 && !report.runtimeError) {
      const scores = CATEGORIES.map((name) => Math.round(100 * (report.categories[name].score ?? 0)));
      return { scores, why: reasons(report) };
    }
    why = `lighthouse failed ${TRIES} times: ${report.runtimeError?.message ?? output.trim().split('\n').at(-1)}`;
  }
  return { scores: CATEGORIES.map(() => 0), why };
}

const isLow = (/** @type {number[]} */ scores) => scores.some((score) => score < BAR);

/** The medians of three audits, if the first was not good enough. @param {(turn: number) => Promise<Found>} once */
async function settled(once) {
  const found = [await once(1)];
  if (isLow(found[0].scores)) found.push(await once(2), await once(3));
  const scores = CATEGORIES.map(
    (_, i) => found.map(({ scores }) => scores[i]).sort((a, b) => a - b)[Math.floor(found.length / 2)],
  );
  return { scores, why: isLow(scores) ? `  BELOW: ${found.at(-1)?.why}` : '' };
}

await runMain(async () => {
  checkNode();
  const chrome = process.env.CHROME_PATH ?? findChromium();
  if (!chrome) throw new SetupError('no Chromium found: install it, or say where it is in CHROME_PATH');
  const words = process.argv.slice(2);
  if (!words.includes('--built')) await ensureSite();
  const chosen = words.filter((word) => word !== '--built' && word !== '--live');
  const all = places();
  if (all.length === 0) throw new SetupError('there is no site in web/dist yet: leave out --built');
  const unknown = chosen.find((place) => !all.includes(place));
  if (unknown !== undefined)
    throw new SetupError(
      `there is no page '${unknown}': choose from ${all.map((each) => `'${each}'`).join(', ')}`,
    );
  const folder = path.join(root, 'build/audit');
  for (const each of [folder, logs]) mkdirSync(each, { recursive: true });
  const site = await serve(path.join(root, 'web/dist'), { port: PORT, attempts: 100 });
  if (words.includes('--live')) {
    await live(site.url, chosen.length > 0 ? chosen : all, chrome);
    return site.close();
  }
  const group = new Group('audit');
  let below = 0;
  say(`page: ${CATEGORIES.join(', ')} (${BAR} is the bar)`);
  for (const place of chosen.length > 0 ? chosen : all) {
    const address = new URL(place ? `${place}/` : '', site.url).href;
    const name = path.join(folder, place.replaceAll('/', '-') || 'start');
    const { scores, why } = await settled((turn) => audit(group, address, chrome, `${name}-${turn}.json`));
    if (why) below++;
    say(`${place || 'start page'}: ${scores.join(', ')}${why}`);
  }
  process.exitCode = below > 0 ? 1 : 0;
  await site.close();
  say(below > 0 ? `${below} pages are below the bar` : 'every page reaches the bar');
});
