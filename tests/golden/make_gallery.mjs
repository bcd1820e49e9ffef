// The studio's gallery: every run of web/studio/gallery/runs.json, trained in exact mode as the studio trains it, its samples drawn and judged.
//
//   npm run gallery [-- NAME ...]
//
// writes NAME.svg or NAME.png, and the run's line of results.json: the link that opens it, what training came to, and how its samples are
// judged. Each takes a minute or two; the same settings give the same files everywhere.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entries, results } from '../../web/build/gallery.js';
import { picture } from '../../web/build/gallery-picture.js';
import { defaults, patched } from '../../web/kernel/studio/config.js';
import { countOf, numbersIn, trainedOn } from '../../web/kernel/studio/dataset.js';
import { judge } from '../../web/kernel/studio/judge.js';
import { Run } from '../../web/kernel/studio/run.js';
import { samplesOf } from '../../web/kernel/studio/sampling.js';
import { SHIPPED, shippedOf } from '../../web/kernel/studio/shipped.js';
import { PRESETS, pointsOf } from '../../web/page/play/shapes.js';
import { drawn } from '../../web/page/studio/arrival.js';
import { decodeRun, encodeRun } from '../../web/page/studio/open/link.js';
import { createKernel, loadCore, readAsset } from '../notebooks/node-kernel.mjs';

/** @typedef {import('../../web/build/gallery.js').Entry} Entry */
/** @typedef {import('../../web/build/gallery.js').Result} Result */
/** @typedef {import('../../web/kernel/studio/protocol.js').Data} Data */
/** @typedef {import('../../web/kernel/kernel.js').Kernel} Kernel */

const FOLDER = new URL('../../web/studio/gallery/', import.meta.url);

/** @param {Kernel} kernel @param {Entry} entry @returns {Promise<Data>} */
async function dataOf(kernel, { set, strokes, title }) {
  if (strokes) return drawn(pointsOf(strokes), title);
  const name = String(set);
  if (Object.hasOwn(PRESETS, name)) return drawn(pointsOf(PRESETS[name].strokes), PRESETS[name].title);
  const { file } = SHIPPED[name];
  return shippedOf({ kernel }, { name, file: file ? await readAsset(file) : null });
}

/** The settings and data that its link gives: what is drawn comes along in it. @param {Kernel} kernel @param {Entry} entry */
export async function begunBy(kernel, entry) {
  const data = await dataOf(kernel, entry);
  const { kind, shape, name, classes, labels, held } = data;
  const said = { kind, shape, name, classes, labels: labels && 'labels.npy', held_out: held / countOf(data) };
  const config = patched(defaults(), { ...entry.run, name: entry.title, data: said });
  const { hash, carries } = encodeRun(config, data, entry.set ?? null);
  if (carries === 'settings') throw new Error(`${entry.name}: its data do not fit into a link`);
  return { config, data: decodeRun(hash).data ?? data, hash };
}

/** Of points as many as four times "New samples" gives. */
const ROUNDS = { points: 4, pictures: 1, series: 1 };

/** @param {any} context @param {Entry} entry @param {import('../../web/kernel/studio/config.js').RunConfig} config @param {Uint8Array} weights */
async function drawnBy(context, entry, config, weights) {
  const { method, steps, eta, guidance_scale, seed, count } = config.sampling;
  /** @type {number[]} */
  const values = [];
  /** @type {number[]} */
  const labels = [];
  let evaluations = 0;
  for (let round = 0; round < ROUNDS[config.data.kind]; round++) {
    const { rows, labels: asked } = await samplesOf(context, {
      type: 'sample',
      wanted: { rows: [{ method, steps, eta }], count, seed: seed + round, guidance_scale },
      label: null,
      kept: { config, weights },
    });
    const [row] = rows;
    if (!row.samples) throw new Error(`${entry.name}: ${row.problem}`);
    values.push(...row.samples);
    labels.push(...(asked ?? []));
    evaluations = row.evaluations;
  }
  return { samples: Float32Array.from(values), labels: labels.length ? labels : null, evaluations };
}

/** @param {Entry} entry @param {import('../../web/kernel/core.js').Core} core @returns {Promise<{result: Result, files: [string, string | Uint8Array][]}>} */
export async function make(entry, core) {
  const { kernel } = await createKernel({ core });
  const { config, data, hash } = await begunBy(kernel, entry);
  const run = await Run.begin(kernel, config, data);
  while (run.isTraining) run.advance(0);
  const { step, losses } = run;
  const weights = run.weights();
  const parameters = run.model.n_parameters;
  run.dispose();
  const context = /** @type {any} */ ({ kernel, core, run: null, data, tick: () => undefined });
  const { samples, labels, evaluations } = await drawnBy(context, entry, config, weights);
  const size = numbersIn(data.shape);
  const apart = trainedOn(data) * size;
  const { measures } = await judge(
    core,
    {
      kind: data.kind,
      shape: data.shape,
      samples,
      train: data.values.slice(0, apart),
      held: data.values.slice(apart),
    },
    () => undefined,
  );
  const judged = measures.map(({ name, value, real }) => ({ name, value, real }));
  const made = picture(core, data, samples, labels);
  const file = `${entry.name}.${typeof made === 'string' ? 'svg' : 'png'}`;
  const loss = losses.epochs.at(-1) ?? Number.NaN;
  return {
    result: {
      link: hash,
      file,
      parameters,
      steps: step,
      loss,
      evaluations,
      measures: judged,
    },
    files: [[file, made]],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.slice(2);
  const core = await loadCore();
  for (const entry of entries().filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const start = process.cpuUsage();
    const { result, files } = await make(entry, core);
    for (const [name, content] of files) writeFileSync(new URL(name, FOLDER), content);
    let all = {};
    try {
      all = results();
    } catch {
      // The first one.
    }
    const order = Object.fromEntries(
      entries().flatMap(({ name }) => {
        const each = name === entry.name ? result : /** @type {any} */ (all)[name];
        return each ? [[name, each]] : [];
      }),
    );
    writeFileSync(new URL('results.json', FOLDER), `${JSON.stringify(order, null, 2)}\n`);
    const { user } = process.cpuUsage(start);
    const [{ value, real }] = result.measures;
    console.log(
      `${entry.name}: ${result.steps} steps, loss ${result.loss.toFixed(4)}, distance ${value.toFixed(3)} (real data ${real.toFixed(3)}), ${(user / 1e6).toFixed(0)} s`,
    );
  }
}
