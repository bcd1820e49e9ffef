/** Scenes: colour pictures of a few shapes, their captions in words and tokens, and what is to be seen in a picture. */
import { finite, options, shown, whole } from '../check.js';
import { float32, int32 } from '../memory.js';
import { countOf, Tensor } from '../tensor.js';
import { generatorOf } from './random.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */
/** @typedef {import('../core/random.js').Rng} Rng */

const [SIDE, TOKENS, OBJECTS, NUMBERS, PARTS] = [32, 12, 4, 6, 5];
/** Of what nb_scene_agree tells, in its order. */
const PART_NAMES = ['count', 'shape', 'colour', 'size', 'place'];

/** @param {unknown} text */
function textOf(text) {
  if (typeof text !== 'string')
    throw new TypeError(`tokens takes a caption or a list of captions, got ${shown(text)}`);
  return text;
}

/** @param {unknown} phrases such as ['purple circle'] */
function phrasesOf(phrases) {
  const list = Array.isArray(phrases) ? phrases : [phrases];
  return list.map(textOf).join(',');
}

/** @param {Tensor} images */
function picturesOf(images) {
  if (!(images instanceof Tensor) || images.shape.slice(1).join() !== `3,${SIDE},${SIDE}`)
    throw new TypeError(
      `scenes are pictures [n, 3, ${SIDE}, ${SIDE}], got ${images instanceof Tensor ? `[${images.shape}]` : shown(images)}`,
    );
  return float32(images, 'images');
}

/** @param {Kernel} kernel @param {Rng} numpy */
export function scenes({ core: { api } }, numpy) {
  /** @type {string[]} */
  const words = [];
  for (let word = api.scene_word(0); word !== null; word = api.scene_word(words.length)) words.push(word);

  /** What C names by its letters of ASCII only is named in full. @param {string} text */
  function tokensOf(text) {
    const foreign = /[^\s.,;:!?"()]*[^\p{ASCII}\s][^\s.,;:!?"()]*/u.exec(text);
    if (foreign)
      throw new RangeError(
        `"${[...foreign[0]].slice(0, 24).join('')}" is not among the words: ${words.slice(1).join(' ')}`,
      );
    return api.scene_tokens(text);
  }

  /** @param {string | readonly string[]} captions */
  function tokens(captions) {
    const list = (Array.isArray(captions) ? captions : [captions]).map(textOf);
    if (list.length === 0) throw new RangeError('tokens takes at least one caption');
    const out = new Int32Array(list.length * TOKENS);
    for (const [i, text] of list.entries()) out.set(tokensOf(text), i * TOKENS);
    return new Tensor([list.length, TOKENS], out);
  }

  /** @param {Tensor | string | string[]} captions @param {string} name */
  function tokenRows(captions, name) {
    const all = captions instanceof Tensor ? captions : tokens(captions);
    if (all.columns !== TOKENS)
      throw new RangeError(`${name}: a caption is ${TOKENS} tokens, got [${all.shape}]`);
    return { n: all.rows, rows: int32(all, name) };
  }

  /** Tokens [n, 12] as captions. @param {Tensor} all @returns {string[]} */
  function captions(all) {
    const { n, rows } = tokenRows(all, 'captions');
    return Array.from({ length: n }, (_, i) =>
      Array.from(rows.subarray(i * TOKENS, (i + 1) * TOKENS), (token) => words[token] ?? `[${token}]`)
        .filter(Boolean)
        .join(' '),
    );
  }

  return {
    /** The words of captions; a token is a word's place here, 0 none. */
    scene_words: Object.freeze(words),
    /**
     * Pictures [n, 3, 32, 32] from -1 to 1 of one to three shapes, with captions, their tokens [n, 12], and the objects
     * [n, 4, 6] that are in them: shape, colour, radius, y, x, fit.
     * @param {{n?: number, least?: number, most?: number, said?: number, leave_out?: string | string[], only?: boolean,
     *   generator?: Rng}} [given] least, most: shapes in a scene; said: how likely a size or a place is told; leave_out:
     *   scenes that show any of these phrases are not drawn, such as ['purple circle']; only: no others are
     */
    scenes(given) {
      const defaults = {
        n: 1000,
        least: 1,
        most: 2,
        said: 0.75,
        leave_out: [],
        only: false,
        generator: numpy,
      };
      const { n, least, most, said, leave_out, only, generator } = options(
        given,
        'scenes',
        Object.keys(defaults),
        defaults,
      );
      const config = {
        least: whole(least, 'least', 1),
        most: whole(most, 'most', 1),
        said: finite(said, 'said'),
        only: only === true,
      };
      const { id } = generatorOf(generator);
      const { images, tokens, objects } = api.data_scenes(id, countOf([n]), config, phrasesOf(leave_out));
      const all = new Tensor([n, TOKENS], tokens);
      return {
        images: new Tensor([n, 3, SIDE, SIDE], images),
        tokens: all,
        captions: captions(all),
        objects: new Tensor([n, OBJECTS, NUMBERS], objects),
      };
    },
    /** Captions as tokens [n, 12]; a word that is none of them is named. */
    tokens,
    captions,
    /** The objects [n, 4, 6] that are to be seen in pictures, the largest first. @param {Tensor} images */
    scene_fit(images) {
      const pixels = picturesOf(images);
      return new Tensor([images.rows, OBJECTS, NUMBERS], api.scene_fit(images.rows, pixels));
    },
    /**
     * Whether pictures show what captions say: of each { all, count, shape, colour, size, place }, true or false, and null
     * for what is not said.
     * @param {Tensor} images @param {Tensor | string | string[]} captions a caption each
     */
    scene_agree(images, captions) {
      const { n, rows } = tokenRows(captions, 'captions');
      const pixels = picturesOf(images);
      if (images.rows !== n) throw new RangeError(`${images.rows} pictures and ${n} captions`);
      const right = api.scene_agree(n, rows, api.scene_fit(n, pixels));
      return Array.from({ length: n }, (_, i) => {
        const parts = Array.from(right.subarray(i * PARTS, (i + 1) * PARTS));
        const told = PART_NAMES.map((name, k) => [name, parts[k] < 0 ? null : parts[k] === 1]);
        return { all: !parts.includes(0), ...Object.fromEntries(told) };
      });
    },
  };
}
