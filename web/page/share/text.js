/** A cell's text as it is read: its lines are those that run, and nothing in it is out of sight. */
import { h } from '../../figures/parts/dom.js';

/** What ends a line for JavaScript ends it for the reader, too: a comment ends there. */
const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/;

/** @param {string} source */
export const linesOf = (source) => source.split(LINE_ENDS);

/** The text that is shown, kept and run. @param {string} source */
export const normalised = (source) => linesOf(source).join('\n');

/**
 * Characters that take no place, or turn the direction of what follows, or look like a space and are none; not tab and
 * line feed.
 */
export const UNSEEN =
  /(?![\t\n])(?:\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Co}|\p{Cs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|(?! )\p{Zs}|\u2800)/gu;

/** So many spaces push what follows out of sight. */
const GAP = /[ \t]{40,}/g;

/** @param {string} character */
export const nameOf = (character) =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** How many characters of it cannot be seen, and how many gaps push something out of sight. @param {string} source */
export const hidden = (source) => ({
  unseen: source.match(UNSEEN)?.length ?? 0,
  gaps: source.match(GAP)?.length ?? 0,
});

/**
 * Its parts: as they are, or what stands for them where they cannot be seen.
 * @param {string} text @returns {{text: string, mark: string | null}[]}
 */
export function partsOf(text) {
  const either = new RegExp(`${GAP.source}|${UNSEEN.source}`, 'gu');
  const parts = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(either)) {
    if (index > at) parts.push({ text: text.slice(at, index), mark: null });
    parts.push({ text: found, mark: /^[ \t]/.test(found) ? `⟨${found.length} spaces⟩` : nameOf(found) });
    at = index + found.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), mark: null });
  return parts;
}

/** For reading alone: marks in place of what cannot be seen. @param {string} line */
export const readable = (line) =>
  partsOf(line).map(({ text, mark }) => (mark ? h('span', { class: 'revealed' }, mark) : text));

/** The text itself, its marks beside what cannot be seen: what is copied is what was there. @param {HTMLElement} element @param {string} source */
export function paint(element, source) {
  const parts = partsOf(source).map(({ text, mark }) =>
    mark && !/^[ \t]/.test(text) ? h('span', { class: 'revealed', 'data-mark': mark }, text) : text,
  );
  element.replaceChildren(...parts);
}

// How the address of a link that carries changes is told from any other: all that a page needs of links before one comes. It stands
// here, and not in a file of its own, as lessons load this one anyway.

export const MARK = '#share=';

/** @param {string} hash */
export const hasChanges = (hash) => hash.startsWith(MARK);
