// What JavaScript knows of the exported functions: a table for web/kernel/bridge.js, and types for tsc.

/** @typedef {import('./bridge.mjs').Bridge} Bridge */
/** @typedef {import('./bridge.mjs').Described} Described */
/** @typedef {import('./bridge.mjs').Value} Value */

const arrays = /** @type {Record<string, [string, string]>} */ ({
  float: ['f32', 'Float32Array'],
  double: ['f64', 'Float64Array'],
  int: ['i32', 'Int32Array'],
  int32_t: ['i32', 'Int32Array'],
  uint8_t: ['u8', 'Uint8Array'],
});
const wholes = /** @type {Record<string, string>} */ ({
  int: 'int',
  int32_t: 'int',
  uint32_t: 'uint',
  int64_t: 'long',
});

/** nb_train_report as TrainReport. @param {string} type */
const className = (type) =>
  type
    .slice(3)
    .split('_')
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');

/** "name:type" as bridge.js reads it; a struct is [name, ...fields]. @param {Bridge} bridge @param {Value} value @returns {unknown} */
function code(bridge, value) {
  const { sort, type, optional } = value;
  const name = value.name + (optional ? '?' : '');
  if (sort === 'struct') return [name, ...(value.fields ?? []).map((field) => code(bridge, field))];
  if (sort === 'object' || sort === 'made') return `${name}:${type.slice(3)}`;
  if (sort === 'array') return `${name}:${arrays[type][0]}`;
  if (sort === 'whole') return `${name}:${wholes[type]}`;
  if (sort === 'list') return `${name}:list${value.length ?? 4}`;
  if (sort === 'enum') return `${name}:${bridge.names.has(type) ? `${type.slice(3)}` : 'enum'}`;
  return `${name}:${sort}`;
}

/** @param {Bridge} bridge */
export function writeTable(bridge) {
  const { described, objects, names } = bridge;
  const functions = described.map(
    ({ name, takes, gives }) =>
      `  ${name}: ${JSON.stringify([takes.map((each) => code(bridge, each)), gives.map((each) => code(bridge, each))])},\n`,
  );
  const lists = [...names].map(([type, list]) => `  ${type.slice(3)}: ${JSON.stringify(list)},\n`);
  return `// Written by web/build/bridge.mjs from src/noisebook.h and src/api/bridge.txt.
/** Kinds of objects. */
export const OBJECTS = ${JSON.stringify(objects)};
/** Enums that go by the header's names. */
export const NAMES = {
${lists.join('')}};
/** What each function takes and gives. */
export const FUNCTIONS = {
${functions.join('')}};
`;
}

/** @param {Bridge} bridge @param {Value} value @param {boolean} [given] @returns {string} */
function typeOf(bridge, { sort, type, optional }, given = false) {
  // A result is a copy, in memory of its own.
  const own = given ? '<ArrayBuffer>' : '';
  if (sort === 'object' || sort === 'made') return `Id<'${type.slice(3)}'>`;
  if (sort === 'struct') return className(type) + (optional ? ' | null' : '');
  if (sort === 'array') return arrays[type][1] + own;
  if (sort === 'file') return `Uint8Array${own}`;
  if (sort === 'text') return 'string';
  if (sort === 'bool') return 'boolean';
  if (sort === 'list') return 'number[]';
  if (sort === 'enum') return bridge.names.has(type) ? `${className(type)}` : `Number_of<'${type.slice(3)}'>`;
  return 'number';
}

/** @param {Bridge} bridge @param {Value} value @param {boolean} [given] */
const member = (bridge, value, given = false) =>
  `${value.name}${value.optional ? '?' : ''}: ${typeOf(bridge, value, given)}${value.optional ? ' | null' : ''}`;

/** @param {Bridge} bridge @param {Value[]} gives */
function resultType(bridge, gives) {
  if (gives.length === 0) return 'void';
  if (gives.length === 1) return typeOf(bridge, gives[0], true);
  return `{ ${gives.map((each) => member(bridge, each, true)).join('; ')} }`;
}

/** Structs that are taken or given, with their fields. @param {Bridge} bridge */
function interfaces(bridge) {
  /** @type {Map<string, Value>} */
  const found = new Map();
  for (const { takes, gives } of bridge.described)
    for (const value of [...takes, ...gives]) if (value.sort === 'struct') found.set(value.type, value);
  return [...found].map(([type, { fields = [] }]) => {
    const lines = fields.map((field) => `  ${member(bridge, field)};\n`);
    return `export interface ${className(type)} {\n${lines.join('')}}\n`;
  });
}

/** @param {Bridge} bridge */
export function writeTypes(bridge) {
  const unions = [...bridge.names].map(
    ([type, list]) => `export type ${className(type)} = ${list.map((each) => `'${each}'`).join(' | ')};\n`,
  );
  const methods = bridge.described.map((f) => {
    // What may be left out can be null, as something that must be there may follow.
    const parameters = f.takes.map((each) => member(bridge, each).replace('?:', ':'));
    const comment = f.comment ? `  /** ${f.comment} */\n` : '';
    return `${comment}  ${f.name}(${parameters.join(', ')}): ${resultType(bridge, f.gives)};\n`;
  });
  return `// Written by web/build/bridge.mjs from src/noisebook.h and src/api/bridge.txt.
declare const kind: unique symbol;
/** The handle of an object of the core. */
export type Id<K extends string> = number & { readonly [kind]: K };
/** A value of an enum that the core names: X_find gives it. */
export type Number_of<E extends string> = number & { readonly [kind]: E };
${unions.join('')}
${interfaces(bridge).join('\n')}
/** The functions of src/noisebook.h that pages call, without nb_; a failure throws what nb_error says. */
export interface Api {
${methods.join('')}}
export const OBJECTS: string[];
export const NAMES: Record<string, string[]>;
export type Code = string | [string, ...string[]];
export const FUNCTIONS: Record<string, [Code[], Code[]]>;
`;
}
