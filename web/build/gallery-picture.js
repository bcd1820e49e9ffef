/** What a run of the gallery has made, as a picture: points and series as paths in the page's colours, pictures as a small PNG. */

/** @typedef {import('../kernel/studio/protocol.js').Data} Data */

const SIDE = 200;
/** Half the side of the square that points are shown in: they have a deviation of about 1, drawings a little more. */
const REACH = 2.6;
const WAVES = 6;
const COLUMNS = { few: 6, many: 10 };
const GAP = 1;

/** @param {string} body @param {string} alt */
const svg = (body, alt) =>
  `<svg class="made" viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${alt}">${body}</svg>\n`;

/** A path for each class. @param {Float32Array} samples @param {number[] | null} labels */
function dots(samples, labels) {
  const at = (/** @type {number} */ v) => ((SIDE * (v + REACH)) / (2 * REACH)).toFixed(1);
  /** @type {string[]} */
  const paths = [];
  for (let i = 0; i < samples.length / 2; i++) {
    const k = labels?.[i] ?? 0;
    paths[k] = `${paths[k] ?? ''}M${at(samples[2 * i])} ${at(-samples[2 * i + 1])}h0`;
  }
  return paths.map((d, k) => `<path class="dots class-${k}" d="${d}"/>`).join('');
}

/** @param {Float32Array} samples @param {number} length */
function waves(samples, length) {
  const n = Math.min(WAVES, samples.length / length);
  const shown = samples.subarray(0, n * length);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const height = SIDE / n;
  return Array.from({ length: n }, (_, k) => {
    const line = Array.from(shown.subarray(k * length, (k + 1) * length), (v, i) => {
      const y = height * (k + 0.95 - (0.9 * (v - low)) / (high - low));
      return `${((SIDE * i) / (length - 1)).toFixed(1)} ${y.toFixed(1)}`;
    });
    return `<path class="wave" d="M${line.join('L')}"/>`;
  }).join('');
}

/** @param {import('../kernel/core.js').Core} core @param {number[]} shape @param {Float32Array} samples @param {number} columns */
function sheet(core, [channels, height, width], samples, columns) {
  const size = channels * height * width;
  const rows = Math.ceil(samples.length / size / columns);
  const [wide, high] = [columns * (width + GAP) - GAP, rows * (height + GAP) - GAP];
  const pixels = new Uint8Array(3 * wide * high).fill(128);
  for (let i = 0; i < samples.length / size; i++) {
    const [left, top] = [(i % columns) * (width + GAP), Math.floor(i / columns) * (height + GAP)];
    for (let k = 0; k < height * width; k++)
      for (let c = 0; c < 3; c++) {
        const value = samples[i * size + (channels === 3 ? c : 0) * height * width + k];
        const place = (top + Math.floor(k / width)) * wide + left + (k % width);
        pixels[3 * place + c] = Math.round(127.5 * (Math.min(1, Math.max(-1, value)) + 1));
      }
  }
  return core.encode_png(wide, high, pixels);
}

/** @param {import('../kernel/core.js').Core} core @param {Data} data @param {Float32Array} samples @param {number[] | null} labels @returns {string | Uint8Array} an SVG or a PNG */
export function picture(core, { kind, shape }, samples, labels) {
  if (kind === 'points') return svg(dots(samples, labels), 'Points that it made');
  if (kind === 'series') return svg(waves(samples, shape[1]), 'Series that it made, one below the other');
  return sheet(core, shape, samples, shape[1] > 16 ? COLUMNS.few : COLUMNS.many);
}
