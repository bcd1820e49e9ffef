/** U-Nets as lab.nn code: for pictures, and the same along one axis for series. */

/** @typedef {import('./config.js').RunConfig} RunConfig */

/** What differs between a plane and a line. */
const AXES = {
  unet: { Conv: 'Conv2d', pool: 'avg_pool2d(2)', up: "upsample({ mode: 'bilinear' })", input: '' },
  unet1d: {
    Conv: 'Conv1d',
    pool: 'max_pool1d(2)',
    up: "upsample({ mode: 'linear' })",
    input: ", axes: 'series'",
  },
};
/** GroupNorm's, as in the lessons. */
const GROUPS = 8;

/** How often each side can be halved. @param {number[]} sides */
const halvings = (sides) => Math.min(...sides.map((side) => Math.clz32(1) - Math.clz32(side & -side)));

/** The levels that samples of this shape have at most. @param {number[]} shape */
export const mostLevels = (shape) => halvings(shape.slice(1)) + 1;

/** @param {number[]} shape @param {{width: number, depth: number}} network */
function check(shape, { width, depth }) {
  const most = mostLevels(shape);
  if (width % GROUPS !== 0)
    throw new RangeError(`network.width = ${width}: a U-Net takes a multiple of ${GROUPS}`);
  if (depth > most)
    throw new RangeError(
      `network.depth = ${depth}: samples of ${shape.slice(1).join('x')} can be halved ${most === 1 ? 'not at all' : most === 2 ? 'once' : `${most - 1} times`}, so it takes ${most === 1 ? '1' : `1 to ${most}`}`,
    );
}

/** @param {RunConfig} config @param {boolean} known whether it is told the class @param {string} act the activation's method */
export function unetCode({ data: { shape, classes }, network }, known, act) {
  check(shape, network);
  const { Conv, pool, up, input } = AXES[/** @type {keyof typeof AXES} */ (network.kind)];
  const widths = Array.from({ length: network.depth }, (_, i) => network.width * 2 ** Math.min(i, 2));
  const attention = network.attention
    ? `class Attention extends nn.Module {
  constructor(n) {
    super();
    this.norm = nn.GroupNorm(${GROUPS}, n);
    this.qkv = nn.${Conv}(n, 3 * n, 1);
    this.proj = nn.${Conv}(n, n, 1);
  }
  forward(x) {
    return this.proj(nn.attention(this.qkv(this.norm(x)))).add(x);
  }
}
`
    : '';
  return `const { nn } = lab;
class Block extends nn.Module {
  constructor(n, m) {
    super();
    this.norm1 = nn.GroupNorm(${GROUPS}, n);
    this.conv1 = nn.${Conv}(n, m, 3, { padding: 1 });
    this.time = nn.Linear(128, m);
    this.norm2 = nn.GroupNorm(${GROUPS}, m);
    this.conv2 = nn.${Conv}(m, m, 3, { padding: 1 });
    this.shortcut = n === m ? nn.Identity() : nn.${Conv}(n, m, 1);
  }
  forward(x, t) {
    const h = this.conv1(this.norm1(x).${act}()).add(this.time(t));
    return this.conv2(this.norm2(h).${act}()).add(this.shortcut(x));
  }
}
${attention}class UNet extends nn.Module {
  constructor(channels, widths) {
    super();
    const outer = widths.slice(0, -1), inner = widths.at(-1);
    this.time = nn.Linear(64, 128);
${known ? `    this.label = nn.Embedding(${classes.length} + 1, 128);  // the last row: no class\n` : ''}    this.mix = nn.Linear(128, 128);
    this.in_conv = nn.${Conv}(channels, widths[0], 3, { padding: 1 });
    this.down = nn.ModuleList(outer.map((n, i) => new Block(widths[Math.max(0, i - 1)], n)));
    this.middle1 = new Block(outer.at(-1) ?? inner, inner);
${network.attention ? '    this.attention = new Attention(inner);\n' : ''}    this.middle2 = new Block(inner, inner);
    this.narrow = nn.ModuleList(outer.map((n, i) => nn.${Conv}(widths[i + 1], n, 1)));
    this.up = nn.ModuleList(outer.map((n) => new Block(n, n)));
    this.out_norm = nn.GroupNorm(${GROUPS}, widths[0]);
    this.out_conv = nn.${Conv}(widths[0], channels, 3, { padding: 1 });
  }
  forward(x, t${known ? ', label' : ''}) {
    t = this.time(nn.sinusoidal(t, 64))${known ? '.add(this.label(label))' : ''};
    t = this.mix(t.${act}()).${act}();
    let h = this.in_conv(x);
    const kept = [];
    for (const block of this.down) {
      h = block(h, t);
      kept.push(h);
      h = h.${pool};
    }
    h = this.middle1(h, t);
${network.attention ? '    h = this.attention(h);\n' : ''}    h = this.middle2(h, t);
    for (let i = kept.length - 1; i >= 0; i--)
      h = this.up[i](this.narrow[i](h).${up}.add(kept[i]), t);
    return this.out_conv(this.out_norm(h).${act}());
  }
}
lab.model(new UNet(${shape[0]}, [${widths.join(', ')}]), {
  x: ${input ? `{ shape: [${shape.join(', ')}]${input} }` : `[${shape.join(', ')}]`}, t: 'timestep'${known ? `, label: { classes: ${classes.length} }` : ''},
});`;
}
