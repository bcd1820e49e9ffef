/** The messages between the studio's page and its worker: the one place that says what they look like. */

/** @typedef {import('./config.js').RunConfig} RunConfig */
/** @typedef {import('./run.js').Progress} Progress */
/** @typedef {import('./run.js').Checkpoint} Checkpoint */
/** @typedef {import('./run.js').Size} Size */

/**
 * A data set as it crosses over: see dataset.js. Trained on are all samples but the last `held`.
 * @typedef {{kind: 'points' | 'pictures' | 'series', shape: number[], values: Float32Array, labels: Int32Array | null,
 *   classes: string[], name: string, transform: {offset: number | number[], scale: number | number[]}, held: number,
 *   range?: [number, number]}} Data range: of pictures that do not go from -1 to 1
 */

/**
 * What the page asks, and gets as the answer to that message. A room adds a line for each of its own, and its function to `handlers`
 * in worker.js.
 * @typedef {object} Asked
 * @property {{ask: {type: 'data', data: Data}, answer: null}} data takes the place of the data before; a run that is in the worker stays
 * @property {{ask: {type: 'shipped', name: string, file: Uint8Array | null}, answer: Data}} shipped a data set of shipped.js; file: that of web/data which it names
 * @property {{ask: {type: 'learned', name: string, file: Uint8Array | null, shape: number[], range: [number, number], count?: number}, answer: Data}} learned what a lesson's model was trained on (learned.js); file: that of web/data which it names
 * @property {{ask: {type: 'drawn', code: string}, answer: {file: Uint8Array, step: number}}} drawn the weights of the playground's model, as its link has it
 * @property {{ask: {type: 'sprites', sprites: import('./sprites.js').Sprite[], side: number, wish: import('./sprites.js').Wish}, answer: Data}} sprites a data set of drawn sprites, varied
 * @property {{ask: {type: 'measure', config: RunConfig}, answer: Size & {stepMs: number}}} measure parameters, memory and time a step (not a number while a run trains), before anything starts
 * @property {{ask: {type: 'opened', saved: import('./opened.js').Saved, data: Data}, answer: {isEarlier: boolean}}} opened throws where a run's settings, data, weights and training do not belong together; runs no code of a reader's
 * @property {{ask: {type: 'weights', file: Uint8Array}, answer: import('./weights.js').Told}} weights what a file of weights says of itself
 * @property {{ask: {type: 'train', config: RunConfig, checkpoint: Checkpoint | null}, answer: {text: string}}} train begins a run, or goes on with one; in its place any run before it ends
 * @property {{ask: {type: 'pause', paused: boolean}, answer: null}} pause
 * @property {{ask: {type: 'stop'}, answer: Checkpoint | null}} stop ends training where it is: the run can be sampled from, and go on later
 * @property {{ask: {type: 'checkpoint'}, answer: Checkpoint | null}} checkpoint of the run as it is now; null without one
 * @property {{ask: {type: 'levels'}, answer: {timesteps: number[], losses: number[]} | null}} levels the loss by noise level, on held-out samples where there are some
 * @property {{ask: {type: 'preview', count: number, steps: number, seed: number, kept?: {config: RunConfig, weights: Uint8Array}}, answer: {samples: Float32Array, labels: Int32Array | null, step: number} | null}} preview a few samples of the run as it is now, or of one that is kept
 * @property {{ask: {type: 'methods', objective: string}, answer: import('./sampling.js').Method[]}} methods the core's table, for what a network predicts
 * @property {{ask: {type: 'sample', wanted: import('./sampling.js').Wanted, label: number | null, kept: {config: RunConfig, weights: Uint8Array}}, answer: {rows: import('./sampling.js').Sampled[], labels: number[] | null}}} sample a row for each method, from the same noise; label: a class, or null for each in turn
 * @property {{ask: {type: 'judge', judged: import('./judge.js').Judged}, answer: import('./judge.js').Judgement}} judge samples beside data
 */

/** @typedef {keyof Asked} Type */
/** @template {Type} T @typedef {Asked[T]['ask']} Ask */
/** @template {Type} T @typedef {Asked[T]['answer']} Answer */

/**
 * Page to worker. `id` numbers what is asked, `cancel` names one that is of no use any more.
 * @typedef {{type: 'start', mode: 'exact' | 'fast', threads?: number} | {type: 'cancel', id: number} | ({id: number} & Ask<Type>)} Request
 * Worker to page. `refused`: `line` of the network's code, where that is at fault. `progress` comes some ten times a second while a run trains; `ended` once, with the run's last checkpoint.
 * @typedef {{type: 'loaded'} | {type: 'ready', measured?: number} | {type: 'failed', message: string}
 *   | {type: 'answer', id: number, value: any} | {type: 'refused', id: number, message: string, line: number | null}
 *   | {type: 'progress', progress: Progress}
 *   | {type: 'checkpoint', checkpoint: Checkpoint}
 *   | {type: 'ended', why: 'done' | 'patience' | 'seconds' | 'error', message: string, checkpoint: Checkpoint | null}} Message
 */

export {};
