/** The sprites that are being drawn: a sheet of them for each size, which one is at hand, and how they shall be varied. Knows no canvas, so that it can be tested. */
import { drawingOf, drawingText, UNPAINTED } from '../../../kernel/painting.js';
import { LEVELS, SIDES, TURNS } from '../../../kernel/studio/sprites.js';

/** @typedef {import('../../../kernel/studio/sprites.js').Sprite} Sprite */
/** @typedef {import('../../../kernel/studio/sprites.js').Wish} Wish */

export const MOST_SPRITES = 200;
const LONGEST_LABEL = 60;
const COLOURS = Object.keys(LEVELS).length;

/** @returns {Wish} */
const usual = () => ({ count: 500, seed: 1, shift: 2, turn: 'none', mirror: false, topple: false });

/** @param {number} side @returns {Sprite} */
const blank = (side) => ({ pixels: new Int8Array(side * side).fill(UNPAINTED), label: '' });

/** @param {unknown} value @param {number} side @returns {Sprite | null} */
function spriteOf(value, side) {
  const [text, label] = Array.isArray(value) ? value : [];
  const pixels = drawingOf({ height: side, width: side }, COLOURS, text);
  return pixels && typeof label === 'string' ? { pixels, label: label.slice(0, LONGEST_LABEL) } : null;
}

export class Sheet {
  side = 16;
  wish = usual();
  at = 0;
  /** By their side. @type {Record<number, Sprite[]>} */
  all = Object.fromEntries(SIDES.map((side) => [side, [blank(side)]]));
  /** What was deleted last. @type {{side: number, at: number, sprite: Sprite} | null} */
  deleted = null;

  get sprites() {
    return this.all[this.side];
  }

  get current() {
    return this.sprites[this.at];
  }

  get isFull() {
    return this.sprites.length >= MOST_SPRITES;
  }

  /** @param {number} side */
  choose(side) {
    this.side = side;
    this.at = this.sprites.length - 1;
  }

  /** After the one at hand, which the new one takes over from: empty, or a copy. @param {boolean} copy */
  add(copy) {
    if (this.isFull) return;
    const { pixels, label } = this.current;
    const sprite = copy ? { pixels: pixels.slice(), label } : { ...blank(this.side), label };
    this.sprites.splice(++this.at, 0, sprite);
  }

  remove() {
    const [sprite] = this.sprites.splice(this.at, 1);
    this.deleted = { side: this.side, at: this.at, sprite };
    if (this.sprites.length === 0) this.sprites.push(blank(this.side));
    this.at = Math.min(this.at, this.sprites.length - 1);
  }

  putBack() {
    if (!this.deleted || this.all[this.deleted.side].length >= MOST_SPRITES) return;
    const { side, at, sprite } = this.deleted;
    this.deleted = null;
    this.side = side;
    this.at = at;
    this.sprites.splice(at, 0, sprite);
  }

  /** As it is kept. */
  get text() {
    const { side, at, wish, all } = this;
    const sheets = Object.entries(all).map(([size, sprites]) => [
      size,
      sprites.map(({ pixels, label }) => [
        drawingText({ height: Number(size), width: Number(size) }, pixels),
        label,
      ]),
    ]);
    return JSON.stringify({ side, at, wish, all: Object.fromEntries(sheets) });
  }

  /** What was kept, where it can still be read: a damaged sprite is left out. @param {string | null} text @returns {Sheet} */
  static from(text) {
    const sheet = new Sheet();
    try {
      const { side, at, wish, all } = JSON.parse(text ?? '');
      for (const size of SIDES) {
        const sprites = (all[size] ?? []).flatMap(
          (/** @type {unknown} */ each) => spriteOf(each, size) ?? [],
        );
        if (sprites.length) sheet.all[size] = sprites.slice(0, MOST_SPRITES);
      }
      if (SIDES.includes(side)) sheet.choose(side);
      if (sheet.sprites[at]) sheet.at = at;
      const { count, seed, shift, turn, mirror, topple } = { ...usual(), ...wish };
      if ([count, seed, shift].every(Number.isInteger) && Object.hasOwn(TURNS, turn))
        sheet.wish = { count, seed, shift, turn, mirror: mirror === true, topple: topple === true };
    } catch {
      // Nothing that can be read: empty sheets, or what was read until there.
    }
    return sheet;
  }
}
