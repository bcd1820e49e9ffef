/** What networks can be made of, as the core's table of layers has it: nothing of it is listed here. */
import { shown } from '../check.js';

/** @typedef {import('../../../build/bridge/table.js').Api} Api */
/** @typedef {import('../../../build/bridge/table.js').Setting} Setting */
/**
 * A layer of the core.
 * @typedef {object} Kind
 * @property {string} name PyTorch's: "Conv2d" for a module, "cat" for a function
 * @property {string} identifier as a function is called: "max_pool2d"
 * @property {Setting[]} settings in PyTorch's order
 * @property {number} least values that it must be given
 * @property {number} most values that it can be given
 * @property {boolean} weights then it is a module only
 */

/** PyTorch's name of the function beside a module: ReLU, relu; MaxPool2d, max_pool2d. @param {string} name */
const identifierOf = (name) => name.replace(/([a-z])([A-Z][a-z])/g, '$1_$2').toLowerCase();

/** Every layer, in the order of the core's table. @param {Api} api @returns {Kind[]} */
export function kindsOf(api) {
  /** @type {Kind[]} */
  const kinds = [];
  for (let i = 0; ; i++) {
    const { name, inputs, optional, weights } = api.layer_describe(i);
    if (name === null) return kinds;
    /** @type {Setting[]} */
    const settings = [];
    for (let s = api.layer_setting(i, 0); s; s = api.layer_setting(i, settings.length)) settings.push(s);
    kinds.push({
      name,
      identifier: identifierOf(name),
      settings,
      least: inputs - optional,
      most: inputs,
      weights,
    });
  }
}

/** Settings by name, { padding: 1 }. @param {unknown} value @returns {value is Record<string, unknown>} */
export const isOptions = (value) =>
  value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;

/** @param {Kind} kind @param {string} name @param {unknown} value @returns {number | string} */
function settingOf(kind, name, value) {
  const words = kind.settings.find((setting) => setting.name === name)?.words?.split(' ');
  if (words) {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw new TypeError(`${kind.name}: ${name} = ${shown(value)}: it takes '${words.join("' or '")}'`);
  }
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${kind.name}: ${name} = ${shown(value)}: it takes a number, or true or false`);
}

/**
 * The arguments of a module or function as the core reads them, "in_features=1 out_features=32": numbers by place, then
 * an object of others by name. What is missing or out of range the core refuses.
 * @param {Kind} kind @param {unknown[]} given @returns {string}
 */
export function settingsText(kind, given) {
  const names = kind.settings.map(({ name }) => name);
  const last = given.at(-1);
  const [places, named] = isOptions(last) ? [given.slice(0, -1), last] : [given, {}];
  const takes = names.join(', ') || 'none';
  if (places.length > names.length)
    throw new TypeError(`${kind.name}: ${places.length} settings, where it takes ${takes}`);
  /** @type {Map<string, number | string>} */
  const values = new Map();
  places.forEach((value, i) => {
    if (value !== undefined) values.set(names[i], settingOf(kind, names[i], value));
  });
  for (const [name, value] of Object.entries(named)) {
    if (!names.includes(name)) throw new TypeError(`${kind.name} has no option "${name}": it takes ${takes}`);
    if (values.has(name)) throw new TypeError(`${kind.name}: ${name} is given twice`);
    if (value !== undefined) values.set(name, settingOf(kind, name, value));
  }
  return Array.from(values, ([name, value]) => `${name}=${value}`).join(' ');
}
