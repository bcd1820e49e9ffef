// The tests of the pages in one browser, a project of playwright.config.js; what the report tells is counted.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from '../web/build/setup.mjs';
import { secondAttempts } from './attempts.mjs';
import { run } from './harness.mjs';

/** Beside other groups on two cores, Chromium takes half an hour. */
const LIMIT_MS = 60 * 60_000;

/**
 * @param {import('./harness.mjs').Group} group
 * @param {string} browser
 * @param {{port: number, whole: boolean}} options port: of the site's server, as both browsers may be tested at once
 */
export async function drive(group, browser, { port, whole }) {
  const report = path.join(root, `build/${group.name}.json`);
  rmSync(report, { force: true });
  const output = `build/playwright/${group.name}`;
  const result = await run(
    group,
    path.join(root, 'node_modules/.bin/playwright'),
    ['test', `--project=${browser}`, '--reporter=list,json', '--output', output],
    {
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report, E2E_PORT: String(port), PAGES: whole ? 'whole' : '' },
      limit: LIMIT_MS,
    },
  );
  if (!existsSync(report)) return group.fail('playwright left no report', result.output);
  const told = JSON.parse(readFileSync(report, 'utf8'));
  const { stats } = told;
  group.attempts.push(...secondAttempts(told));
  group.passed += stats.expected + stats.flaky;
  group.failed += stats.unexpected;
  group.skippedThemselves(stats.skipped);
  if (result.status !== 0 && stats.unexpected === 0) group.failed++;
  if (result.status !== 0) group.lines.push('FAILED playwright');
  if (group.lines.length > 0) group.lines.push(...result.output.trimEnd().split('\n').slice(-120));
}
