/** The sprites of the data room, loaded when they are opened: drawn on the canvas of lab.paint, one at a time, and varied. */
import { h } from '../../../figures/parts/dom.js';
import { drawingOf, drawingText } from '../../../kernel/painting.js';
import { LEVELS, MOST_MADE, SIDES, TURNS } from '../../../kernel/studio/sprites.js';
import { recall, remember } from '../../common/memory.js';
import { create as createPaint } from '../../outputs/paint.js';
import { MOST_SPRITES, Sheet } from './sheet.js';

/** @typedef {import('../rooms/data.js').Host} Host */
/** @typedef {import('./sheet.js').Sprite} Sprite */

const KEY = 'studio:sprites';
/** As lab.paint has colours: from 0 to 1. */
const unit = (/** @type {number} */ level) => [(level + 1) / 2];

/** @param {HTMLCanvasElement} canvas @param {Sprite} sprite @param {number} side */
function paintSmall(canvas, { pixels }, side) {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  const greys = Object.values(LEVELS);
  for (const [i, k] of pixels.entries()) {
    const grey = Math.round(255 * unit(greys[k] ?? -1)[0]);
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}

class Sprites {
  #sheet = Sheet.from(recall(KEY));
  #paper = h('div', { class: 'control paint' });
  /** @type {{destroy: () => void} | null} */
  #paint = null;
  #strip = h('div', { class: 'sprites-strip', role: 'group', 'aria-label': 'Sprites' });
  #label = h('input', { type: 'text', id: 'sprite-label', maxlength: 60, autocomplete: 'off' });
  #side = h(
    'select',
    { id: 'sprite-side' },
    ...SIDES.map((side) => h('option', { value: side }, `${side} x ${side}`)),
  );
  #putBack = h('button', { type: 'button', onclick: () => this.#put() }, 'Put back');

  /** @param {HTMLElement} root @param {Host} host */
  constructor(root, host) {
    this.host = host;
    const button = (/** @type {string} */ words, /** @type {() => void} */ act) =>
      h('button', { type: 'button', onclick: act }, words);
    this.#side.onchange = () => {
      this.#sheet.choose(Number(this.#side.value));
      this.#begin();
    };
    this.#label.oninput = () => {
      this.#sheet.current.label = this.#label.value;
      this.#showStrip();
    };
    root.append(
      h(
        'div',
        {},
        h('div', { class: 'row' }, h('label', { for: 'sprite-side' }, 'Pixels'), this.#side),
        h('div', { class: 'knobs' }, this.#paper),
      ),
      h(
        'div',
        { class: 'board-side' },
        this.#strip,
        h('div', { class: 'row' }, h('label', { for: 'sprite-label' }, 'Label of this one'), this.#label),
        h(
          'div',
          { class: 'row' },
          button('New sprite', () => this.#add(false)),
          button('Copy', () => this.#add(true)),
          button('Delete', () => this.#remove()),
          this.#putBack,
        ),
        this.#wishes(),
        h(
          'div',
          { class: 'row' },
          button('Learn these', () => this.#learn()),
        ),
      ),
    );
    this.#begin();
  }

  /** How they shall be varied. */
  #wishes() {
    const { wish } = this.#sheet;
    const keep = () => remember(KEY, this.#sheet.text);
    /** @param {'count' | 'seed' | 'shift'} name @param {string} words @param {number} least @param {number} most */
    const number = (name, words, least, most) => {
      const input = h('input', {
        type: 'number',
        id: `vary-${name}`,
        min: least,
        max: most,
        value: wish[name],
      });
      input.oninput = () => {
        wish[name] = input.value.trim() === '' ? Number.NaN : Number(input.value);
        keep();
      };
      return h('div', { class: 'row' }, h('label', { for: input.id }, words), input);
    };
    /** @param {'mirror' | 'topple'} name @param {string} words */
    const check = (name, words) => {
      const input = h('input', { type: 'checkbox', checked: wish[name] });
      input.onchange = () => {
        wish[name] = input.checked;
        keep();
      };
      return h('label', { class: 'vary-check' }, input, words);
    };
    const turn = h(
      'select',
      { id: 'vary-turn' },
      ...Object.entries(TURNS).map(([name, words]) =>
        h('option', { value: name, selected: wish.turn === name }, words),
      ),
    );
    turn.onchange = () => {
      wish.turn = /** @type {typeof wish.turn} */ (turn.value);
      keep();
    };
    return h(
      'fieldset',
      { class: 'vary' },
      h('legend', {}, 'Vary them'),
      number('shift', 'Shifted by up to', 0, Math.max(...SIDES) / 2),
      h('div', { class: 'row' }, h('label', { for: turn.id }, 'Turned'), turn),
      h('div', { class: 'row' }, check('mirror', 'flipped left to right'), check('topple', 'upside down')),
      number('count', 'How many', 1, MOST_MADE),
      number('seed', 'Seed', 0, 2 ** 32 - 1),
    );
  }

  /** The sprite at hand is another. */
  #begin() {
    const { side, current } = this.#sheet;
    const size = { height: side, width: side };
    this.#paint?.destroy();
    this.#paint = createPaint(this.#paper, {
      type: 'paint',
      label: `Sprite ${this.#sheet.at + 1}`,
      channels: 1,
      ...size,
      range: [-1, 1],
      mask: false,
      colors: Object.fromEntries(Object.entries(LEVELS).map(([name, level]) => [name, unit(level)])),
      paper: [0],
      over: null,
      brush: 1,
      value: drawingText(size, current.pixels),
      change: (text) => {
        current.pixels = drawingOf(size, Object.keys(LEVELS).length, text) ?? current.pixels;
        this.#showStrip();
      },
    });
    this.#side.value = String(side);
    this.#label.value = current.label;
    this.#showStrip();
  }

  /** Buttons stay as they are while one draws: only their pictures and names change. */
  #showStrip() {
    const { sprites, side, at, deleted } = this.#sheet;
    const buttons = /** @type {HTMLElement[]} */ ([...this.#strip.children]);
    while (buttons.length < sprites.length) {
      const place = buttons.length;
      const button = h('button', { type: 'button', onclick: () => this.#go(place) }, h('canvas'));
      this.#strip.append(button);
      buttons.push(button);
    }
    for (const each of buttons.splice(sprites.length)) each.remove();
    for (const [i, button] of buttons.entries()) {
      const { label } = sprites[i];
      button.setAttribute('aria-label', `Sprite ${i + 1}${label && `, ${label}`}`);
      button.setAttribute('aria-pressed', String(i === at));
      paintSmall(/** @type {HTMLCanvasElement} */ (button.firstElementChild), sprites[i], side);
    }
    this.#putBack.hidden = deleted === null;
    remember(KEY, this.#sheet.text);
  }

  /** @param {number} place */
  #go(place) {
    this.#sheet.at = place;
    this.#begin();
  }

  /** @param {boolean} copy */
  #add(copy) {
    if (this.#sheet.isFull)
      return this.host.studio.tell(`There are ${MOST_SPRITES} sprites, and these are the most.`);
    this.#sheet.add(copy);
    this.#begin();
  }

  #remove() {
    this.#sheet.remove();
    this.#begin();
  }

  #put() {
    this.#sheet.putBack();
    this.#begin();
  }

  #learn() {
    const { sprites, side, wish } = this.#sheet;
    this.host.take(() => this.host.studio.worker.ask({ type: 'sprites', sprites, side, wish }));
  }
}

/** @param {HTMLElement} root @param {Host} host */
export const create = (root, host) => void new Sprites(root, host);
