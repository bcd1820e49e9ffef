// What stands between the core and JavaScript, from src/noisebook.h and src/api/bridge.txt:
//
//   node web/build/bridge.mjs      build/bridge/exports.c   the exported functions, which the C compiler holds against the header
//                                  build/bridge/table.js    what web/kernel/bridge.js needs to call them
//                                  build/bridge/table.d.ts  their types
//
//   node web/build/bridge.mjs FOLDER   only exports.c, into that folder
//
// A file is written only where it changes, so that nothing is compiled for nothing.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeExports } from './bridge-c.mjs';
import { writeTable, writeTypes } from './bridge-js.mjs';
import { readHeader, shortNames } from './header.mjs';

/** @typedef {import('./header.mjs').Field} Field */
/** @typedef {import('./header.mjs').Header} Header */
/** @typedef {'object' | 'made' | 'size' | 'whole' | 'number' | 'bool' | 'enum' | 'text' | 'array' | 'file' | 'list' | 'struct'} Sort */
/**
 * One argument or result. path: how C names it, config.n for a field; place: its first in the block; type: C's, without
 * const and stars; count: a C expression; infers: the size that an array says.
 * @typedef {{sort: Sort, name: string, path: string, type: string, place: number, count?: string, optional?: boolean,
 *   length?: number, infers?: string, malloced?: boolean, fields?: Value[]}} Value
 */
/**
 * @typedef {{name: string, comment: string, prototype: import('./header.mjs').Prototype, takes: Value[], gives: Value[],
 *   nulls: string[], keeps: string[], needs: string[]}} Described
 */
/** @typedef {Header & {described: Described[], names: Map<string, string[]>}} Bridge names: enums that JavaScript knows by name */

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

const sorts = /** @type {Record<string, Sort>} */ ({
  size_t: 'size',
  int: 'whole',
  int32_t: 'whole',
  uint32_t: 'whole',
  int64_t: 'whole',
  double: 'number',
  float: 'number',
  bool: 'bool',
});

/**
 * A line of bridge.txt.
 * @param {string} line
 */
function readLine(line) {
  const [name, ...words] = line.trim().split(/\s+/);
  /** @type {Map<string, {count: string, optional: boolean, infers?: string}>} */
  const arrays = new Map();
  const lists = /** @type {Record<string, string[]>} */ ({ keeps: [], needs: [], nulls: [], optional: [] });
  for (const word of words) {
    const array = /^([\w.]+)(\?)?\[(=?)(.+)\]$/.exec(word);
    const list = /^(keeps|needs):(.+)$/.exec(word);
    const none = /^(\w+)=NULL$/.exec(word);
    const object = /^(\w+)\?$/.exec(word);
    if (array) {
      const [, path, optional, infers, count] = array;
      arrays.set(path, { count, optional: Boolean(optional), ...(infers && { infers: count }) });
    } else if (list) lists[list[1]].push(...list[2].split(','));
    else if (none) lists.nulls.push(none[1]);
    else if (object) lists.optional.push(object[1]);
    else throw new Error(`bridge.txt, ${name}: "${word}" is not understood`);
  }
  const { keeps, needs, nulls, optional } = lists;
  return { name, arrays, keeps, needs, nulls, optional };
}

/** How many places of the block a value takes. @param {Value} value @param {Field} field */
const placesOf = ({ sort }, field) =>
  ['array', 'text', 'file'].includes(sort) ? 2 : sort === 'list' ? Number(field.array) : 1;

/** Reads the lines against the header, one function after the other. */
class Reader {
  /** @param {Header} header */
  constructor(header) {
    this.header = header;
  }

  /** @param {string} line @returns {Described} */
  read(line) {
    const { name, arrays, keeps, needs, nulls, optional } = readLine(line);
    const prototype = this.header.functions.get(name);
    if (!prototype) throw new Error(`bridge.txt: noisebook.h declares no nb_${name}`);
    const used = new Set();
    const inferred = [...arrays.values()].flatMap(({ infers }) => infers ?? []);
    /** @type {Value[]} */
    const takes = [];
    /** @type {Value[]} */
    const gives = [];
    const places = { in: 0, out: 0 };
    /** @param {Field} field @param {string} prefix @param {boolean} inside of a struct @param {boolean} result @returns {Value} */
    const value = (field, prefix, inside, result) => {
      const path = prefix + field.name;
      const key = path === 'value' ? 'return' : path;
      const array = arrays.get(key);
      if (array) used.add(key);
      const sort = this.#sort(field, Boolean(array), `${name}, ${path}`);
      const none = sort === 'object' && optional.includes(path);
      if (none) used.add(path);
      const all = { sort, name: field.name, path, type: field.type, place: 0, length: field.array, ...array };
      if (none) all.optional = true;
      if (sort === 'struct') {
        const fields = this.header.structs.get(field.type) ?? [];
        // One that is returned by its address may be none: a place says so.
        if (path === 'value' && field.pointers > 0) {
          all.optional = true;
          all.place = places.out++;
        }
        return { ...all, fields: fields.map((each) => value(each, `${path}.`, true, result)) };
      }
      const way = result ? 'out' : 'in';
      all.place = places[way];
      places[way] += placesOf(all, field);
      return { ...all, ...(result && inside && sort === 'array' && { malloced: true }) };
    };
    for (const field of prototype.parameters) {
      if (field.type === 'nb_error' || nulls.includes(field.name) || inferred.includes(field.name)) continue;
      if (field.type === 'size_t' && field.pointers === 1) continue; // beside a file
      const result = this.#isResult(field);
      (result ? gives : takes).push(value(field, '', false, result));
    }
    const { returns } = prototype;
    if (returns.type !== 'nb_status' && !(returns.type === 'void' && returns.pointers === 0))
      gives.push(value({ ...returns, name: 'value' }, '', false, true));
    for (const path of arrays.keys())
      if (!used.has(path)) throw new Error(`bridge.txt, ${name}: there is no array ${path}`);
    for (const path of optional)
      if (!used.has(path)) throw new Error(`bridge.txt, ${name}: there is no object ${path}`);
    return { name, comment: prototype.comment, prototype, takes, gives, nulls, keeps, needs };
  }

  /** @param {Field} field */
  #isResult({ type, pointers, constant }) {
    if (pointers === 0 || constant) return false;
    return pointers === 2 || !this.header.objects.includes(type.slice(3));
  }

  /** @param {Field} field @param {boolean} counted @param {string} where @returns {Sort} */
  #sort({ type, pointers, constant, array }, counted, where) {
    const object = this.header.objects.includes(type.slice(3));
    if (object && pointers > 0) return pointers === 2 ? 'made' : 'object';
    if (this.header.structs.has(type)) return 'struct';
    if (type === 'uint8_t' && pointers === 2) return 'file';
    if (counted) return 'array';
    if (type === 'char' && pointers === 1 && constant) return 'text';
    if (array) return 'list';
    if (pointers === 0 || (pointers === 1 && !constant))
      if (this.header.enums.has(type)) return 'enum';
      else if (sorts[type]) return sorts[type];
    throw new Error(`bridge.txt, ${where}: say how many numbers it holds`);
  }
}

/** @param {string} headerText @param {string} description @returns {Bridge} */
export function readBridge(headerText, description) {
  const header = readHeader(headerText);
  const reader = new Reader(header);
  const lines = description.split('\n').filter((line) => /^\w/.test(line));
  const described = lines.map((line) => reader.read(line));
  // What the core finds by its public name goes by number here; the other enums have the header's names only.
  const names = new Map();
  for (const [type, constants] of header.enums)
    if (
      !header.functions.has(`${type.slice(3)}_find`) &&
      !header.functions.has(`${type.slice(3).replace(/_kind$/, '')}_find`)
    )
      names.set(type, shortNames(constants));
  return { ...header, described, names };
}

/** The bridge as it stands in the sources. */
export const bridgeHere = () =>
  readBridge(
    readFileSync(path.join(root, 'src/noisebook.h'), 'utf8'),
    readFileSync(path.join(root, 'src/api/bridge.txt'), 'utf8'),
  );

/** @param {string} folder @param {string} name @param {string} text */
function write(folder, name, text) {
  const file = path.join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
}

/** @param {string | undefined} folder */
function main(folder) {
  const bridge = bridgeHere();
  if (folder) {
    // CMake looks at the time.
    rmSync(path.join(folder, 'exports.c'), { force: true });
    write(folder, 'exports.c', writeExports(bridge));
    return;
  }
  const here = path.join(root, 'build/bridge');
  write(here, 'exports.c', writeExports(bridge));
  write(here, 'table.js', writeTable(bridge));
  write(here, 'table.d.ts', writeTypes(bridge));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv[2]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
