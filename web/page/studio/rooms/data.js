/** The data room: what is learned. */
import { h } from '../../../figures/parts/dom.js';
import { countOf } from '../../../kernel/studio/dataset.js';
import { SHIPPED } from '../../../kernel/studio/shipped.js';
import { readAsset } from '../../kernel/assets.js';
import { PRESETS, pointsOf } from '../../play/shapes.js';
import { drawn } from '../arrival.js';
import { droppedFiles } from '../data/dropped.js';
import { isField, pastedIn } from '../data/paste.js';
import { LEAST_ROWS } from '../data/samples.js';
import { openFile } from '../open/doors.js';
import { createShow } from '../show.js';

/** @typedef {import('../studio.js').Studio} Studio */
/** @typedef {import('../studio.js').Dataset} Dataset */
/** @typedef {import('../data/samples.js').Read} Read */
/** @typedef {import('../data/dropped.js').Found} Found */
/** What a part of the room gets, which is loaded when it is opened. @typedef {{studio: Studio, take: (make: () => Promise<Read | null>) => Promise<void>, read: (files: Found[]) => Promise<Read | null>}} Host */

/** Fewer are too few to learn from, whatever the settings; and of one class. */
const FEW = 100;
const FEW_OF_CLASS = 20;
const SIDES = [8, 16, 24, 32];

/** @param {string} name @returns {Dataset} */
const preset = (name) => drawn(pointsOf(PRESETS[name].strokes), PRESETS[name].title);

const PLACES = 5;

/** What there is too little of. @param {Dataset} dataset @returns {string} */
function warningOf({ values, shape, labels, classes }) {
  const few =
    countOf({ values, shape }) < FEW
      ? ` That is little: with fewer than ${FEW} a model mostly repeats what it has seen.`
      : '';
  if (!labels) return few;
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label]++;
  const rare = classes.flatMap((name, k) => (counts[k] < FEW_OF_CLASS ? [`${name} (${counts[k]})`] : []));
  if (rare.length === 0) return few;
  const named = `${rare.slice(0, PLACES).join(', ')}${rare.length > PLACES ? ` and ${rare.length - PLACES} more` : ''}`;
  return `${few} Fewer than ${FEW_OF_CLASS} there are of ${named}: too little to learn a class from.`;
}

/** What there is to know of a data set before it is trained on. @param {Read} dataset */
function summaryOf(dataset) {
  const { name, kind, shape, values, classes, held, transform, note } = dataset;
  const count = countOf({ values, shape });
  const { offset, scale } = transform;
  let [low, high] = [Infinity, -Infinity];
  const axes = Array.isArray(offset) ? offset : [offset];
  const scales = Array.isArray(scale) ? scale : [scale];
  // Not by entries(): there may be millions.
  for (let i = 0; i < values.length; i++) {
    const own = values[i] * scales[i % scales.length] + axes[i % axes.length];
    if (own < low) low = own;
    if (own > high) high = own;
  }
  const of = {
    points: 'points',
    pictures: `pictures of ${shape.slice(1).join('x')}${shape[0] === 3 ? ' in colour' : ''}`,
    series: `series of ${shape.at(-1)}`,
  };
  const moved = Array.isArray(offset) ? ', drawn here with mean 0 and deviation 1' : '';
  const range = `, values from ${low.toPrecision(3)} to ${high.toPrecision(3)}${moved}`;
  const some = classes.slice(0, 10).join(', ');
  const sorts = classes.length
    ? `, ${classes.length} classes (${some}${classes.length > 10 ? ', …' : ''})`
    : '';
  return `${name}: ${count.toLocaleString('en')} ${of[kind]}${range}${sorts}; ${held.toLocaleString('en')} of them are held out.${warningOf(dataset)}${note ? ` ${note}` : ''}`;
}

class DataRoom {
  #words = h('p', { role: 'status', class: 'data-words' });
  #side = h(
    'select',
    { 'aria-label': 'Side of a picture' },
    ...SIDES.map((side) => h('option', { value: side, selected: side === 16 }, `${side} x ${side}`)),
  );
  #colour = h('input', { type: 'checkbox', id: 'data-colour' });
  #panels = h('div');
  /** What was asked for last: what comes late of anything else is left. */
  #asked = 0;
  /** Pictures that were pasted: they come one at a time. @type {Found[]} */
  #pasted = [];

  /** @param {HTMLElement} root @param {Studio} studio */
  constructor(root, studio) {
    this.studio = studio;
    const place = h('div', { class: 'data-shown' });
    root.append(
      this.#row(
        'Points',
        Object.entries(PRESETS)
          .map(([name, { title }]) => this.#button(title, async () => preset(name)))
          .concat(this.#shipped('points')),
      ),
      this.#row('Pictures', this.#shipped('pictures')),
      this.#row('Series', this.#shipped('series')),
      this.#own(root),
      this.#panels,
      this.#words,
      place,
    );
    const show = createShow(place);
    studio.on('dataset', () => {
      const { dataset } = studio;
      if (!dataset) return;
      this.#words.textContent = summaryOf(dataset);
      const names = dataset.labels
        ? Array.from(dataset.labels, (label) => dataset.classes[label])
        : undefined;
      show(dataset, dataset.values, dataset.name, names);
    });
  }

  /** @param {string} title @param {HTMLElement[]} buttons */
  #row(title, buttons) {
    return h(
      'div',
      { class: 'row data-row', role: 'group', 'aria-label': title },
      h('span', { class: 'data-kind' }, title),
      ...buttons,
    );
  }

  /** @param {string} title @param {() => Promise<Read | null>} make */
  #button(title, make) {
    return h('button', { type: 'button', onclick: () => this.#take(make) }, title);
  }

  /** A part of the room: its button opens it, below all buttons. @param {string} title @param {() => Promise<{create: (root: HTMLElement, host: Host) => void | (() => void)}>} load create gives what is to be called when it is closed */
  #panel(title, load) {
    const id = `data-${title.toLowerCase().replaceAll(' ', '-')}`;
    const place = h('div', { class: 'data-panel', role: 'group', 'aria-label': title, id, hidden: true });
    this.#panels.append(place);
    const host = {
      studio: this.studio,
      take: (/** @type {() => Promise<Read | null>} */ make) => this.#take(make),
      read: (/** @type {Found[]} */ files) => this.#read(files),
    };
    /** @type {void | (() => void)} */
    let close;
    const open = async () => {
      place.hidden = !place.hidden;
      button.setAttribute('aria-expanded', String(!place.hidden));
      if (place.hidden) close?.();
      if (place.hasChildNodes() || place.hidden) return;
      try {
        const { create } = await load();
        if (!place.hasChildNodes()) close = create(place, host);
      } catch {
        place.hidden = true;
        button.setAttribute('aria-expanded', 'false');
        this.studio.tell(`“${title}” could not be loaded. Check the connection and try again.`);
      }
    };
    const button = h(
      'button',
      { type: 'button', 'aria-expanded': 'false', 'aria-controls': id, onclick: open },
      title,
    );
    return button;
  }

  /** @param {Dataset['kind']} kind */
  #shipped(kind) {
    return Object.entries(SHIPPED)
      .filter(([, shipped]) => shipped.kind === kind)
      .map(([name, { title, file }]) =>
        this.#button(title, async () =>
          this.studio.worker.ask({ type: 'shipped', name, file: file ? await readAsset(file) : null }),
        ),
      );
  }

  /** The reader's own: files chosen or dropped. @param {HTMLElement} root */
  #own(root) {
    const chosen = (/** @type {HTMLInputElement} */ input) => () => {
      const files = [...(input.files ?? [])];
      input.value = '';
      const found = files.map((file) => ({
        file,
        folder: file.webkitRelativePath.split('/').slice(0, -1).at(-1) ?? '',
      }));
      if (files.length) this.#take(() => this.#read(found));
    };
    const files = h('input', {
      type: 'file',
      multiple: true,
      hidden: true,
      accept: '.csv,.tsv,.txt,.npy,.zip,image/*',
    });
    const folder = h('input', { type: 'file', multiple: true, hidden: true });
    folder.webkitdirectory = true;
    files.onchange = chosen(files);
    folder.onchange = chosen(folder);
    root.addEventListener('dragover', (event) => event.preventDefault());
    root.addEventListener('drop', (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer && droppedFiles(event.dataTransfer);
      if (dropped) this.#take(async () => this.#read(await dropped));
    });
    addEventListener('paste', (event) => this.#paste(event));
    return h(
      'div',
      { class: 'data-own' },
      this.#row('Your own', [
        this.#panel('Draw points', () => import('../data/board.js')),
        this.#panel('Draw sprites', () => import('../data/sprites.js')),
        this.#panel('Camera', () => import('../data/camera.js')),
        h('button', { type: 'button', onclick: () => files.click() }, 'Open files'),
        h('button', { type: 'button', onclick: () => folder.click() }, 'Open a folder of pictures'),
        files,
        folder,
        h(
          'span',
          { class: 'data-wish' },
          this.#side,
          h('label', { for: 'data-colour' }, this.#colour, ' colour'),
        ),
      ]),
      h(
        'p',
        { class: 'data-hint' },
        'Drop them here, or paste them. A .csv or .npy has a point or a series a row; a .csv may have a column of labels, and a second .npy has them. Pictures, also in a .zip, are cropped to a square and made small; folders are classes. Nothing leaves this machine.',
      ),
    );
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const pasted = event.clipboardData && !isField(event.target) ? pastedIn(event.clipboardData) : null;
    if (!pasted) return;
    event.preventDefault();
    if ('text' in pasted) {
      const file = new File([pasted.text], 'Pasted table.csv');
      return this.#take(() => this.#read([{ file, folder: '' }]));
    }
    const found = pasted.files.map((file) => ({ file, folder: '' }));
    if (!pasted.files.every(({ type }) => type.startsWith('image/')))
      return this.#take(() => this.#read(found));
    this.#pasted.push(...found);
    const missing = LEAST_ROWS - this.#pasted.length;
    if (missing > 0)
      return this.studio.tell(`Pasted pictures: ${this.#pasted.length}, and ${missing} more make data.`);
    const all = [...this.#pasted];
    return this.#take(() => this.#read(all));
  }

  /** @param {Found[]} files @returns {Promise<Read | null>} */
  async #read(files) {
    const { readData } = await import('../data/read_data.js');
    return readData(files, {
      side: Number(this.#side.value),
      channels: this.#colour.checked ? 3 : 1,
      told: (sentence) => this.studio.tell(sentence),
      openRun: (file) => openFile(this.studio, file),
    });
  }

  /** What cannot be taken is told, and the data stay as they were; so they do where others were taken meanwhile. @param {() => Promise<Read | null>} make */
  async #take(make) {
    const turn = ++this.#asked;
    const before = this.studio.dataset;
    // What is kept from before a reload counts as there already.
    const isLate = () => turn !== this.#asked || (before !== null && before !== this.studio.dataset);
    try {
      const dataset = await make();
      if (dataset && !isLate()) await this.studio.setDataset(dataset);
    } catch (error) {
      if (turn !== this.#asked) return;
      this.studio.tell(`Not taken: ${error instanceof Error ? error.message : error}.`);
    }
  }
}

/** @param {HTMLElement} root @param {Studio} studio */
export const setUpDataRoom = (root, studio) => void new DataRoom(root, studio);
