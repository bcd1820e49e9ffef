/** A run as a notebook of this project: its cells build the same network, train it on the same data and give the same bits. */
import { BATCH } from '../../core/model.js';
import { numbersIn, PICTURE_RANGE, trainedOn } from '../dataset.js';
import { codeFor } from '../network.js';
import { plan } from '../run.js';

/** @typedef {import('../config.js').RunConfig} RunConfig */
/** @typedef {import('../protocol.js').Data} Data */

/** The data stand in the notebook: so many numbers, about ten characters each. */
const MOST_NUMBERS = 500_000;

/** @param {string} text */
const lines = (text) => text.split(/(?<=\n)/);
/** @param {string} id @param {string} text */
const prose = (id, text) => ({ cell_type: 'markdown', id, metadata: {}, source: lines(text) });
/** @param {string} id @param {string} text */
const code = (id, text) => ({
  cell_type: 'code',
  execution_count: null,
  id,
  metadata: {},
  outputs: [],
  source: lines(text),
});

/** A network's code, parted before what makes the model; throws a sentence. @param {string} text @returns {[string, string]} */
export function modelCallOf(text) {
  const at = `\n${text}`.lastIndexOf('\nlab.model(');
  if (at < 0)
    throw new Error(
      'the network’s code makes its model in another way than by a line that begins with lab.model(, so no notebook can be made of it',
    );
  return [text.slice(0, at), text.slice(at)];
}

/** @param {RunConfig} config @param {number} batch */
function networkCell(config, batch) {
  const [before, call] = modelCallOf(codeFor(config));
  const usual = config.data.shape.length === 1 ? BATCH.points : BATCH.others;
  const larger = `\nmodel = lab.open_model(model.save(), { max_batch: ${batch} });`;
  const word = batch > usual ? 'let' : 'const';
  return `lab.seed(${config.training.seed});
${before}${word} model = ${call}${batch > usual ? larger : ''}
lab.print(model.n_parameters, 'parameters');`;
}

/** As few digits as give the same float. @param {number} value */
function digits(value) {
  for (let n = 1; n < 9; n++) {
    const short = Number(value.toPrecision(n));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** Numbers in lines of an array. @param {ArrayLike<number>} values @param {number} each of a line */
function rows(values, each) {
  const all = Array.from(values, digits);
  return Array.from({ length: Math.ceil(all.length / each) }, (_, i) =>
    all.slice(i * each, (i + 1) * each).join(', '),
  ).join(',\n  ');
}

/** @param {Data} data @param {number} n @param {boolean} known */
function dataCell({ values, shape, labels }, n, known) {
  const size = numbersIn(shape);
  const told = known && labels ? `\nconst labels = [\n  ${rows(labels.slice(0, n), 40)}\n];` : '';
  return `const data = lab.tensor([${[n, ...shape].join(', ')}], [\n  ${rows(values.subarray(0, n * size), size)}\n]);${told}`;
}

/** @param {RunConfig} config @param {number} n @param {number} steps @param {boolean} known */
function trainCell(config, n, steps, known) {
  const { training } = config;
  const { batch_size, warmup, decay_steps } = plan(config, n);
  const flow = training.objective === 'flow';
  const settings = {
    batch_size,
    lr: training.lr,
    ema_decay: training.ema,
    warmup,
    decay_steps,
    ...(known && { label_dropout: training.label_dropout }),
    optimizer: `'${training.optimizer}'`,
    objective: `'${training.objective}'`,
  };
  const listed = Object.entries(settings).map(([name, value]) => `  ${name}: ${value},\n`);
  const schedule = `const schedule = lab.schedule('${training.schedule}', { T: ${training.timesteps} });\n`;
  return `${flow ? '' : schedule}const trainer = lab.Trainer({
  model,${flow ? '' : ' schedule,'} data,${known ? ' labels,' : ''}
${listed.join('')}});
for (let step = 0; step < ${steps}; step++) {
  const { epoch_end, epoch, epoch_loss } = trainer.step();
  if (epoch_end) lab.print(\`epoch \${epoch}: loss \${epoch_loss.toFixed(4)}\`);
  await lab.tick();
}${training.ema > 0 ? '\ntrainer.use_ema(true);  // the average of the weights samples better' : ''}`;
}

/** What shows samples of each kind. @param {[number, number]} [range] of pictures */
const shownAs = (range = PICTURE_RANGE) => ({
  points: "lab.scatter({ title: 'samples', sets: [{ points: sampler.x, color: 'xt' }] });",
  pictures: `lab.grid({ title: 'samples', images: sampler.x, range: [${range.join(', ')}] });`,
  series: `const [n, , length] = sampler.x.shape;
lab.chart({
  title: 'samples', x: 'place',
  series: Array.from({ length: n }, (_, i) => \`sample \${i + 1}\`),
  data: [
    Array.from({ length }, (_, i) => i),
    ...Array.from({ length: n }, (_, i) => Array.from(sampler.x.data.slice(i * length, (i + 1) * length))),
  ],
});`,
});
const MOST_SHOWN = { points: 256, pictures: 24, series: 6 };

/** @param {RunConfig} config @param {boolean} known */
function sampleCell({ data, training, sampling }, known) {
  const flow = training.objective === 'flow';
  const count = Math.min(sampling.count, MOST_SHOWN[data.kind]);
  const labels = `\n  labels: Array.from({ length: ${count} }, (_, i) => i % ${data.classes.length}), guidance_scale: ${sampling.guidance_scale},`;
  return `const sampler = lab.${flow ? 'Euler' : 'DDIM'}({
  model,${flow ? '' : ' schedule,'} n: ${count}, steps: ${flow ? sampling.steps : Math.min(sampling.steps, training.timesteps)},${flow ? '' : ` eta: ${sampling.eta},`}${known ? labels : ''}
  generator: lab.generator(${sampling.seed}),
});
while (sampler.t >= 0) {
  sampler.step();
  await lab.tick();
}
${shownAs(data.range)[data.kind]}`;
}

/**
 * The text of an .ipynb file; throws a sentence where there can be none. `known`: the network takes labels; `steps`: how many the run took.
 * @param {{config: RunConfig, step: number, name?: string}} run @param {Data} data @param {boolean} known
 */
export function notebookOf({ config, step, name = config.name }, data, known) {
  const n = trainedOn(data);
  const numbers = n * numbersIn(data.shape);
  if (numbers > MOST_NUMBERS)
    throw new Error(
      `the data stand in the notebook, and ${numbers.toLocaleString('en')} numbers are more than the ${MOST_NUMBERS.toLocaleString('en')} it takes: save the run, or its PyTorch program`,
    );
  const cells = [
    prose(
      'run-title',
      `# ${name.replace(/[\\`*_<>[\]#]/g, '\\$&') || 'A run of the studio'}\n\nMade in Noisebook's studio. In exact mode these cells give the weights of the run, bit for bit.`,
    ),
    code('run-network', networkCell(config, plan(config, n).batch_size)),
    code('run-data', dataCell(data, n, known)),
    code('run-train', trainCell(config, n, step, known)),
    code('run-samples', sampleCell(config, known)),
  ];
  return `${JSON.stringify({ cells, metadata: { language_info: { name: 'javascript' } }, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}
