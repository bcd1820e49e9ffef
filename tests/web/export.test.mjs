import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartSvg } from '../../web/figures/chart.js';
import { drawing } from '../../web/figures/network.js';
import { scatterSvg } from '../../web/figures/scatter.js';
import { encodeNpy } from '../../web/page/outputs/npy.js';

const css = (/** @type {string} */ name) => `rgb(${name})`;

test('.npy files as NumPy writes them', () => {
  for (const [shape, data] of /** @type {[number[], Float32Array | Float64Array][]} */ ([
    [[3], new Float32Array([1, 2, 3])],
    [[2, 3], new Float64Array(6)],
    [[10, 1, 28, 28], new Float32Array(7840)],
  ])) {
    const file = encodeNpy(shape, data);
    const view = new DataView(file.buffer);
    const start = 10 + view.getUint16(8, true);
    const header = new TextDecoder('latin1').decode(file.subarray(0, start));
    assert.ok(header.startsWith('\x93NUMPY\x01\x00'));
    assert.equal(start % 64, 0);
    assert.match(header, /'descr': '<f[48]', 'fortran_order': False, 'shape': \([\d, ]+\), \} *\n$/);
    assert.deepEqual(file.subarray(start), new Uint8Array(data.buffer));
  }
  const one = new TextDecoder('latin1').decode(encodeNpy([3], new Float32Array(3)));
  assert.match(one, /'shape': \(3,\)/);
});

test('drawings leave gaps, take logarithms, and escape what cells write', () => {
  const data = [
    [1, 2, 3],
    [1, null, 100],
  ];
  const svg = chartSvg({ title: '<b>&', x: 'step', series: ['loss'], log: true, data }, css);
  assert.match(svg, /&#60;b&#62;&#38;/);
  assert.equal(/points="([^"]*)"/.exec(svg)?.[1].split(' ').length, 2);
  assert.doesNotMatch(svg, /NaN|Infinity/);
  const empty = chartSvg({ x: 'step', series: ['loss'], data: [[], []] }, css);
  assert.doesNotMatch(empty, /NaN|Infinity/);
  const heights = (/** @type {any} */ more) =>
    /points="([^"]*)"/.exec(chartSvg({ x: 'step', series: ['loss'], data, ...more }, css))?.[1];
  assert.notEqual(heights({ range: [0, 200] }), heights({}), 'an axis of its own');
  const dots = chartSvg(
    {
      x: 'a',
      series: ['<i>', 'two'],
      dots: true,
      data: [
        [1, 2],
        [3, null],
        [null, 4],
      ],
    },
    css,
  );
  assert.equal(dots.match(/<circle/g)?.length, 2);
  assert.match(dots, />&#60;i&#62;</);
  assert.doesNotMatch(dots, /<polyline|NaN/);
  const points = [0, 0, 9, 9, Number.NaN, 1];
  assert.equal(scatterSvg({ panels: [{ sets: [{ points }] }] }, css).match(/h0/g)?.length, 1);
});

test('a network is drawn at any width, with its skips on or off', () => {
  const shapes = { down1: [8, 16], down2: [16, 8], bottleneck: [16, 4], up2: [16, 8], up1: [8, 16] };
  const layers = Object.entries(shapes).map(([name, [c, s]]) => ({ name, shape: [c, s, s] }));
  const options = {
    input: [1, 16, 16],
    layers: [{ name: 'time_emb', shape: [128] }, ...layers],
    skips: true,
  };
  for (const width of [280, 720]) {
    const { parts, height } = drawing(options, css, width);
    const text = parts.join('');
    assert.ok(height < 400);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
    assert.equal(text.match(/<rect/g)?.length, 7);
    assert.equal(text.match(/>skip</g)?.length, 2);
    for (const [, x] of text.matchAll(/<rect x="([-\d.]+)"/g)) assert.ok(Number(x) >= 0 && Number(x) < width);
  }
  const off = drawing({ ...options, skips: false }, css).parts.join('');
  assert.equal(off.match(/skip off/g)?.length, 2);
  assert.equal(off.match(/stroke-dasharray/g)?.length, 2);
});
