/** A control for one setting of the run config. What is not accepted stays as it was typed, with a sentence below it that says what is. */
import { h } from '../../figures/parts/dom.js';

/** @typedef {import('./studio.js').Studio} Studio */
/** @typedef {'data' | 'network' | 'training' | 'sampling'} Section */
/**
 * `name` may have a dot: 'stop.patience'. options: values and what they are called; of a number step and bounds are config.js' matter.
 * @typedef {{section: Section, name: string, label: string, hint?: string, options?: [string, string][], type?: 'number' | 'checkbox'}} Setting
 */

/** @param {any} settings @param {string} name */
const read = (settings, name) => name.split('.').reduce((value, part) => value[part], settings);

/** @param {any} settings @param {string} name @param {unknown} value @returns what is to be patched */
function patchOf(settings, name, value) {
  const [first, second] = name.split('.');
  return { [first]: second ? { ...settings[first], [second]: value } : value };
}

/** @param {Setting} setting @param {string} id */
function controlOf({ options, type = 'number' }, id) {
  if (options) return h('select', { id }, ...options.map(([value, text]) => h('option', { value }, text)));
  return h('input', type === 'checkbox' ? { id, type } : { id, type: 'text', inputmode: 'decimal' });
}

/** What stands in a control. @param {HTMLInputElement | HTMLSelectElement} control */
function typedIn(control) {
  if (control instanceof HTMLSelectElement) return control.value;
  if (control.type === 'checkbox') return control.checked;
  const text = control.value.trim().replace(',', '.');
  return text === '' ? Number.NaN : Number(text);
}

/** @param {Studio} studio @param {Setting} setting @returns {HTMLElement} */
export function createSetting(studio, setting) {
  const { section, name, label, hint } = setting;
  const id = `${section}-${name.replace('.', '-')}`;
  const control = controlOf(setting, id);
  const wrong = h('p', { class: 'setting-wrong', id: `${id}-wrong`, role: 'alert' });
  const now = () => /** @type {any} */ (studio.state.get())[section];

  function show() {
    const value = read(now(), name);
    if (control instanceof HTMLInputElement && control.type === 'checkbox') control.checked = value;
    // What is being typed is left alone.
    else if (typedIn(control) !== value) control.value = String(value);
    control.removeAttribute('aria-invalid');
    wrong.textContent = '';
  }
  control.addEventListener('change', () => {
    try {
      studio.state.set({ [section]: patchOf(now(), name, typedIn(control)) });
      show();
    } catch (error) {
      control.setAttribute('aria-invalid', 'true');
      control.setAttribute('aria-describedby', wrong.id);
      const sentence = error instanceof Error ? error.message : String(error);
      wrong.textContent = `${label}: ${sentence.replace(/^.*: it takes/, 'it takes')}.`;
    }
  });
  studio.state.subscribe((config, before) => {
    if (read(/** @type {any} */ (config)[section], name) !== read(/** @type {any} */ (before)[section], name))
      show();
  });
  show();
  return h(
    'div',
    { class: 'setting' },
    h('label', { for: id }, label),
    control,
    ...(hint ? [h('p', { class: 'setting-hint' }, hint)] : []),
    wrong,
  );
}
