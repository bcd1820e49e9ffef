// What weights were trained for: they say it, and sampling and predict go by it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, noisebook, npy, succeeds } from './program.mjs';

/** @param {string} name of a run's directory */
const result = (name) => JSON.parse(readFileSync(at(`${name}/result.json`), 'utf8'));

/** @param {string} line @param {RegExp} says */
function refused(line, says) {
  const { status, stderr } = noisebook(line);
  assert.equal(status, 2, `${line}: ${stderr}`);
  assert.match(stderr, says, line);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

succeeds(`run 5 --seed 7 --points 2000 --hidden 64 --epochs 40 --lr 0.003 --out ${at('five')}`);
const weights = `--weights ${at('five/model.safetensors')}`;

test('weights carry schedule, T, seed, steps and range', () => {
  const file = readFileSync(at('five/model.safetensors'));
  const { __metadata__: record } = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0))));
  const data = npy(at('five/data.npy')).data;
  assert.equal(record.schedule, 'cosine-clipped');
  assert.deepEqual([record.T, record.seed, record.steps], ['1000', '7', String(40 * 16)]);
  assert.ok(Math.abs(record.data_min - Math.min(...data)) < 1e-6);
  assert.ok(Math.abs(record.data_max - Math.max(...data)) < 1e-6);
});

test('every method samples well by default, and who takes the clipping off is told', () => {
  /** @type {Record<string, number>} */
  const distance = {};
  for (const way of ['ddpm', 'ddim --steps 20', 'dpm-solver++ --steps 20', 'plms --steps 20', 'ddim']) {
    const { status, stderr } = noisebook(`run 6 ${weights} --method ${way} --out ${at('six')}`);
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '', way);
    distance[way] = result('six').metrics.sliced_wasserstein;
    assert.ok(distance[way] < 0.3, `${way}: ${distance[way]}`);
  }
  const off = noisebook(`run 6 ${weights} --method plms --steps 20 --clip off --out ${at('off')}`);
  assert.equal(off.status, 0);
  assert.match(
    off.stderr,
    /note: x_0 is not clipped, .* from t = 999 to 946, makes the network's error \d+ times/,
  );
  assert.ok(result('off').metrics.sliced_wasserstein > 1);
  // Weights that do not say what they were trained on, as PyTorch's: the range can be given.
  const file = readFileSync(at('five/model.safetensors'));
  const size = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(file.toString('utf8', 8, 8 + size));
  writeFileSync(
    at('plain.safetensors'),
    Buffer.concat([
      file.subarray(0, 8),
      Buffer.from(JSON.stringify(tensors).padEnd(size)),
      file.subarray(8 + size),
    ]),
  );
  const plain = `run 6 --weights ${at('plain.safetensors')} --method ddim --steps 20`;
  assert.match(noisebook(`${plain} --out ${at('plain')}`).stderr, /--clip LOW,HIGH/);
  refused(`${plain} --clip on --out ${at('plain')}`, /do not say what it was/);
  const given = noisebook(`${plain} --clip -1.2,1.5 --out ${at('given')}`);
  assert.deepEqual([given.status, given.stderr], [0, '']);
  assert.ok(result('given').metrics.sliced_wasserstein < 0.3);
  assert.equal(result('given').settings.clip, '-1.20000005,1.5');
});

test('exercise 10 by DDIM in 50 steps stays where the data is', () => {
  succeeds(
    `run 10 --points 900 --epochs 60 --method ddim --steps 50 --samples 30 --guidance 1 --out ${at('ten')}`,
  );
  const data = npy(at('ten/data.npy')).data;
  const most = Math.max(...data.map(Math.abs));
  assert.ok(npy(at('ten/samples.npy')).data.every((/** @type {number} */ v) => Math.abs(v) <= most + 1e-6));
});

test('the schedule and T are those of the weights; another is refused, unless asked for', () => {
  succeeds(`run 5 --schedule linear --timesteps 60 --points 50 --hidden 8 --epochs 1 --out ${at('linear')}`);
  const linear = `--weights ${at('linear/model.safetensors')}`;
  succeeds(`run 6 ${linear} --samples 5 --out ${at('theirs')}`);
  const { schedule, timesteps, steps } = result('theirs').settings;
  assert.deepEqual([schedule, timesteps, steps], ['linear', 60, 60]);
  const both = /linear .*with T = 60, not/;
  for (const other of ['--schedule cosine', '--timesteps 1000', '--schedule cosine --timesteps 1000']) {
    refused(`run 6 ${linear} ${other} --out ${at('other')}`, both);
    refused(`run 4 ${linear} ${other} --points 9 --out ${at('other')}`, both);
    succeeds(`run 6 ${linear} ${other} --any-schedule on --steps 5 --samples 5 --out ${at('other')}`);
  }
  succeeds(`run 4 ${linear} --points 9 --out ${at('four')}`);
  assert.equal(result('four').settings.schedule, 'linear');
});

test('predict finds the kind, and refuses timesteps that the model does not take', () => {
  const golden = 'tests/golden/predictor_';
  const arrays = `--input ${golden}x.npy --t ${golden}t.npy`;
  const given = `--model simple-noise-predictor --weights ${golden}h20_init.safetensors`;
  succeeds(`predict ${given} ${arrays} --out ${at('a.npy')}`);
  succeeds(`predict --weights ${golden}h20_init.safetensors ${arrays} --out ${at('b.npy')}`);
  assert.ok(readFileSync(at('a.npy')).equals(readFileSync(at('b.npy'))));
  succeeds(`run 7 --out ${at('seven')}`);
  const unet = `--weights ${at('seven/model.safetensors')} --input ${at('seven/x.npy')} --t ${at('seven/t.npy')}`;
  succeeds(`predict ${unet} --out ${at('c.npy')}`);
  assert.deepEqual(npy(at('c.npy')).data, npy(at('seven/eps.npy')).data);
  refused(
    `predict --model mini-unet ${given.replace(/.*--w/, '--w')} ${arrays} --out ${at('d.npy')}`,
    /mini-unet/,
  );
  const timesteps = `--input ${golden}x.npy --t ${at('ts.npy')}`;
  const t = readFileSync(`${golden}t.npy`);
  t.writeFloatLE(500, 10 + t.readUInt16LE(8));
  writeFileSync(at('ts.npy'), t);
  refused(`predict ${given} ${timesteps} --out ${at('d.npy')}`, /t\[0\] = 500: .* from 0 to 1/);
});
