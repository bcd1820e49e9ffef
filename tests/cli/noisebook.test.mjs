// The native command line: what it writes, and what it says to bad input. Needs build/native/noisebook.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, close, noisebook, npy, small, succeeds } from './program.mjs';

test('run 5 writes everything, with PyTorch numbers', () => {
  succeeds(`run 5 ${small} --out ${at('five')}`);
  assert.deepEqual(readdirSync(at('five')).sort(), [
    'data.npy',
    'figure.png',
    'loss.npy',
    'model.safetensors',
    'result.json',
  ]);
  assert.deepEqual(npy(at('five/data.npy')).shape, [131, 2]);
  close(npy(at('five/loss.npy')).data, npy('tests/golden/losses_seed11_n131_b128_h16.npy').data, 2e-7);
  const result = JSON.parse(readFileSync(at('five/result.json'), 'utf8'));
  assert.equal(result.exercise, '5');
  assert.equal(result.seed, 11);
  assert.equal(result.mode, 'exact');
  assert.equal(result.parameters, 2258);
  assert.equal(result.final_loss, npy(at('five/loss.npy')).data[4]);
  assert.deepEqual([...readFileSync(at('five/figure.png')).subarray(1, 4)], [0x50, 0x4e, 0x47]);
});

test('the same seed gives the same bytes, whatever the threads', () => {
  succeeds(`run 5 ${small} --threads 3 --out ${at('again')}`);
  for (const name of ['data.npy', 'loss.npy', 'model.safetensors', 'figure.png'])
    assert.ok(readFileSync(at(`five/${name}`)).equals(readFileSync(at(`again/${name}`))), name);
});

test('run 6 samples from weights, or trains first', () => {
  succeeds(
    `run 6 --weights ${at('five/model.safetensors')} --samples 40 --timesteps 200 --any-schedule on --out ${at('six')}`,
  );
  assert.deepEqual(npy(at('six/samples.npy')).shape, [40, 2]);
  const trajectory = npy(at('six/trajectory.npy'));
  assert.deepEqual(trajectory.shape, [3, 40, 2]); // x_T, after t = 100, x_0
  assert.deepEqual(trajectory.data.slice(-80), npy(at('six/samples.npy')).data);
  assert.ok(!existsSync(at('six/loss.npy')));
  succeeds(`run 6 ${small} --steps 7 --samples 9 --out ${at('both')}`);
  assert.ok(readFileSync(at('both/model.safetensors')).equals(readFileSync(at('five/model.safetensors'))));
});

test('predict gives PyTorch’s forward pass', () => {
  const golden = 'tests/golden/predictor_';
  const arrays = `--input ${golden}x.npy --t ${golden}t.npy`;
  const model = `--model simple-noise-predictor --weights ${golden}h20_init.safetensors`;
  succeeds(`predict ${model} ${arrays} --out ${at('eps.npy')}`);
  close(npy(at('eps.npy')).data, npy(`${golden}h20_forward.npy`).data, 3e-6);
});

test('exercises 1 to 3 write what NumPy gives', () => {
  for (const n of [1, 2, 3]) succeeds(`run ${n} --out ${at(`run${n}`)}`);
  assert.deepEqual(npy(at('run1/noisy.npy')).shape, [5, 1000, 2]);
  // The course adds noise of standard deviation beta; a true step also shrinks the point and takes the root.
  const [x, added, step] = ['data', 'noisy', 'markov'].map((name) => npy(at(`run1/${name}.npy`)).data);
  for (let i = 0; i < 2000; i++) {
    const eps = (added[8000 + i] - x[i]) / 0.5;
    assert.ok(Math.abs(step[8000 + i] - Math.SQRT1_2 * (x[i] + eps)) < 1e-12);
  }
  assert.deepEqual(npy(at('run2/beta.npy')).shape, [8, 1000]);
  assert.deepEqual(npy(at('run3/noisy.npy')).shape, [6, 64, 64]);
  assert.deepEqual(npy(at('run3/noisy.npy')).data.slice(0, 4096), npy(at('run3/data.npy')).data);
});

test('exercise 4 sets the network beside the exact score', () => {
  succeeds(`run 4 --points 300 --weights ${at('five/model.safetensors')} --out ${at('run4')}`);
  const names = ['eps', 'grid', 'score', 'learned'];
  const [eps, grid, score, learned] = names.map((name) => npy(at(`run4/${name}.npy`)));
  assert.deepEqual(eps.shape, [32, 2]);
  assert.deepEqual(score.shape, [4, 576, 2]);
  assert.deepEqual(learned.shape, score.shape);
  // Far out, where the data seems a point, the score leads home.
  for (let i = 0; i < 576; i++) {
    const [x, y] = [grid.data[2 * i], grid.data[2 * i + 1]];
    if (Math.hypot(x, y) < 2.4) continue;
    for (let t = 0; t < 4; t++)
      assert.ok(x * score.data[(t * 576 + i) * 2] + y * score.data[(t * 576 + i) * 2 + 1] < 0);
  }
});

test('exercise 11: the noise, x_0 and v, each where it is at home', () => {
  succeeds(`run 11 --points 500 --epochs 20 --samples 40 --out ${at('run11')}`);
  assert.deepEqual(npy(at('run11/samples.npy')).shape, [3, 40, 2]);
  const { shape, data } = npy(at('run11/loss_by_level.npy'));
  assert.deepEqual(shape, [3, 20]);
  const [noise, x_0, v] = [0, 1, 2].map((k) => data.slice(20 * k, 20 * k + 20));
  assert.ok(x_0[0] > 5 * noise[0] && noise[19] > 5 * x_0[19], 'each target is blind at its end');
  assert.ok(v[0] < 2 * noise[0] && v[19] < 2 * x_0[19], 'v at neither');
  const weights = readFileSync(at('run11/v.safetensors'), 'latin1').slice(0, 2000);
  assert.match(weights, /"objective":"v"/);
});

test('exercises 7 to 10: the networks for images and classes', () => {
  succeeds(`run 7 --out ${at('run7')}`);
  assert.deepEqual(npy(at('run7/eps.npy')).shape, [4, 1, 32, 32]);
  // predict is the same forward pass
  const arrays = `--input ${at('run7/x.npy')} --t ${at('run7/t.npy')} --out ${at('eps7.npy')}`;
  succeeds(`predict --model mini-unet --weights ${at('run7/model.safetensors')} ${arrays}`);
  assert.deepEqual(npy(at('eps7.npy')).data, npy(at('run7/eps.npy')).data);

  succeeds(`run 8 --points 40 --batch 8 --epochs 3 --out ${at('run8')}`);
  const { data: loss } = npy(at('run8/loss.npy'));
  assert.ok(loss[2] < 0.8 * loss[0], `${loss}`);
  succeeds(`run 9 --weights ${at('run8/model.safetensors')} --samples 3 --steps 4 --out ${at('run9')}`);
  assert.deepEqual(npy(at('run9/samples.npy')).shape, [3, 1, 32, 32]);

  succeeds(`run 10 --points 90 --epochs 2 --samples 5 --steps 20 --out ${at('run10')}`);
  assert.deepEqual(npy(at('run10/samples.npy')).shape, [4, 3, 5, 2]);
  assert.deepEqual([...npy(at('run10/labels.npy')).data].filter((label) => label === 2).length, 30);
});

test('run 13 edits with weights of exercise 8: the known half stays, and the noise leads back', () => {
  const weights = '--weights web/data/shapes-unet.safetensors';
  succeeds(`run 13 ${weights} --samples 2 --steps 16 --out ${at('run13')}`);
  const [pictures, filled, edited] = ['pictures', 'filled', 'edited'].map((name) =>
    npy(at(`run13/${name}.npy`)),
  );
  assert.deepEqual(edited.shape, [5, 2, 32, 32]);
  assert.deepEqual(filled.shape, [2, 2, 32, 32]);
  const left = (/** @type {ArrayLike<number>} */ data) => Array.from(data).filter((_, i) => i % 32 < 16);
  assert.deepEqual(left(filled.data), [...left(pictures.data), ...left(pictures.data)]);
  assert.notDeepEqual([...filled.data], [...pictures.data, ...pictures.data]);
  const { metrics } = JSON.parse(readFileSync(at('run13/result.json'), 'utf8'));
  const [least, , , , most] = metrics.overlap_edited;
  assert.ok(least > 0.9 && most < 0.7, `${metrics.overlap_edited}`);
  assert.ok(metrics.inversion_error < 0.03, `${metrics.inversion_error}`);
});

test('run companion: PyTorch’s first step, then two networks trained and sampled', () => {
  const golden = npy('tests/golden/companion_first_step.npy').data; // rows of seed, T, two losses
  const tiny = '--epochs 1 --points 8 --batch 8 --samples 1 --steps 2 --guidance 1';
  for (let i = 0; i < golden.length; i += 4) {
    succeeds(`run companion --seed ${golden[i]} --timesteps ${golden[i + 1]} ${tiny} --out ${at('first')}`);
    const { metrics } = JSON.parse(readFileSync(at('first/result.json'), 'utf8'));
    close([metrics.first_loss], [golden[i + 2]], 1e-6);
    // Adam's first step is a sign for each weight: a gradient that is all rounding may have either.
    close([metrics.second_loss], [golden[i + 3]], 0.05);
  }

  const small =
    '--channels 8 --timesteps 30 --epochs 12 --batch 8 --points 160 --samples 3 --steps 10 --guidance 1,7.5';
  succeeds(`run companion ${small} --out ${at('companion')}`);
  assert.deepEqual(npy(at('companion/forward.npy')).shape, [4, 3, 64, 64]);
  assert.deepEqual([...npy(at('companion/forward_t.npy')).data], [0, 7, 15, 29]);
  assert.deepEqual(npy(at('companion/data.npy')).shape, [160, 3, 8, 8]);
  assert.deepEqual(npy(at('companion/ddpm.npy')).shape, [6, 3, 8, 8]); // untrained, trained
  assert.deepEqual([...npy(at('companion/ddim_steps.npy')).data], [10, 2, 1]);
  assert.deepEqual(npy(at('companion/ddim.npy')).shape, [9, 3, 8, 8]);
  assert.deepEqual(npy(at('companion/guided.npy')).shape, [60, 1, 8, 8]); // 2 scales, 3 rounds, 10 classes
  assert.deepEqual(npy(at('companion/alpha_bar.npy')).shape, [3, 1000]);
  for (const name of ['simple', 'conditional']) {
    const { data: loss } = npy(at(`companion/${name}_loss.npy`));
    assert.ok(loss[11] < 0.8 * loss[0] && loss[0] < 2, `${name}: ${loss}`);
  }
  succeeds(`run companion ${small} --raw-time on --out ${at('raw')}`); // t itself, as the notebook has it
  const [raw, tamed] = ['raw', 'companion'].map((name) => npy(at(`${name}/simple_loss.npy`)).data[0]);
  assert.ok(raw > 2 * tamed, `${raw}, ${tamed}`);
  const { metrics } = JSON.parse(readFileSync(at('companion/result.json'), 'utf8'));
  assert.equal(metrics.class_agreement.length, 2);

  // Clipping keeps samples within the pictures' range.
  const samples = npy(at('companion/ddim.npy')).data;
  assert.ok(samples.every((/** @type {number} */ v) => Math.abs(v) <= 1));
  succeeds(`run companion ${small} --clip off --data web/data/digits-8.nbi --out ${at('unclipped')}`);
  assert.notDeepEqual(npy(at('unclipped/ddim.npy')).data, samples);
  assert.deepEqual(npy(at('unclipped/simple_loss.npy')).data, npy(at('companion/simple_loss.npy')).data);
});

test('bad requests get one line, status 2, and leave the directory alone', () => {
  writeFileSync(at('foreign.safetensors'), 'this is no safetensors file at all');
  const whole = readFileSync(at('five/model.safetensors'));
  writeFileSync(at('cut.safetensors'), whole.subarray(0, whole.length - 9));
  /** @type {[string, RegExp][]} */
  const requests = [
    ['run', /exercise/],
    ['run 99', /run 99: there are the exercises 1 to \d+ and "companion"/],
    ['run 10 --weights a.safetensors', /run 10 does not heed --weights: it takes .*--guidance/],
    ['run 1 --lr 0.1', /run 1 does not heed --lr: it takes --seed, --points, --out/],
    ['run 2 --seed 1', /run 2 does not heed --seed/],
    ['run 7 --samples 3', /run 7 does not heed --samples/],
    ['run 9 --weights a --epochs 3', /--epochs has no meaning/],
    ['run 6 --method euler', /dpm-solver\+\+/],
    ['run 6 --variance 0.5', /posterior, beta, zero/],
    ['run 6 --eta 0.5', /--method ddim, not ddpm/],
    ['run 6 --method plms --variance beta', /--method ddpm, not plms/],
    ['run 6 --method ddim --eta 1.5', /0 to 1/],
    ['run 9 --clip yes', /auto, off, on, or two numbers/],
    ['run 9 --clip 1,-1', /the lower first/],
    ['run 9 --timesteps 20', /T = 20: the default of --steps is 50; give --steps 1 to 20/],
    ['run 10 --label-dropout 2', /0 to 1/],
    ['run 10 --guidance 1,x', /--guidance/],
    ['run 10 --guidance 1,', /--guidance/],
    ['run 10 --guidance 1,2,3,4,5,6,7,8,9', /at most 8/],
    ['run companion --weights a', /run companion does not heed --weights/],
    ['run companion --points 1798', /holds 1797 pictures/],
    ['run companion --data nothing.nbi', /No such file/],
    [`run companion --data ${at('foreign.safetensors')}`, /foreign/],
    ['run companion --steps 300', /1 to 200/],
    ['run 5 --ema 1', /0 to 0.999999/],
    ['run 5 --batch 0', /--batch/],
    ['run 5 --timesteps 1', /--timesteps/],
    ['run 5 --lr nan', /--lr/],
    ['run 5 --lr 0', /--lr/],
    ['run 5 --points 1000000000000', /--points/],
    ['run 5 --seed -1', /--seed/],
    ['run 5 --epochs 2.5', /--epochs/],
    ['run 5 --schedule sigmoid', /cosine/],
    ['run 5 --schedule linear --timesteps 20000', /no signal/],
    ['run 5 --speed 9', /--speed/],
    ['run 5 --epochs', /needs a value/],
    ['run 5 --mode quick', /exact or fast/],
    ['run 6 --steps 1001', /1 to 1000/],
    [`run 6 --weights ${at('foreign.safetensors')}`, /not a whole safetensors/],
    [`run 6 --weights ${at('cut.safetensors')}`, /bytes/],
    [`run 6 --weights ${at('nothing')}`, /No such file/],
    [`run 6 --hidden 4 --weights ${at('five/model.safetensors')}`, /width 16/],
    ['predict --model unet --weights a --input b --t c --out d', /mini-unet/],
    ['predict --weights a', /needs/],
    ['sing', /no command/],
  ];
  const before = readdirSync(at('five'));
  for (const [line, says] of requests) {
    const { status, stderr } = noisebook(line.replace(/^run \S+/, `$& --out ${at('five')}`));
    assert.equal(status, 2, `${line}: status ${status}, ${stderr}`);
    assert.match(stderr, says, line);
    assert.equal(stderr.trim().split('\n').length, 1, line);
  }
  assert.deepEqual(readdirSync(at('five')), before);
  assert.ok(readFileSync(at('five/model.safetensors')).equals(whole));
});

test('a learning rate that blows up stops with status 1 and writes nothing', () => {
  const { status, stderr } = noisebook(`run 5 ${small} --lr 1e5 --out ${at('never')}`);
  assert.equal(status, 1);
  assert.match(stderr, /not finite at step \d+.*learning rate 100000/);
  assert.ok(!existsSync(at('never')));
});

test('samplers, averaged weights and guidance as asked for', () => {
  const weights = `--weights ${at('five/model.safetensors')} --samples 40 --timesteps 100 --any-schedule on`;
  const ways = [
    '',
    '--method ddim',
    '--method ddim --eta 1',
    '--method dpm-solver++',
    '--method plms',
    '--variance beta',
    '--method plms --clip off',
  ];
  const seen = ways.map((way, i) => {
    succeeds(`run 6 ${weights} --steps 20 ${way} --out ${at(`way${i}`)}`.replace(/ +/g, ' '));
    const { settings, metrics } = JSON.parse(readFileSync(at(`way${i}/result.json`), 'utf8'));
    assert.equal(settings.steps, 20);
    assert.equal(settings.epochs, undefined); // nothing was trained
    assert.ok(metrics.curve_distance > 0);
    return String(npy(at(`way${i}/samples.npy`)).data);
  });
  assert.equal(new Set(seen).size, ways.length);

  succeeds(`run 5 ${small} --ema 0.9 --out ${at('average')}`);
  assert.deepEqual(npy(at('average/loss.npy')).data, npy(at('five/loss.npy')).data); // the average only watches
  assert.ok(
    !readFileSync(at('average/model.safetensors')).equals(readFileSync(at('five/model.safetensors'))),
  );

  const ten = '--points 30 --epochs 1 --batch 10 --samples 5 --timesteps 50 --hidden 16';
  succeeds(`run 10 ${ten} --method ddim --guidance 0,7.5 --label-dropout 0.3 --out ${at('guided')}`);
  assert.deepEqual(npy(at('guided/samples.npy')).shape, [2, 3, 5, 2]);
  const { settings } = JSON.parse(readFileSync(at('guided/result.json'), 'utf8'));
  assert.deepEqual(settings.guidance, [0, 7.5]);
  assert.equal(settings['label-dropout'], 0.3);
  assert.equal(settings.method, 'ddim');
});

test('help and list', () => {
  assert.match(noisebook('run 8 --help').stdout, /--epochs .*\(30\)/);
  assert.match(noisebook('run 8 --help').stdout, /cosine-clipped \(linear\)/);
  assert.doesNotMatch(noisebook('run 1 --help').stdout, /--epochs/);
  assert.equal(noisebook('run --help').status, 0);
  assert.match(noisebook('run --help').stdout, /--schedule/);
  const names = noisebook('list')
    .stdout.trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0]);
  const numbers = names.slice(0, -1).map(Number);
  assert.deepEqual(numbers.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
    'each once, in order',
  );
  assert.equal(names.at(-1), 'companion');
});
