/** A network's code that somebody else wrote, as far as it can be told without showing it. */

/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */

/** What a person can read before running it. */
const MOST_LINES = 2000;

/** The same settings, if their code can be read; throws a sentence without its full stop. @param {RunConfig} config @returns {RunConfig} */
export function readableCode(config) {
  const lines = config.network.code.split('\n').length;
  if (lines <= MOST_LINES) return config;
  throw new RangeError(
    `its network's code has ${lines.toLocaleString('en')} lines, more than anybody reads: at most ${MOST_LINES.toLocaleString('en')} are taken`,
  );
}
