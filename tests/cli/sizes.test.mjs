// Pictures whose height is not their width, from data to figure.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, noisebook, npy, succeeds } from './program.mjs';

const quick = '--points 6 --batch 3 --epochs 2';

test('exercises 7 to 9 take pictures of 24x32', () => {
  succeeds(`run 7 --height 16 --width 24 --out ${at('seven')}`);
  assert.deepEqual(npy(at('seven/eps.npy')).shape, [4, 1, 16, 24]);
  const seven = `--input ${at('seven/x.npy')} --t ${at('seven/t.npy')} --out ${at('eps.npy')}`;
  succeeds(`predict --weights ${at('seven/model.safetensors')} ${seven}`);
  assert.deepEqual(npy(at('eps.npy')), npy(at('seven/eps.npy')));

  succeeds(`run 8 ${quick} --height 24 --width 32 --out ${at('eight')}`);
  assert.deepEqual(npy(at('eight/data.npy')).shape, [6, 1, 24, 32]);
  const nine = `run 9 --weights ${at('eight/model.safetensors')} --samples 2 --steps 3 --out ${at('nine')}`;
  succeeds(nine); // as large as the weights say
  assert.deepEqual(npy(at('nine/samples.npy')).shape, [2, 1, 24, 32]);
  succeeds(`${nine} --height 40`); // a U-Net takes other sizes too
  assert.deepEqual(npy(at('nine/samples.npy')).shape, [2, 1, 40, 32]);
  const { status, stderr } = noisebook(`${nine} --width 30`);
  assert.equal(status, 2);
  assert.match(stderr, /30.*multiple of 4|multiples? of 4.*30/);
});

test('the companion takes a pack of pictures of 6x10', () => {
  const [count, height, width, classes] = [12, 6, 10, 3];
  const digits = readFileSync('web/data/digits-8.nbi');
  const head = Buffer.from(digits.subarray(0, 16));
  const fields = { count: head.readUInt32LE(4), height: head.readUInt16LE(8), width: head.readUInt16LE(10) };
  assert.deepEqual(fields, { count: 1797, height: 8, width: 8 });
  head.writeUInt32LE(count, 4);
  head.writeUInt16LE(height, 8);
  head.writeUInt16LE(width, 10);
  head.writeUInt8(classes, 12);
  const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % classes));
  const pixels = Buffer.from(Array.from({ length: (count * height * width) / 2 }, (_, i) => (i * 7) % 256));
  writeFileSync(at('wide.nbi'), Buffer.concat([head, labels, pixels]));
  const options = '--epochs 1 --batch 4 --samples 2 --steps 2 --guidance 1 --channels 4 --timesteps 9';
  succeeds(`run companion --data ${at('wide.nbi')} ${options} --out ${at('companion')}`);
  assert.deepEqual(npy(at('companion/data.npy')).shape, [12, 3, 6, 10]);
  assert.deepEqual(npy(at('companion/ddpm.npy')).shape, [4, 3, 6, 10]);
  assert.deepEqual(npy(at('companion/guided.npy')).shape, [6, 1, 6, 10]);
});
