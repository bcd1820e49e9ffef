// The `bits` lines that test programs print, and their comparison between builds.

import { existsSync, readFileSync } from 'node:fs';

/** @typedef {import('./harness.mjs').Group} Group */

/** The kernel variants that this processor can run, as NB_KERNELS names them. */
export function kernelVariants() {
  if (process.arch !== 'x64') return ['scalar'];
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const [avx2, avx512] = [/\bavx2\b/.test(flags), /\bavx512f\b/.test(flags)];
  return ['scalar', 'sse2', ...(avx2 ? ['avx2'] : []), ...(avx512 ? ['avx512'] : [])];
}

/**
 * The `bits <name> <hex>` lines of a program; a name that comes twice counts as one with both values.
 * @param {string} test
 * @param {string} stdout
 * @returns {Map<string, string>}
 */
export function readBits(test, stdout) {
  const bits = new Map();
  for (const [, name, hex] of stdout.matchAll(/^bits (\S+) (\S+)\s*$/gm)) {
    const key = `${test.replace(/^test_/, '')}/${name}`;
    bits.set(key, `${bits.get(key) ?? ''}${hex}`);
  }
  return bits;
}

/**
 * Prints names against builds, and counts each name once for each build beside the first.
 * @param {Group} group
 * @param {Map<string, Map<string, string>>} builds
 * @param {Map<string, Set<string>>} partial the builds that ran only some tests, and which
 */
export function compareBits(group, builds, partial) {
  const names = [...new Set([...builds.values()].flatMap((bits) => [...bits.keys()]))].sort();
  const [reference, ...others] = [...builds.keys()];
  const width = Math.max(4, ...names.map((name) => name.length));
  group.lines.push(`${''.padEnd(width)}  ${reference.padEnd(16)}  ${others.join('  ')}`);
  for (const name of names) {
    const expected = builds.get(reference)?.get(name);
    const cells = others.map((build) => {
      if (partial.get(build)?.has(name.split('/')[0]) === false) return '-'.padEnd(build.length);
      const found = builds.get(build)?.get(name);
      const same = found !== undefined && found === expected;
      if (same) group.passed++;
      else group.failed++;
      return (same ? 'same' : (found?.slice(0, 16) ?? 'missing')).padEnd(build.length);
    });
    const verdict = cells.every((cell) => /^(same|-) *$/.test(cell)) ? '' : '  DIFFERENT';
    const value = (expected ?? 'missing').slice(0, 16).padEnd(16);
    group.lines.push(`${name.padEnd(width)}  ${value}  ${cells.join('  ')}${verdict}`);
  }
  if (names.length === 0) group.fail('no test printed any bits');
}
