/** What a cell hands to lab.table. */
import { listed, named } from '../../figures/parts/values.js';

/** A page with a longer table is not quick any more. */
const MOST_ROWS = 500;

/** @type {import('../../figures/parts/values.js').Check} */
export function tableOf(given, before) {
  const { rows } = before ? named('update', given, ['rows']) : given;
  const list = listed('rows', rows, (row) => {
    if (row === null || typeof row !== 'object')
      throw new TypeError(`a row is an object such as { epoch: 1, loss: 0.5 }, got ${row}`);
    return row;
  });
  return { rows: list.slice(0, MOST_ROWS), more: Math.max(0, list.length - MOST_ROWS) };
}
