/** The studio's network, and its data where they are few, as the cells of the final challenge that are the reader's to fill in. */
import { numbersIn, trainedOn } from '../dataset.js';
import { codeFor } from '../network.js';
import { modelCallOf } from './notebook.js';

/** @typedef {import('../config.js').RunConfig} RunConfig */
/** @typedef {import('../protocol.js').Data} Data */

/** What a link may bring for a cell (page/share/share.js). */
const MOST_CHARACTERS = 100_000;
const DIGITS = 4;

/** Samples in lines, as a tensor. @param {Data} data @param {number} from @param {number} to */
function tensorOf({ values, shape }, from, to) {
  const size = numbersIn(shape);
  const numbers = Array.from(values.subarray(from * size, to * size), (v) => Number(v.toPrecision(DIGITS)));
  return `lab.tensor([${[to - from, ...shape].join(', ')}], [${numbers.join(',')}])`;
}

/** @param {Data} data @returns {string} '' where they are too many for a link, or have no classes */
function dataCell(data) {
  const n = trainedOn(data);
  if (!data.labels || data.values.length > MOST_CHARACTERS / 2) return '';
  const text = `// From the studio: ${DIGITS} digits of each number.
const mine = {
  data: ${tensorOf(data, 0, n)},
  fresh: ${tensorOf(data, n, n + data.held)},
  labels: [${data.labels.slice(0, n).join(',')}],
  names: ${JSON.stringify(data.classes)},
};`;
  return text.length <= MOST_CHARACTERS ? text : '';
}

/** @param {RunConfig} config @param {Data | null} data */
function networkCell(config, data) {
  const [before, call] = modelCallOf(codeFor(config));
  const { shape, labels } = config.data;
  const notes = [
    `// From the studio: a network for samples of shape [${shape.join(', ')}].`,
    ...(labels === null ? ['// It knows no classes, and the challenge asks for some.'] : []),
    ...(data ? [] : ['// Its data stay in the studio: choose some of this shape above.']),
  ];
  return `${notes.join('\n')}
${before}function my_network() {
  return ${call.replaceAll('\n', '\n  ')}
}
lab.network(my_network(), { title: 'My network' });`;
}

/** By the names of its cells; throws a sentence. @param {RunConfig} config @param {Data | null} data @returns {Record<string, string>} */
export function challengeCells(config, data) {
  const mine = data ? dataCell(data) : '';
  return {
    ...(mine && { 'my-data': mine }),
    'my-network': networkCell(config, mine ? data : null),
  };
}
