// Pictures in a .zip: folders, what is hidden, what is a saved run, and what would unpack to more than there is room for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { picturesIn } from '../../web/page/studio/data/zip.js';

const any = new Uint8Array([1, 2, 3]);

test('folders are kept, hidden files, other files and a .zip in it are left out, and told', async () => {
  const zip = zipSync({
    'mine/cats/a.png': any,
    'mine/<img src=x>/b.JPG': [any, { level: 0 }],
    'c.webp': any,
    '__MACOSX/mine/cats/._a.png': any,
    'mine/.DS_Store': any,
    'mine/.hidden/d.png': any,
    'mine/cats/Thumbs.db': any,
    'mine/inner.zip': any,
    'mine/notes.txt': any,
    'mine/run.json.png': any,
  });
  const inside = await picturesIn(zip, 'mine.zip');
  assert.deepEqual(
    inside?.found.map(({ file, folder }) => [file.name, file.type, folder, file.size]),
    [
      ['a.png', 'image/png', 'cats', 3],
      ['b.JPG', 'image/jpeg', '<img src=x>', 3],
      ['c.webp', 'image/webp', '', 3],
      ['run.json.png', 'image/png', 'mine', 3],
    ],
  );
  assert.equal(
    inside.note,
    '4 hidden files were left out. 1 .zip in it was left out. 1 file that is no picture was left out.',
  );
});

for (const path of ['run.json', 'mine/run.json'])
  test(`a saved run is none of pictures: ${path}`, async () => {
    assert.equal(await picturesIn(zipSync({ [path]: strToU8('{}'), 'a.png': any }), 'a.zip'), null);
  });
test('a run.json deeper in it is a file as any other', async () => {
  const inside = await picturesIn(zipSync({ 'a/b/run.json': any, 'a/b/a.png': any }), 'a.zip');
  assert.equal(inside?.found.length, 1);
});

test('what unpacks to too much is refused before it has, whatever it declares', async () => {
  const bomb = zipSync({ 'a.png': new Uint8Array(3 << 20) });
  await assert.rejects(
    picturesIn(bomb, 'bomb.zip', { most: 1 << 20 }),
    /bomb\.zip unpacks to more than 1 MB/,
  );
  const many = zipSync(
    Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`${i}.png`, new Uint8Array(1 << 19)])),
  );
  await assert.rejects(picturesIn(many, 'bomb.zip', { most: 1 << 20 }), /more than 1 MB/);
  const honest = new DataView(bomb.buffer);
  // Where a local header, and the central one, declare how much there is: a liar says 9 bytes.
  for (let at = 0; at + 4 < bomb.length; at++) {
    if (honest.getUint32(at, true) === 0x04034b50) honest.setUint32(at + 22, 9, true);
    if (honest.getUint32(at, true) === 0x02014b50) honest.setUint32(at + 24, 9, true);
  }
  await assert.rejects(picturesIn(bomb, 'bomb.zip', { most: 1 << 20 }), /more than 1 MB/);
  const files = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`${i}`, new Uint8Array()]));
  await assert.rejects(picturesIn(zipSync(files), 'many.zip'), /many\.zip holds more than 20,000 files/);
});

test('what is damaged, or no .zip, is told', async () => {
  const whole = zipSync({ 'a.png': Uint8Array.from({ length: 9000 }, (_, i) => (i * i * 7919) % 251) });
  for (const bytes of [strToU8('no zip at all'), whole.slice(0, whole.length >> 2)])
    await assert.rejects(picturesIn(bytes, 'a.zip'), /a\.zip is damaged, or no \.zip/);
});
