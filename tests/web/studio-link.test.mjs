/** Links of the studio: what goes in comes out, few data come along, and what is no link is told in a sentence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'fflate';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { PRESETS, pointsOf } from '../../web/page/play/shapes.js';
import { decodeRun, encodeRun, LONGEST } from '../../web/page/studio/open/link.js';

/** @typedef {import('../../web/kernel/studio/protocol.js').Data} Data */

/** @param {Partial<Data>} over @returns {Data} */
const dataOf = (over) => ({
  kind: 'points',
  shape: [2],
  values: pointsOf(PRESETS.spiral.strokes),
  labels: null,
  classes: [],
  name: 'Mine',
  transform: { offset: [0.5, -1], scale: 2 },
  held: 300,
  range: [-1, 1],
  ...over,
});
/** @param {Data} data @param {any} [more] */
const configOf = ({ kind, shape, name, classes, labels, held, values, range }, more = {}) =>
  patched(defaults(), {
    name: 'Ünsere ⟨1⟩',
    data: {
      kind,
      shape,
      name,
      classes,
      labels: labels && 'labels.npy',
      held_out: held / (values.length / shape.reduce((a, b) => a * b, 1)),
      range,
    },
    training: { lr: 0.002, stop: { patience: 3, seconds: 0 }, objective: 'v' },
    ...more,
  });
/** Rows in an order of their own, as points come back in another. @param {Data} data @param {number} step */
const rows = ({ values, labels }, step) =>
  Array.from({ length: values.length / 2 }, (_, i) =>
    [labels?.[i] ?? 0, Math.round(values[2 * i + 1] / step), Math.round(values[2 * i] / step)].join(),
  ).sort();

test('settings come back; only what is not as a run begins is told', () => {
  const config = configOf(dataOf({}), { network: { width: 32, text: 'input x' } });
  const { hash, carries } = encodeRun(config, null, null);
  assert.equal(carries, 'settings');
  assert.ok(hash.length < 400, `${hash.length}`);
  assert.match(hash, /^#run=[\w-]+$/);
  const back = decodeRun(hash);
  assert.deepEqual(back.config, patched(config, { network: { text: '' } }));
  assert.equal(back.data, null);
  const shipped = decodeRun(encodeRun(config, dataOf({}), 'digits').hash);
  assert.deepEqual([shipped.shipped, shipped.data], ['digits', null]);
});

test('drawn points come along, also with classes, to a small part of their range', () => {
  const labels = Int32Array.from({ length: 3000 }, (_, i) => i % 3);
  for (const data of [dataOf({}), dataOf({ labels, classes: ['a', 'b', 'c'] })]) {
    const { hash, carries, bits } = encodeRun(configOf(data), data, null);
    assert.equal(carries, 'data');
    assert.ok(hash.length <= LONGEST);
    const back = decodeRun(hash).data;
    assert.ok(back);
    const { values, labels: theirs, ...rest } = back;
    const { values: mine, labels: own, ...others } = data;
    assert.deepEqual(rest, others);
    assert.equal(theirs === null, own === null);
    const step = (Math.max(...mine) - Math.min(...mine)) / (2 ** bits - 1);
    // The same places of the raster hold as many points as before.
    const raster = (/** @type {Data} */ each) => {
      const low = Math.min(...mine);
      return rows({ ...each, values: each.values.map((v) => v - low) }, step);
    };
    assert.deepEqual(raster(back), raster(data));
    // What is held out is of all that there is.
    const held = back.values.slice(-2 * 300).filter((_, i) => i % 2 === 1);
    assert.ok(Math.max(...held) > 1 && Math.min(...held) < -1);
  }
});

test('a few sprites and short series come along in their order', () => {
  const sprites = dataOf({
    kind: 'pictures',
    shape: [1, 16, 16],
    values: Float32Array.from({ length: 40 * 256 }, (_, i) => ((i >> 3) % 5 === 0 ? 1 : 0)),
    labels: Int32Array.from({ length: 40 }, (_, i) => i % 2),
    classes: ['x', 'y'],
    transform: { offset: 0, scale: 1 },
    held: 4,
    range: [0, 1],
  });
  const picture = decodeRun(encodeRun(configOf(sprites), sprites, null).hash);
  assert.deepEqual(picture.data, sprites);
  const series = dataOf({
    kind: 'series',
    shape: [1, 32],
    values: Float32Array.from({ length: 50 * 32 }, (_, i) => Math.sin(i / 5)),
    transform: { offset: [3], scale: 4 },
    held: 5,
  });
  const line = decodeRun(encodeRun(configOf(series), series, null).hash);
  assert.deepEqual(line.data?.transform, series.transform);
  for (const [i, value] of line.data?.values.entries() ?? [])
    assert.ok(Math.abs(value - series.values[i]) < 1 / 250);
});

test('what does not fit stays here, and the link says so', () => {
  const noise = dataOf({
    kind: 'pictures',
    shape: [1, 16, 16],
    values: Float32Array.from({ length: 100 * 256 }, (_, i) => Math.sin(i * i)),
    held: 10,
  });
  const { carries, hash } = encodeRun(configOf(noise), noise, null);
  assert.equal(carries, 'settings');
  assert.ok(hash.length < 500);
});

/** @param {any} said @param {number[]} [bytes] */
const linkOf = (said, bytes = []) => {
  const whole = Uint8Array.from([...new TextEncoder().encode(JSON.stringify(said)), 0, ...bytes]);
  return `#run=${Buffer.from(deflateSync(whole)).toString('base64url')}`;
};
const run = { noisebook_run: 1 };
const head = { n: 2, bits: 8, low: 0, high: 1, labelled: false, transform: { offset: 0, scale: 1 } };
/** @type {[string, string, RegExp][]} */
const WRONG = [
  ['nothing', '#run=', /damaged/],
  ['other characters', '#run=%%%', /damaged/],
  ['no deflate', '#run=AAAA____', /damaged/],
  ['endless', `#run=${'A'.repeat(30_000)}`, /30,005 characters/],
  ['a bomb', linkOf({ run, name: 'a'.repeat(3e6) }), /unpacks to more/],
  ['newer', linkOf({ run: { noisebook_run: 2 } }), /newer Noisebook/],
  ['no run', linkOf(5), /no run of the studio/],
  ['null', linkOf(null), /no run of the studio/],
  ['a wrong setting', linkOf({ run: { ...run, training: { lr: -1 } } }), /training\.lr/],
  [
    'too much code',
    linkOf({ run: { ...run, network: { kind: 'code', code: '\n'.repeat(9000) } } }),
    /9,001 lines/,
  ],
  ['data cut off', linkOf({ run, data: head }, [1]), /data are not whole/],
  ['data too long', linkOf({ run, data: head }, [1, 2, 3]), /data are not whole/],
  ['half a number', linkOf({ run, data: head }, [1, 255]), /data are not whole/],
  ['a range that is none', linkOf({ run, data: { ...head, high: 0 } }, [1, 2]), /data are not whole/],
  ['millions', linkOf({ run, data: { ...head, n: 1e9 } }, [1, 2]), /data are not whole/],
  ['a label beyond', linkOf({ run, data: { ...head, labelled: true } }, [1, 2]), /data are not whole/],
  [
    'a scale of 0',
    linkOf({ run, data: { ...head, transform: { offset: 0, scale: 0 } } }, [1, 2]),
    /data are not whole/,
  ],
];
for (const [what, hash, sentence] of WRONG)
  test(`what is no link of the studio: ${what}`, () => {
    assert.throws(() => decodeRun(hash), sentence);
  });

test('a link that was cut off anywhere is damaged', () => {
  const data = dataOf({});
  const { hash } = encodeRun(configOf(data), data, null);
  for (let end = 6; end < hash.length - 1; end += 97)
    assert.throws(() => decodeRun(hash.slice(0, end)), /damaged/, `${end}`);
});
