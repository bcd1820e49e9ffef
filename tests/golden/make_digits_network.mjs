// What web/data/digits-net.safetensors is trained of, for `noisebook train` (web/data/README.md has the commands): the text of a network,
// the handwritten digits from -1 to 1, and their classes.
//
//   node tests/golden/make_digits_network.mjs FOLDER        network.txt, data.npy, labels.npy
//
// All 64 pixels at once, as the final challenge looks at them, in three residual blocks; time and class are told to each of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createKernel } from '../notebooks/node-kernel.mjs';

const source = `
  const { nn } = lab;
  class Digits extends nn.Module {
    constructor(n = 128, blocks = 3) {
      super();
      this.blocks = blocks;
      this.time = nn.Linear(64, n);
      this.label = nn.Embedding(11, n);
      this.mix = nn.Linear(n, n);
      this.into = nn.Linear(64, n);
      for (let i = 0; i < blocks; i++) {
        this['norm' + i] = nn.LayerNorm(n);
        this['a' + i] = nn.Linear(n, n);
        this['e' + i] = nn.Linear(n, n);
        this['b' + i] = nn.Linear(n, n);
      }
      this.norm = nn.LayerNorm(n);
      this.out = nn.Linear(n, 64);
    }
    forward(x, t, label) {
      const e = this.mix(this.time(nn.sinusoidal(t, 64)).add(this.label(label)).relu()).relu();
      let h = this.into(x.reshape(-1, 64));
      for (let i = 0; i < this.blocks; i++) {
        const inner = this['a' + i](this['norm' + i](h)).add(this['e' + i](e)).relu();
        h = h.add(this['b' + i](inner));
      }
      return this.out(this.norm(h)).reshape(-1, 1, 8, 8);
    }
  }
  const inputs = { x: [1, 8, 8], t: 'timestep', label: { classes: 10 } };
  const text = lab.model(new Digits(), inputs).describe();
  const { pixels, labels } = await lab.images('digits');
  const data = pixels.mul(2).sub(1);`;

/** @param {string} file @param {Float32Array | Int32Array} numbers @param {number[]} shape */
function save(file, numbers, shape) {
  const type = numbers instanceof Float32Array ? '<f4' : '<i4';
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00  ${text.padEnd(117)}\n`, 'latin1');
  head.writeUInt16LE(118, 8);
  writeFileSync(file, Buffer.concat([head, new Uint8Array(numbers.buffer)]));
}

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('node tests/golden/make_digits_network.mjs FOLDER');
const { kernel } = await createKernel();
const error = await kernel.run('c', source);
if (error) throw new Error(error.message);
const { text, data, labels } = kernel.evaluator.scope;
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'network.txt'), text);
save(path.join(folder, 'data.npy'), Float32Array.from(data.data), data.shape);
save(path.join(folder, 'labels.npy'), Int32Array.from(labels.data), labels.shape);
