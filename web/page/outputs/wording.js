/** Which words a line that is being typed can go on with, and which in it are none. */

/** What a line of text is made of, and whether its last word may still go on. @param {string} line */
function parts(line) {
  const all = line.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return { all, open: /[\p{L}\p{M}\p{N}]$/u.test(line) };
}

/** The words that can come next: those that begin as the last one does, or all. @param {string} line @param {readonly string[]} words */
export function offered(line, words) {
  const { all, open } = parts(line);
  const last = all.at(-1) ?? '';
  const begun = open && !words.includes(last);
  return begun ? words.filter((word) => word.startsWith(last)) : [...words];
}

/** Words that are none, but for one that is still being typed. @param {string} line @param {readonly string[]} words */
export function strangers(line, words) {
  if (words.length === 0) return [];
  const { all, open } = parts(line);
  const begun = open && words.some((word) => word.startsWith(all.at(-1) ?? ''));
  const whole = begun ? all.slice(0, -1) : all;
  return [...new Set(whole.filter((word) => !words.includes(word)))].slice(0, 5);
}

/** The line with that word, in place of what was begun of it. @param {string} line @param {string} word @param {readonly string[]} words */
export function completed(line, word, words) {
  const { all, open } = parts(line);
  const last = all.at(-1) ?? '';
  const kept = open && !words.includes(last) ? line.slice(0, line.length - last.length) : line;
  return `${kept}${kept === '' || kept.endsWith(' ') ? '' : ' '}${word} `;
}
