// Tests of pages that passed at the second attempt only: each is named at the end, and a few of them fail the run.

/** @typedef {import('@playwright/test/reporter').JSONReport} Report */
/** @typedef {import('@playwright/test/reporter').JSONReportSuite} Suite */
/** @typedef {{name: string, reason: string}} Attempt a test, and what went wrong at its first attempt */

/** Where two browsers share two cores a moment may be lost; what fails more often than that is broken. */
export const mostSecondAttempts = 2;

/**
 * @param {Suite[]} suites
 * @returns {(Suite['specs'][0] & {path: string[]})[]}
 */
function specsIn(suites, path = /** @type {string[]} */ ([])) {
  return suites.flatMap((suite) => {
    const here = [...path, suite.title];
    const own = suite.specs.map((spec) => ({ ...spec, path: [...here, spec.title] }));
    return [...own, ...specsIn(suite.suites ?? [], here)];
  });
}

/** The first line of an error, without the colours of a terminal. @param {string | undefined} message */
const firstLine = (message = 'without a message') =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  message.replace(/\x1b\[[\d;]*m/g, '').split('\n', 1)[0];

/**
 * The tests of a report that failed and then passed.
 * @param {Report} report Playwright's, as JSON
 * @returns {Attempt[]}
 */
export function secondAttempts({ suites }) {
  return specsIn(suites).flatMap(({ path, tests }) =>
    tests
      .filter(({ status }) => status === 'flaky')
      .map(({ projectName, results }) => ({
        name: `${projectName}: ${path.join(' > ')}`,
        reason: firstLine(results[0]?.error?.message),
      })),
  );
}

/**
 * What to print at the end of a run, and whether it fails for that.
 * @param {Attempt[]} attempts of all browsers together
 */
export function judge(attempts) {
  const lines = attempts.map(({ name, reason }) => `second attempt: ${name}: ${reason}`);
  const tooMany = attempts.length > mostSecondAttempts;
  if (tooMany)
    lines.push(`FAILED ${attempts.length} tests needed a second attempt: at most ${mostSecondAttempts} may`);
  return { lines, tooMany };
}
