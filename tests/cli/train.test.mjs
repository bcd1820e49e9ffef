// noisebook train and noisebook sample: any network, with the bits of the page's Trainer and samplers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadCore } from '../notebooks/node-kernel.mjs';
import { runCells } from '../web/cells.mjs';
import { at, noisebook, npy, start, succeeds, writeNpy } from './program.mjs';

const core = await loadCore();

/** @param {string} line @param {RegExp} says @param {number} [code] */
function refused(line, says, code = 2) {
  const { status, stderr } = noisebook(line);
  assert.equal(status, code, `${line}: ${stderr}`);
  assert.match(stderr, says, line);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

// The page's: a network with everything, its data, and what its Trainer and samplers make of it.
const { scope } = await runCells(
  { core },
  `class Net extends lab.nn.Module {
     fc = lab.nn.Linear(6, 16);
     class_emb = lab.nn.Embedding(4, 16);
     words = lab.nn.Embedding(5, 16);
     out = lab.nn.Linear(16, 2);
     forward(x, t, label, hint, word) {
       const h = this.fc(lab.nn.cat([x, t, hint], 1));
       return this.out(h.add(this.class_emb(label)).add(this.words(word)).silu());
     }
   }
   const inputs = { x: [2], t: 'fraction', label: { classes: 3 }, hint: [3], word: { tokens: 1, vocabulary: 5 } };
   lab.seed(1);
   const data = lab.randn([50, 2]), hint = lab.randn([50, 3]), word = lab.randint(0, 5, [50, 1]);
   const conds = { hint, word }, labels = Array.from({ length: 50 }, (_, i) => i % 3);
   const schedule = lab.schedule('linear', { T: 40 });
   lab.seed(7);
   const model = lab.model(new Net(), inputs), text = model.describe();
   const trainer = lab.Trainer({
     model, schedule, data, labels, conds, batch_size: 16, lr: 0.01, label_dropout: 0.2, ema_decay: 0.9,
   });
   for (let i = 0; i < 6; i++) await trainer.epoch();
   trainer.use_ema(true);
   const file = model.save();`,
  `const sample = (method, given) =>
     lab[method]({ model, schedule, generator: lab.generator(3), labels, conds, ...given }).run();
   const ddpm = await sample('DDPM', {}), ddim = await sample('DDIM', { steps: 8, eta: 0.5, guidance_scale: 2 });
   const plms = await sample('PLMS', { steps: 8, clip_x0: [-2, 2], guidance_scale: 0 });`,
  `lab.seed(8);
   const more = lab.Trainer({ model, schedule, data, labels, conds });
   await more.epoch(); await more.epoch();
   const further = model.save();`,
);
const { data, hint, word, labels, text } = scope;
const cond = Array.from({ length: 50 }, (_, i) => [
  ...hint.data.slice(3 * i, 3 * i + 3),
  word.data[i],
]).flat();
writeFileSync(at('net.txt'), text);
const given = [
  `--data ${writeNpy('data.npy', [50, 2], data.data)}`,
  `--cond ${writeNpy('cond.npy', [50, 4], cond)}`,
  `--labels ${writeNpy('labels.npy', [50], Int32Array.from(labels))}`,
].join(' ');
const settings =
  '--seed 7 --batch 16 --lr 0.01 --label-dropout 0.2 --ema 0.9 --schedule linear --timesteps 40';
const trains = `train --network ${at('net.txt')} ${given} ${settings}`;

test('train gives the file of lab.Trainer, byte for byte, with any number of threads', () => {
  for (const threads of [1, 3]) {
    succeeds(`${trains} --epochs 6 --threads ${threads} --out ${at('net.safetensors')}`);
    assert.ok(readFileSync(at('net.safetensors')).equals(Buffer.from(scope.file)));
  }
  assert.deepEqual(
    readdirSync(at('.')).filter((name) => name.includes('checkpoint')),
    [],
  );
});

test('sample gives the samples of lab.DDPM, DDIM and PLMS', () => {
  const samples = `sample --weights ${at('net.safetensors')} ${given.replace(/--data \S+ /, '')} --seed 3 --out ${at('s.npy')}`;
  /** @type {[string, string][]} */
  const ways = [
    ['ddpm', ''],
    ['ddim', ' --method ddim --steps 8 --eta 0.5 --guidance 2'],
    ['plms', ' --method plms --steps 8 --clip -2,2 --guidance 0'],
  ];
  for (const [name, options] of ways) {
    succeeds(`${samples}${options}`);
    const got = npy(at('s.npy'));
    assert.deepEqual(got.shape, [50, 2]);
    assert.deepEqual(got.data, scope[name].data, name);
  }
  assert.ok(!existsSync(at('s.png'))); // no pictures
});

test('--weights trains further, by the schedule that they were trained for', () => {
  succeeds(
    `train --weights ${at('net.safetensors')} ${given} --epochs 2 --seed 8 --out ${at('more.safetensors')}`,
  );
  assert.ok(readFileSync(at('more.safetensors')).equals(Buffer.from(scope.further)));
  const file = readFileSync(at('more.safetensors'));
  const { __metadata__: record } = JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE(0))));
  assert.deepEqual([record.schedule, record.T, record.seed, record.steps], ['linear', '40', '8', '26']);
});

test('--zero-terminal-snr gives the file of lab.Trainer with that schedule, and sample knows it from the weights', async () => {
  const { scope: zero } = await runCells(
    { core },
    `class Net extends lab.nn.Module {
       fc = lab.nn.Linear(3, 16);
       out = lab.nn.Linear(16, 2);
       forward(x, t) { return this.out(this.fc(lab.nn.cat([x, t], 1)).silu()); }
     }
     lab.seed(1);
     const data = lab.randn([50, 2]), schedule = lab.schedule('linear', { T: 40, zero_terminal_snr: true });
     lab.seed(7);
     const model = lab.model(new Net(), { x: [2], t: 'fraction' }), text = model.describe();
     const trainer = lab.Trainer({ model, schedule, data, objective: 'v' });
     await trainer.epoch();
     const file = model.save();
     const x = await lab.DDIM({ model, schedule, n: 9, steps: 8, generator: lab.generator(3) }).run();`,
  );
  writeFileSync(at('zero.txt'), zero.text);
  const trains =
    `train --network ${at('zero.txt')} --data ${writeNpy('zero.npy', [50, 2], zero.data.data)} --seed 7 --epochs 1
    --schedule linear --timesteps 40 --zero-terminal-snr on`.replace(/\s+/g, ' ');
  succeeds(`${trains} --objective v --out ${at('zero.safetensors')}`);
  assert.ok(readFileSync(at('zero.safetensors')).equals(Buffer.from(zero.file)));
  const weights = `--weights ${at('zero.safetensors')} --samples 9 --method ddim --steps 8 --seed 3 --out ${at('zero-samples.npy')}`;
  succeeds(`sample ${weights}`);
  assert.deepEqual(npy(at('zero-samples.npy')).data, zero.x.data);
  refused(`sample ${weights} --zero-terminal-snr off`, /trained for .*zero terminal SNR/);
  refused(`${trains} --out ${at('never')}`, /--zero-terminal-snr on: .* it takes --objective x0 or v/);
  refused(`${trains} --objective flow --out ${at('never')}`, /--schedule: a flow has no schedule/);
  refused(
    `train --network ${at('zero.txt')} --data ${at('zero.npy')} --objective flow --zero-terminal-snr on --out ${at('never')}`,
    /--zero-terminal-snr: a flow has no schedule/,
  );
  assert.ok(!existsSync(at('never')));
  assert.match(noisebook('train --help').stdout, /--zero-terminal-snr on or off: .*alone/s);
});

test("the course's networks: the samples of run, and pictures as a .png", () => {
  succeeds(`run 6 --points 50 --epochs 1 --hidden 8 --timesteps 30 --samples 9 --out ${at('six')}`);
  const six = `--weights ${at('six/model.safetensors')}`;
  succeeds(`run 6 ${six} --samples 9 --method ddim --steps 5 --out ${at('again')}`);
  succeeds(`sample ${six} --samples 9 --method ddim --steps 5 --out ${at('nine.npy')}`);
  assert.ok(readFileSync(at('nine.npy')).equals(readFileSync(at('again/samples.npy'))));
  succeeds(
    `run 8 --points 6 --batch 3 --epochs 1 --height 24 --width 32 --timesteps 20 --out ${at('eight')}`,
  );
  succeeds(`sample --weights ${at('eight/model.safetensors')} --samples 11 --out ${at('eleven.npy')}`);
  assert.deepEqual(npy(at('eleven.npy')).shape, [11, 1, 24, 32]);
  assert.deepEqual([...readFileSync(at('eleven.png')).subarray(1, 4)], [0x50, 0x4e, 0x47]);
});

test('SIGINT in training: going on from the checkpoint gives the bits of one run', async () => {
  const { child, ended } = await start(
    `${trains} --epochs 1000000 --threads 1 --out ${at('cut.safetensors')}`.split(' '),
  );
  await sleep(400);
  child.kill('SIGINT');
  const { status, stderr } = await ended;
  assert.equal(status, 130, stderr);
  assert.equal(stderr.trim().split('\n').length, 1);
  assert.ok(existsSync(at('cut.checkpoint.safetensors')) && !existsSync(at('cut.safetensors')));
  const done = Number(/after (\d+) of/.exec(stderr)?.[1]);
  const command = /to go on: (.*)/.exec(stderr)?.[1] ?? '';
  const shell = spawnSync('sh', ['-c', `${command} --epochs ${done + 2}`], { encoding: 'utf8' });
  assert.equal(shell.status, 0, shell.stderr);
  succeeds(`${trains} --epochs ${done + 2} --out ${at('whole.safetensors')}`);
  assert.ok(readFileSync(at('cut.safetensors')).equals(readFileSync(at('whole.safetensors'))));
  const resumes = `train --resume ${at('cut.checkpoint.safetensors')} --out ${at('never')}`;
  refused(`${resumes} --lr 0.5`, /--lr 0.5: the run .* has --lr 0.01/);
  refused(`${resumes} --epochs 1`, /trained for/);
  refused(
    `run 5 --resume ${at('cut.checkpoint.safetensors')} --out ${at('never')}`,
    /is of noisebook train: noisebook train --resume/,
  );
  assert.ok(!existsSync(at('never')));
});

test('bad requests of train and sample get one line, status 2, and write nothing', () => {
  const wrong = {
    text: at('wrong.txt'),
    rows: writeNpy('rows.npy', [3, 2], [1, 2, 3, 4, 5, 6]),
    wide: writeNpy('wide.npy', [50, 3], new Float32Array(150)),
    none: writeNpy('none.npy', [0, 2], []),
    nan: writeNpy('nan.npy', [1, 2], [Number.NaN, 1]),
    words: writeNpy('words.npy', [50, 4], new Float32Array(200).fill(9)),
    real: writeNpy('real.npy', [50], new Float32Array(50)),
    high: writeNpy('high.npy', [50], new Int32Array(50).fill(3)),
  };
  writeFileSync(wrong.text, text.replace('Linear', 'Linera'));
  writeFileSync(
    at('plain.txt'),
    'input x x features 2\nmodule a Linear in_features=2 out_features=3\napply a 0\noutput y 1\n',
  );
  const net = `--network ${at('net.txt')}`;
  const weights = `--weights ${at('net.safetensors')}`;
  const rest = given.replace(/--data \S+ /, '');
  const swap = (/** @type {string} */ option, /** @type {string} */ path) =>
    `${net} ${given.replace(new RegExp(`--${option} \\S+`), `--${option} ${path}`)}`;
  /** @type {[string, RegExp][]} */
  const requests = [
    ['train', /needs --network, --weights or --config, --data and --out/],
    [`train ${net}`, /needs --network, --weights or --config, --data/],
    [`train ${net} ${weights} ${given}`, /one of them/],
    [`train --network ${wrong.text} ${given}`, /wrong.txt: line \d+ .*no layer is named "Linera"/],
    [`train --network ${at('data.npy')} ${given}`, /no text of a network/],
    [`train --network ${at('nothing')} ${given}`, /No such file/],
    [`train --network ${at('plain.txt')} --data ${at('data.npy')}`, /gives 3 numbers for a sample of 2/],
    [`train --weights ${at('net.txt')} ${given}`, /net.txt: not a whole safetensors/],
    [`train ${swap('data', wrong.wide)}`, /wide.npy: this model takes x of shape \(n, 2\)/],
    [`train ${swap('data', wrong.none)}`, /no samples/],
    [`train ${swap('data', wrong.nan)}`, /not finite/],
    [`train ${swap('data', wrong.rows)}`, /with 3 samples labels are/],
    [`train ${swap('cond', wrong.wide)}`, /further inputs of shape \(50, 4\)/],
    [`train ${swap('cond', wrong.words)}`, /token 9; its vocabulary is 0 to 4/],
    [`train ${swap('labels', wrong.real)}`, /labels are whole numbers/],
    [`train ${swap('labels', wrong.high)}`, /label 3 of sample 0: training takes 0 to 2/],
    [`train ${net} ${given} --label-dropout 2`, /0 to 1/],
    [`train ${net} ${given} --hidden 3`, /train does not heed --hidden: it takes --seed/],
    [`train ${net} ${given} --speed 3`, /--speed is no option of train/],
    [`train ${net} ${given} --schedule linear --timesteps 20000`, /no signal/],
    ['sample', /needs --weights and --out/],
    [`sample ${weights} ${rest} --epochs 3`, /sample does not heed --epochs/],
    [`sample ${weights} ${rest} --guidance 1,2`, /one scale, not 2/],
    [`sample ${weights} ${rest} --eta 0.5`, /--method ddim, not ddpm/],
    [`sample ${weights} ${rest} --steps 41`, /41 sampling steps: with T = 40/],
    [`sample ${weights} ${rest} --timesteps 50`, /trained for the schedule linear/],
    [`sample ${weights} ${rest} --samples 7`, /with 7 samples labels/],
    [`sample ${weights} --samples 7`, /further inputs of shape \(7, 4\)/],
    [`sample ${weights} --cond ${at('cond.npy')} --guidance 2`, /guidance takes labels/],
    [`sample --weights tests/golden/predictor_h20_init.safetensors`, /does not say what schedule/],
    [
      `sample --weights tests/golden/predictor_h20_init.safetensors --schedule cosine`,
      /give --schedule and --timesteps/,
    ],
  ];
  const before = readdirSync(at('.'));
  for (const [line, says] of requests)
    refused(`${line} --out ${at('refused.npy')}`.replace(/^(train|sample) --out \S+$/, '$1'), says);
  refused(`${trains} --lr 1e6 --epochs 60 --out ${at('refused.npy')}`, /not finite at step|squared/, 1);
  refused(`${trains} --out ${at('no/such/net.safetensors')}`, /cannot be written/, 1);
  assert.deepEqual(readdirSync(at('.')), before);
  succeeds(
    `sample --weights tests/golden/predictor_h20_init.safetensors --schedule cosine --timesteps 9 --samples 2 --out ${at('known.npy')}`,
  );
  assert.match(noisebook('train --help').stdout, /--schedule .*\(cosine\)/s);
  assert.match(noisebook('sample --help').stdout, /--method .*\(ddpm\)/);
});
