/**
 * uPlot without what no chart of the pages has: dates, its own legend, curves, steps and bars. Nothing of it could be left out by
 * itself, since uPlot hands all of it on. What is cut stands here word for word, so that another version fails the build.
 */

/** What stands in uPlot as often as that, and what stands there instead. @type {[string | RegExp, string, number][]} */
const CUTS = [
  ['const FEAT_TIME          = true;', 'const FEAT_TIME = false;', 1],
  [/^const \[ timeIncrs\w+, .*\] = genTimeStuffs\(.*\);$/gm, '', 2],
  [/^\tconst (?:_tzDate|_fmtDate|_timeAxisSplits|_timeAxisVals|_timeSeriesVal) +=.*;$/gm, '', 5],
  [/^\t+let isTime = .*;$/gm, '', 3],
  [/\bisTime\b/g, 'false', 7],
  [/^\tconst showLegend = legend\.show;$/gm, '', 1],
  [/\bshowLegend\b/g, 'false', 9],
  [/\bmode == 2\b/g, 'false', 16],
  [/\bmode == 1\b/g, 'true', 15],
  [/ sc\.distr == 4 \? \w+ : (?=(?:snapNum[XY]|numAxisSplits)\))/g, ' ', 3],
  [/^uPlot\.(?:rangeLog|rangeAsinh|rangeNum|fmtNum|orient|assign) *= \w+;$/gm, '', 6],
  [/^\tuPlot\.(?:fmtDate|tzDate|join|addGap|clipGaps) *= \w+;$/gm, '', 5],
  [/ (?:sc\.)?distr == 100 \? [^:?]+ :/g, '', 2],
  [/^\t\(paths\.(?:stepped|bars|spline) *= \w+\);$/gm, '', 3],
];

/** @param {string} code of uPlot */
export function withoutUnused(code) {
  let left = code;
  for (const [from, to, times] of CUTS) {
    const parts = left.split(from);
    if (parts.length - 1 !== times)
      throw new Error(`uPlot is another: ${from} stands there ${parts.length - 1} times, not ${times}`);
    left = parts.join(to);
  }
  return left;
}

/** The style of its legend and title, and letters that it writes nowhere else: on the canvas they are ours. */
const RULES =
  /\.u-hz \.u-cursor-y, [^{}]*\{[^}]*\}|text-align: center;|\/\*.*?\*\/|font-family: system-ui[^;]*;|\.u-(?:legend|inline|series|title)\b[^{}]*\{[^}]*\}/g;

/** @returns {import('vite').Plugin} */
export const cutUplot = () => ({
  name: 'noisebook-uplot',
  apply: 'build',
  enforce: 'pre',
  transform: {
    filter: { id: /\/uplot\/dist\/uPlot\.(?:esm\.js|min\.css)$/ },
    handler: (code, id) => ({
      code: id.endsWith('.css') ? code.replace(RULES, '') : withoutUnused(code),
      map: null,
    }),
  },
});
