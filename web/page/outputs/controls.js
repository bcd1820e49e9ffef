/** The controls of lab.interact. */
import { h, short } from '../../figures/parts/dom.js';
import { loaded } from './loaded.js';

/**
 * @typedef {object} Spec
 * @property {'slider' | 'choice' | 'file' | 'paint' | 'text'} type
 * @property {any} value @property {string} label
 * @property {number} [min] @property {number} [max] @property {number} [step]
 * @property {boolean} [log] the slider moves the exponent of 10
 * @property {Record<string, string>} [options]
 * @property {string} [accept]
 */

let groups = 0;

/** @param {string} name @param {Spec} spec @param {(value: any) => void} change */
function slider(name, spec, change) {
  const { log = false, min = 0, max = 1 } = spec;
  const toPlace = (/** @type {number} */ v) => (log ? Math.log10(v) : v);
  const output = h('output', { class: 'value' }, short(spec.value));
  const input = h('input', {
    type: 'range',
    min: toPlace(min),
    max: toPlace(max),
    step: log ? 0.01 : spec.step,
    oninput: () => {
      const value = log ? 10 ** Number(input.value) : Number(input.value);
      output.textContent = short(value);
      change(value);
    },
  });
  input.value = String(toPlace(spec.value));
  return h('label', { class: 'control' }, h('span', {}, spec.label || name), input, output);
}

/** @param {string} name @param {Spec} spec @param {(value: any) => void} change */
function choice(name, spec, change) {
  const group = `choice-${++groups}`;
  const options = Object.entries(spec.options ?? {}).map(([value, text]) =>
    h(
      'label',
      {},
      h('input', {
        type: 'radio',
        name: group,
        checked: value === spec.value,
        onchange: () => change(value),
      }),
      h('span', {}, text),
    ),
  );
  return h('fieldset', { class: 'control choice' }, h('legend', {}, spec.label || name), ...options);
}

/** What reads it is loaded for it. @param {string} name @param {Spec} spec @param {(value: any) => void} change */
function file(name, { label, accept }, change) {
  const el = h('div', { class: 'control file' });
  loaded(el, { label: label || name, accept, change }, () => import('./pick.js'));
  return el;
}

/** As a file: its script is long, and few cells need it. @param {string} _name @param {Spec} spec @param {(value: any) => void} change */
function paint(_name, spec, change) {
  const el = h('div', { class: 'control paint' });
  loaded(el, { ...spec, change }, () => import('./paint.js'));
  return el;
}

/** Likewise. @param {string} name @param {Spec} spec @param {(value: any) => void} change */
function text(name, spec, change) {
  const el = h('div', { class: 'control words' });
  loaded(el, { ...spec, label: spec.label || name, change }, () => import('./words.js'));
  return el;
}

/** Moving what stands above makes nothing any more. @param {HTMLElement} area what is below */
export function sayEnded(area) {
  const words = 'The kernel was restarted: run this cell again to move its controls.';
  if (!area.querySelector(':scope > .ended')) area.prepend(h('p', { class: 'ended', role: 'status' }, words));
}

/** @param {HTMLElement} el @param {{controls: Record<string, Spec>}} options @param {(values: Record<string, any>) => void} send */
export function create(el, { controls }, send) {
  /** @type {Record<string, any>} */
  const values = {};
  const kinds = { slider, choice, file, paint, text };
  const list = Object.entries(controls).map(([name, spec]) => {
    const isFile = spec.type === 'file';
    if (!isFile) values[name] = spec.value;
    return kinds[spec.type](name, spec, (value) => {
      // The kernel has a file already when another control moves.
      if (isFile) return send({ ...values, [name]: value });
      values[name] = value;
      send({ ...values });
    });
  });
  const area = h('div', { class: 'outputs' });
  const box = h('div', { class: 'interact' }, h('div', { class: 'knobs' }, ...list), area);
  el.append(box);
  /** What moving them would run has ended. @param {boolean} [tell] */
  function expire(tell = true) {
    for (const each of box.querySelectorAll(':scope > .knobs :is(input, button)'))
      each.setAttribute('disabled', '');
    for (const each of box.querySelectorAll(':scope > .knobs canvas'))
      each.setAttribute('aria-disabled', 'true');
    if (tell) sayEnded(area);
  }
  return { area, expire, update() {}, destroy: () => box.remove() };
}
