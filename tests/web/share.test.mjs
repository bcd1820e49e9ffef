import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labNames } from '../../web/build/names.js';
import { diffLines } from '../../web/page/share/diff.js';
import { decodeChanges, encodeChanges, hasChanges } from '../../web/page/share/share.js';

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

test('completion knows the names of lab', async () => {
  const labels = (await labNames()).map(({ label }) => label);
  for (const name of ['seed', 'DDIM', 'store.save']) assert.ok(labels.includes(name), name);
});
