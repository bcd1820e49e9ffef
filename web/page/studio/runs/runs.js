/** The runs of the studio: kept in IndexedDB with what they need to go on, told apart by id. */
import { createStore, promisifyRequest } from 'idb-keyval';
import { SITE } from '../../common/memory.js';

/** @typedef {import('../../../kernel/studio/run.js').Checkpoint} Checkpoint */
/** @typedef {import('../../../kernel/studio/run.js').Losses} Losses */
/** @typedef {import('../../../kernel/studio/config.js').RunConfig} RunConfig */
/** @typedef {import('../../../kernel/studio/protocol.js').Data} Data */
/**
 * `weights`: safetensors with the graph, the average's where one is kept; `trainer`: goes on from there with the same bits; `data`: the key of
 * its data; `ended`: '' while there is more to train; `measures`: what the samples room found, by method; `foreign`: where its network's code came from,
 * while the reader has not let it run.
 * @typedef {{id: string, name: string, created: number, config: RunConfig, data: string, step: number, seconds: number, losses: Losses,
 *   weights: Uint8Array | null, trainer: Uint8Array | null, ended: Checkpoint['ended'], measures: Record<string, import('./measures.js').Scored>, foreign?: string}} Run
 */

const RUN = 'run:';
const DATA = 'data:';
/** What is chosen now, which may belong to no run yet. */
const CHOSEN = 'chosen';

/** What nobody has needed for so long is not about to be. */
const OLD_MS = 3600 * 1000;

/** A name for what is kept, which no other tab gives; it begins with the time. */
export const newId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
export const newDataKey = () => DATA + newId();
/** @param {string} key */
const ageOf = (key) => Date.now() - Number.parseInt(key.slice(DATA.length), 36);

/** @typedef {{get: (key: string) => Promise<any>, set: (key: string, value: any) => Promise<void>, del: (key: string) => Promise<void>, all: () => Promise<[string, any][]>}} Shelf */

/** @returns {Promise<Shelf>} rejects where the browser keeps nothing */
async function openShelf() {
  const database = createStore(`noisebook studio ${SITE}`, 'runs');
  await database('readonly', (store) => promisifyRequest(store.getKey(CHOSEN)));
  return {
    get: (key) => database('readonly', (store) => promisifyRequest(store.get(key))),
    set: (key, value) =>
      database('readwrite', (store) => {
        store.put(value, key);
        return promisifyRequest(store.transaction);
      }),
    del: (key) =>
      database('readwrite', (store) => {
        store.delete(key);
        return promisifyRequest(store.transaction);
      }),
    async all() {
      const keys = await database('readonly', (store) => promisifyRequest(store.getAllKeys()));
      // One that cannot be read must not hide the others.
      const read = (/** @type {string} */ key) =>
        database('readonly', (store) => promisifyRequest(store.get(key))).catch(() => undefined);
      return Promise.all(keys.map(async (key) => [String(key), await read(String(key))]));
    },
  };
}

/** Bytes that a run takes, without its data. @param {Run} run */
export const bytesOf = ({ weights, trainer, losses, config }) =>
  (weights?.byteLength ?? 0) +
  (trainer?.byteLength ?? 0) +
  8 * (losses.curve.length + losses.epochs.length) +
  2 * JSON.stringify(config).length;

/** Whether what lies there is a run: it may come from another version, or be damaged. @param {any} value @returns {value is Run} */
const isRun = (value) =>
  typeof value?.id === 'string' &&
  typeof value.name === 'string' &&
  Number.isFinite(value.step) &&
  Array.isArray(value.losses?.curve) &&
  Array.isArray(value.losses?.epochs) &&
  value.config?.noisebook_run === 1;

export class Runs {
  /** The oldest first. @type {Run[]} */
  list = [];
  /** @type {Run | null} */
  current = null;
  /** Data that found no room, or belong to runs that did not. @type {Map<string, Data>} */
  #homeless = new Map();
  /** @type {Promise<Shelf | null>} */
  #shelf = openShelf().catch(() => null);
  #full = false;
  /** The key of the data that are chosen now. */
  #chosen = '';

  /** @param {() => void} changed @param {(sentence: string) => void} tell */
  constructor(changed, tell) {
    this.changed = changed;
    this.tell = tell;
  }

  /** @returns {Promise<string | null>} the key of the data that were chosen last */
  async open() {
    const shelf = await this.#shelf;
    if (!shelf) {
      this.tell(
        'This browser keeps nothing for this page: runs end with the tab. Save what you want to keep.',
      );
      return null;
    }
    const all = await shelf.all().catch(() => []);
    const runs = all.filter(([key]) => key.startsWith(RUN)).map(([, value]) => value);
    this.list = runs.filter(isRun).sort((a, b) => a.created - b.created);
    const damaged = runs.length - this.list.length;
    if (damaged) this.tell(`${damaged} of the runs kept here cannot be read: they are left as they are.`);
    this.current = this.list.at(-1) ?? null;
    this.changed();
    return (all.find(([key]) => key === CHOSEN)?.[1] ?? null)?.toString() ?? null;
  }

  /** Writes, or says that there is no room; what was there before stays. @param {string} key @param {any} value */
  async #keep(key, value) {
    const shelf = await this.#shelf;
    try {
      await shelf?.set(key, value);
      this.#full = false;
      return shelf !== null;
    } catch {
      if (!this.#full)
        this.tell(
          'There is no room left for this page: training goes on, and what it makes ends with the tab. Delete runs, or save this one.',
        );
      this.#full = true;
      return false;
    }
  }

  /** The data that are chosen from now on, under a key of theirs. @param {string} key @param {Data} data */
  async keepData(key, data) {
    this.#chosen = key;
    this.#homeless.set(key, data);
    if (await this.#keep(key, data)) {
      this.#homeless.delete(key);
      await this.#keep(CHOSEN, this.#chosen);
    }
    await this.#sweep();
  }

  /** They are there already. @param {string} key */
  choose(key) {
    this.#chosen = key;
  }

  /** @param {string} key @returns {Promise<Data | null>} */
  async dataOf(key) {
    const shelf = await this.#shelf;
    return this.#homeless.get(key) ?? (await shelf?.get(key).catch(() => null)) ?? null;
  }

  /**
   * Data that nothing needs any more go; not those that are new, which another tab may be about to train on.
   * @param {string} [removed] the key of data whose run was deleted here
   */
  async #sweep(removed) {
    const shelf = await this.#shelf;
    const all = (await shelf?.all().catch(() => [])) ?? [];
    const kept = all.filter(([key]) => key.startsWith(RUN)).map(([, run]) => run?.data);
    const needed = new Set([this.#chosen, ...kept, ...this.list.map(({ data }) => data)]);
    for (const key of this.#homeless.keys()) if (!needed.has(key)) this.#homeless.delete(key);
    for (const [key] of all)
      if (key.startsWith(DATA) && !needed.has(key) && (key === removed || ageOf(key) > OLD_MS))
        await shelf?.del(key);
  }

  /** Adds a run, or takes what has changed of one. @param {Run} run */
  async put(run) {
    const at = this.list.findIndex(({ id }) => id === run.id);
    if (at < 0) this.list = [...this.list, run];
    else this.list = this.list.with(at, run);
    if (this.current?.id === run.id || at < 0) this.current = run;
    this.changed();
    await this.#keep(RUN + run.id, run);
  }

  /** @param {string} id */
  select(id) {
    this.current = this.list.find((run) => run.id === id) ?? this.current;
    this.changed();
  }

  /** @param {string} id @param {string} name */
  async rename(id, name) {
    const run = this.list.find((each) => each.id === id);
    if (run) await this.put({ ...run, name });
  }

  /** @param {string} id */
  async remove(id) {
    const removed = this.list.find((run) => run.id === id)?.data;
    this.list = this.list.filter((run) => run.id !== id);
    if (this.current?.id === id) this.current = this.list.at(-1) ?? null;
    this.changed();
    const shelf = await this.#shelf;
    await shelf?.del(RUN + id);
    await this.#sweep(removed);
  }
}
