/**
 * Where trained models are kept, and how the tabs of a lesson share that place: the last one saved is the one that the
 * lessons load; one that another tab saved in the meantime is laid aside and not overwritten.
 */
import { clear, createStore, entries, promisifyRequest } from 'idb-keyval';

/**
 * `update` reads some keys and writes what `act` makes of their values (undefined removes a key), at one go: no other tab
 * comes between. It rejects, and nothing has changed, if there is no room.
 * @typedef {object} Storage
 * @property {(key: string) => Promise<any>} get
 * @property {(keys: string[], act: (values: any[]) => [string, any][]) => Promise<void>} update
 * @property {boolean} [fleeting] what lies here goes with the page
 */

/**
 * @typedef {object} Saved
 * @property {import('./core/model.js').Model['config']} config
 * @property {Uint8Array<ArrayBuffer>} weights safetensors
 * @property {Uint8Array | null} trainer what Trainer.save() gave
 * @property {Uint8Array | null} adam what Adam.save() gave
 * @property {Uint8Array} rng_state of PyTorch's generator at that moment
 * @property {Record<string, any>} info
 * @property {number} saved when, in milliseconds
 * @property {string} [tab] who saved it
 * @property {number} [placed] when it became the one that is loaded
 */

/** Later than what lay there before, whatever the clock says. @param {Saved} [old] */
const now = (old) => Math.max(Date.now(), (old?.placed ?? 0) + 1);

/** Where the lessons look. @param {string} name */
export const keyOf = (name) => `model:${name}`;
/** Where a tab's model lies after another tab has saved one of that name. @param {string} name @param {string} [tab] */
const asideOf = (name, tab) => `aside:${tab}:${name}`;

/** What a key says; undefined if it is no model's. @param {string} key */
export function readKey(key) {
  const [, tab, name] = /^(?:model|aside:(\w+)):(.*)$/.exec(key) ?? [];
  return name === undefined ? undefined : { name, aside: tab !== undefined };
}

/** For Node, and where nothing can be kept: as long as the process lives. @returns {Storage} */
export function memoryStorage() {
  const map = new Map();
  return {
    get: async (key) => map.get(key),
    async update(keys, act) {
      for (const [key, value] of act(keys.map((each) => map.get(each)))) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
      }
    },
  };
}

/** The database of versions before this one, which knew no paths. */
const EARLIER = 'noisebook';
const MOVED = 'moved';

/** What an earlier version kept goes to the path that is opened first. @param {import('idb-keyval').UseStore} database */
async function takeOver(database) {
  if (await database('readonly', (store) => promisifyRequest(store.getKey(MOVED)))) return;
  const earlier = createStore(EARLIER, 'models');
  const found = await entries(earlier);
  await database('readwrite', (store) => {
    for (const [key, value] of found) store.put(value, key);
    store.put(true, MOVED);
    return promisifyRequest(store.transaction);
  });
  await clear(earlier);
}

/** The browser's own, which may be closed to us: then this rejects. @param {string} site the path of the start page: an origin may have several @returns {Promise<Storage & {all: () => Promise<[string, unknown][]>}>} */
export async function openStorage(site) {
  const database = createStore(`noisebook ${site}`, 'models');
  await database('readonly', (store) => promisifyRequest(store.getKey(MOVED)));
  // What cannot be moved, for want of room or because it is damaged, stays where it is.
  await takeOver(database).catch(() => {});
  return {
    get: (key) => database('readonly', (store) => promisifyRequest(store.get(key))),
    update: (keys, act) =>
      database('readwrite', async (store) => {
        const values = await Promise.all(keys.map((key) => promisifyRequest(store.get(key))));
        const done = promisifyRequest(store.transaction);
        try {
          for (const [key, value] of act(values)) {
            if (value === undefined) store.delete(key);
            else store.put(value, key);
          }
        } catch (error) {
          // What cannot be copied is refused at once; what was written before it must not stay.
          done.catch(() => {});
          store.transaction.abort();
          throw error;
        }
        return done;
      }),
    async all() {
      const keys = await database('readonly', (store) => promisifyRequest(store.getAllKeys()));
      const names = keys.filter((key) => typeof key === 'string');
      // One that cannot be read must not hide the others.
      const read = (/** @type {string} */ key) =>
        database('readonly', (store) => promisifyRequest(store.get(key))).catch(() => undefined);
      return Promise.all(names.map(async (key) => /** @type {[string, unknown]} */ ([key, await read(key)])));
    },
  };
}

/**
 * Keeps a model under its name.
 * @param {Storage} storage @param {string} name @param {Saved & {tab: string}} saved
 * @param {number} known until when this tab knows what lay there
 * @returns {Promise<string | undefined>} the tab whose model had to be laid aside
 */
export async function place(storage, name, saved, known) {
  /** @type {string | undefined} */
  let other;
  await storage.update([keyOf(name)], ([old]) => {
    const met = old && old.tab !== saved.tab && old.placed > known;
    other = met ? old.tab : undefined;
    return [
      [asideOf(name, saved.tab), undefined],
      ...(met ? /** @type {[string, Saved][]} */ ([[asideOf(name, old.tab), old]]) : []),
      [keyOf(name), { ...saved, placed: now(old) }],
    ];
  });
  return other;
}

/** The model that lies aside changes places with the one that is loaded. @param {Storage} storage @param {string} key where it lies */
export async function exchange(storage, key) {
  const name = readKey(key)?.name ?? '';
  await storage.update([key, keyOf(name)], ([chosen, old]) =>
    chosen
      ? [
          [key, undefined],
          ...(old ? /** @type {[string, Saved][]} */ ([[asideOf(name, old.tab ?? 'earlier'), old]]) : []),
          [keyOf(name), { ...chosen, placed: now(old) }],
        ]
      : [],
  );
}

/**
 * Where a kernel's models lie, by their names: in Node right here, for a worker at its page.
 * @typedef {object} Shelf
 * @property {(name: string) => Promise<unknown>} get what lies there, which may be anything
 * @property {(name: string, saved: Saved & {tab: string}, known: number) => Promise<import('./protocol.js').Kept['how']>} keep
 */

/** @param {Storage} storage @returns {Shelf} */
export function shelfIn(storage) {
  /** What found no room. */
  const homeless = memoryStorage();
  return {
    get: async (name) => (await homeless.get(keyOf(name))) ?? (await storage.get(keyOf(name))),
    async keep(name, saved, known) {
      try {
        const other = await place(storage, name, saved, known);
        await homeless.update([], () => [[keyOf(name), undefined]]);
        return other ? 'beside' : storage.fleeting ? 'fleeting' : 'kept';
      } catch (error) {
        if (error instanceof Error && error.name === 'DataCloneError') throw error;
        // A training that goes on for an hour must not end because there is no room.
        await homeless.update([], () => [[keyOf(name), saved]]);
        return 'full';
      }
    },
  };
}

/** @param {Storage} storage @param {string} key */
export const forget = (storage, key) => storage.update([], () => [[key, undefined]]);
