// A network of one's own on the command line: its file says what it is.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, noisebook, npy, succeeds, writeNpy } from './program.mjs';

/** Without t, and with none of the further inputs. */
const plain = `input x x features 6
module net Linear in_features=6 out_features=2
apply net 0
output a 1
`;

const graph = `input x x features 2
input t fraction
input c cond features 3
module net Linear in_features=6 out_features=2
call cat 0 1
call cat 3 2
apply net 4
output a 5
output b 0
`;

/** @param {string} text the graph */
function weights(text) {
  const header = JSON.stringify({
    __metadata__: { format: 'pt', noisebook: '1', model: 'network', graph: text, objective: 'eps' },
    'net.weight': { dtype: 'F32', shape: [2, 6], data_offsets: [0, 48] },
    'net.bias': { dtype: 'F32', shape: [2], data_offsets: [48, 56] },
  });
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeUInt32LE(padded.length);
  const numbers = new Float32Array([1, 2, 3, 4, 5, 6, -1, 0, 1, 0, -1, 2, 0.5, -0.5]);
  writeFileSync(
    at('net.safetensors'),
    Buffer.concat([length, Buffer.from(padded), Buffer.from(numbers.buffer)]),
  );
  return at('net.safetensors');
}

test('predict runs a network of its own, with what else it takes and gives', () => {
  const x = writeNpy('nx.npy', [2, 2], [1, 2, 3, 4]);
  const t = writeNpy('nt.npy', [2], [0.5, 1]);
  const cond = writeNpy('nc.npy', [2, 3], [1, 0, 2, 0, 1, 0]);
  const line = `predict --weights ${weights(graph)} --input ${x} --t ${t} --out ${at('y.npy')}`;
  succeeds(`${line} --cond ${cond}`);
  const y = npy(at('y.npy'));
  assert.deepEqual(y.shape, [2, 4]);
  // net([x, t, c]), then x itself
  assert.deepEqual([...y.data], [23, 3, 1, 2, 19.5, -3.5, 3, 4]);

  const fails = (/** @type {string} */ more, /** @type {RegExp} */ why) => {
    const { status, stderr } = noisebook(`${line}${more}`);
    assert.equal(status, 2, stderr);
    assert.match(stderr, why);
  };
  fails('', /--cond: with 2 samples this model takes further inputs of shape \(2, 3\)/);
  fails(` --cond ${x}`, /further inputs of shape \(2, 3\)/);
  assert.match(
    noisebook(`${line.replace(` --t ${t}`, '')} --cond ${cond}`).stderr,
    /this model takes t: give --t, .npy of shape \(2,\), t \/ T/,
  );
  const wrong = line.replace(x, t);
  assert.match(noisebook(`${wrong} --cond ${cond}`).stderr, /this model takes x of shape \(n, 2\)/);
  weights(graph.replace('Linear in', 'Linera in'));
  fails(` --cond ${cond}`, /no layer is named "Linera"/);
});

test('predict needs --t only where the network takes t, and refuses it elsewhere', () => {
  const x = writeNpy('px.npy', [2, 6], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const line = `predict --weights ${weights(plain)} --input ${x} --out ${at('p.npy')}`;
  succeeds(line);
  assert.deepEqual([...npy(at('p.npy')).data], [1.5, -1.5, 6.5, 1.5]);
  const { status, stderr } = noisebook(`${line} --t ${writeNpy('pt.npy', [2], [0.5, 1])}`);
  assert.equal(status, 2);
  assert.match(stderr, /--t: this model takes no t/);
});
