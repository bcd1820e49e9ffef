import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labNames } from '../../web/build/names.js';
import { diffLines } from '../../web/page/share/diff.js';
import { decodeChanges, encodeChanges, tooMuch } from '../../web/page/share/share.js';
import { hasChanges, hidden, linesOf, normalised, partsOf } from '../../web/page/share/text.js';

test('changes go through the address and come back', async () => {
  const changes = {
    cells: { train: 'lab.seed(7);\n// ε is "noise" \u{1F300}' },
    controls: { a: { t: 3.5, from: 'kept' } },
  };
  const hash = await encodeChanges(changes);
  assert.ok(hasChanges(hash));
  assert.match(hash, /^#[\w=-]+$/, 'nothing that a mail program would break');
  assert.deepEqual(await decodeChanges(hash), changes);
});

test('what is no link of ours changes nothing', async () => {
  const good = await encodeChanges({ cells: {}, controls: {} });
  const strange = [
    { cells: [] },
    { cells: { a: 1 }, controls: {} },
    { cells: {}, controls: { a: { t: null } } },
    3,
    null,
  ];
  const hashes = await Promise.all(strange.map((value) => encodeChanges(/** @type {any} */ (value))));
  const long = await encodeChanges({ cells: { a: ' '.repeat(2e6) }, controls: {} });
  for (const hash of [...hashes, long, '#share=', '#share=%%%', good.slice(0, 12)])
    assert.equal(await decodeChanges(hash), null, hash.slice(0, 40));
});

test('lines that differ', () => {
  const marks = (/** @type {string} */ a, /** @type {string} */ b) =>
    diffLines(a, b).map(({ kind, line }) => `${kind} ${line}`);
  assert.deepEqual(marks('a\nb\nc', 'a\nx\nc\nd'), ['same a', 'del b', 'ins x', 'same c', 'ins d']);
  assert.deepEqual(marks('a', 'a'), ['same a']);
});

test('lines are those that JavaScript sees, in what is shown, kept and run', () => {
  for (const end of ['\r', '\r\n', '\u2028', '\u2029', '\n']) {
    const source = `// harmless${end}globalThis.stolen = 1`;
    assert.deepEqual(linesOf(source), ['// harmless', 'globalThis.stolen = 1'], JSON.stringify(end));
    assert.equal(normalised(source), '// harmless\nglobalThis.stolen = 1');
    // The engine agrees.
    assert.equal(new Function(`let stolen = 0; ${source.replace('globalThis.', '')}; return stolen`)(), 1);
    assert.deepEqual(
      diffLines('// harmless', source).map(({ kind }) => kind),
      ['same', 'ins'],
    );
  }
});

test('what cannot be seen is marked and counted', () => {
  const marks = (/** @type {string} */ text) => partsOf(text).flatMap(({ mark }) => (mark ? [mark] : []));
  for (const code of [
    ...[0x202e, 0x2066, 0x2069, 0x200b, 0x200d, 0xfeff, 0xad, 0x061c, 0x7f, 0x1b, 0x00, 0x85, 0xa0, 0x3000],
    ...[0x3164, 0x115f, 0x2800, 0xfe0f, 0x034f, 0x180e, 0xe0041, 0xe0100, 0x2028, 0xe000],
  ]) {
    const text = `a${String.fromCodePoint(code)}b`;
    const name = code.toString(16).toUpperCase().padStart(4, '0');
    assert.deepEqual(marks(text), [`⟨U+${name}⟩`]);
    assert.equal(hidden(text).unseen, 1, name);
    assert.equal(
      partsOf(text)
        .map((part) => part.text)
        .join(''),
      text,
    );
  }
  assert.deepEqual(marks('\tconst ε = "ᾱ_t² → ∇ é 中 🌀"; // fine\n    x'), []);
  assert.deepEqual(marks(`a;${' '.repeat(500)}b`), ['⟨500 spaces⟩']);
  assert.deepEqual(hidden(`a;${' '.repeat(500)}b`), { unseen: 0, gaps: 1 });
});

test('more than anybody reads is refused with a sentence', async () => {
  assert.equal(tooMuch({ a: 'x\n'.repeat(1999) }), '');
  assert.match(tooMuch({ a: 'x\n'.repeat(100_000) }), /100,001 lines .* At most 2,000 lines/);
  assert.match(tooMuch({ a: 'x'.repeat(100_001) }), /100,001 characters/);
  // It unpacks, and is short as a link.
  const hash = await encodeChanges({ cells: { a: '\r'.repeat(100_000) }, controls: {} });
  assert.ok(hash.length < 500);
  assert.match(tooMuch((await decodeChanges(hash))?.cells ?? {}), /100,001 lines/);
});

test('completion knows the names of lab', async () => {
  const labels = (await labNames()).map(({ label }) => label);
  for (const name of ['seed', 'DDIM', 'store.save']) assert.ok(labels.includes(name), name);
});
