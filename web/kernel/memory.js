/** The core's objects in JavaScript: how they live and end, and arrays as the core takes them. */
import { Bridge } from './bridge.js';
import { shown } from './check.js';
import { Tensor } from './tensor.js';

/** @typedef {import('./bridge.js').Wasm} Wasm */
/** @typedef {import('../../build/bridge/table.js').Api} Api */
/**
 * What outlives a handle until its object has ended: what the object uses, how many use it, and whether nothing refers to
 * the handle any more.
 * @typedef {{id: number, keeps: Held[], users: number, forgotten: boolean, handle: WeakRef<Handle<any>>}} Held
 */

/**
 * So much JavaScript memory, taken at once, makes an engine look for garbage among the old, too: V8 does so from 2 GB on. It
 * is never touched, and so it is nobody's.
 */
const PRESSURE_BYTES = 1 << 26;
const PRESSURES = 40;

/** A module's functions and objects. */
export class Memory {
  /** What lives. @type {Set<Held>} */
  #held = new Set();
  /** Of all that was taken to press the engine: what nobody asked for would be left out of a build. */
  pressed = 0;

  /** @param {Wasm} wasm */
  constructor(wasm) {
    this.bridge = new Bridge(wasm, () => this.sweep());
    this.api = this.bridge.api;
    /** Ends what JavaScript has forgotten. */
    this.registry = new FinalizationRegistry((/** @type {Held} */ held) => this.#forget(held));
  }

  /** @param {Handle<any>} handle @param {Held[]} keeps @returns {Held} */
  hold(handle, keeps) {
    const held = { id: handle.id, keeps, users: 0, forgotten: false, handle: new WeakRef(handle) };
    for (const each of keeps) each.users++;
    this.#held.add(held);
    this.registry.register(handle, held, held);
    return held;
  }

  /** Ends an object; throws while another uses it. @param {Held} held */
  end(held) {
    if (!this.#held.has(held)) return;
    this.bridge.destroy(held.id);
    this.#held.delete(held);
    this.registry.unregister(held);
    for (const each of held.keeps) {
      each.users--;
      if (each.forgotten) this.#forget(each);
    }
  }

  /** Nobody can reach it: it ends now, or with the last that uses it. @param {Held} held */
  #forget(held) {
    held.forgotten = true;
    if (held.users === 0) this.end(held);
  }

  /**
   * Ends all that nobody can reach any more, and says whether there was any. The engine does not see how much the core's
   * objects hold, and would leave them: so it is made to look.
   */
  sweep() {
    const taken = [];
    try {
      for (let i = 0; i < PRESSURES; i++) taken.push(new ArrayBuffer(PRESSURE_BYTES));
    } catch {
      // There is no room for that either, and the engine has looked.
    }
    this.pressed += taken.length;
    const before = this.#held.size;
    for (const held of [...this.#held]) if (held.handle.deref() === undefined) this.#forget(held);
    return this.#held.size < before;
  }
}

/**
 * An object of the core: ended by dispose(), or when nothing refers to it any more.
 * @template {string} K
 */
export class Handle {
  /** @type {Held} */
  held;

  /**
   * @param {Memory} memory @param {import('../../build/bridge/table.js').Id<K>} id of a new object
   * @param {Handle<any>[]} keeps what it uses as long as it lives
   */
  constructor(memory, id, keeps = []) {
    this.memory = memory;
    this.api = memory.api;
    this.id = id;
    this.held = memory.hold(
      this,
      keeps.map(({ held }) => held),
    );
  }

  /** Gives its memory back. It throws while another object uses this one; a second time does nothing. */
  dispose() {
    this.memory.end(this.held);
  }
}

/** What the core has in place of an object that may be left out. @template {string} K @param {Handle<K> | null} object */
export const idOf = (object) => (object === null ? null : object.id);

/** @param {unknown} x @param {string} name @returns {Float32Array} */
export function float32(x, name) {
  if (!(x instanceof Tensor)) throw new TypeError(`${name} must be a tensor, got ${shown(x)}`);
  if (!(x.data instanceof Float32Array)) throw new TypeError(`${name} must be float32: use ${name}.float()`);
  return x.data;
}

/** @param {unknown} values @param {string} name @returns {ArrayLike<number>} */
function listOf(values, name) {
  const list = values instanceof Tensor ? values.data : values;
  if (Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView)))
    return /** @type {ArrayLike<number>} */ (list);
  throw new TypeError(`${name} must be a tensor or a list of numbers, got ${shown(values)}`);
}

/**
 * Labels, timesteps: whole numbers as the core takes them.
 * @param {Tensor | ArrayLike<number>} values @param {string} name @param {number} [n] how many there must be
 */
export function int32(values, name, n) {
  const list = listOf(values, name);
  if (n !== undefined && list.length !== n) throw new Error(`${list.length} ${name} for ${n} samples`);
  const out = Int32Array.from(list);
  out.forEach((value, i) => {
    if (value !== list[i]) throw new RangeError(`${name}[${i}] = ${shown(list[i])} is not a whole number`);
  });
  return out;
}

/** One number for each of n. @param {unknown} values @param {string} name @param {number} n @param {string} of what there are n of */
export function float32List(values, name, n, of) {
  const list = listOf(values, name);
  if (list.length !== n) throw new RangeError(`${name} has ${list.length} numbers for ${n} ${of}`);
  return Float32Array.from(list);
}

/** @param {Tensor} x @param {string} name */
export function float64(x, name) {
  if (!(x instanceof Tensor)) throw new TypeError(`${name} must be a tensor, got ${shown(x)}`);
  return Float64Array.from(x.data);
}

/** @param {Tensor | ArrayLike<number>} values @param {string} name */
export function doubles(values, name) {
  const list = listOf(values, name);
  const out = Float64Array.from(list);
  out.forEach((value, i) => {
    if (!Number.isFinite(value) || typeof list[i] !== 'number')
      throw new RangeError(`${name}[${i}] = ${shown(list[i])} is not a finite number`);
  });
  return out;
}
