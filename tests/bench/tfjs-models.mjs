// The course's networks in TensorFlow.js. Its WebAssembly backend has no gradient for the filter of a convolution, takes
// slow loops for products with a transposed matrix, and is wrong about the gradients of max pooling and of a resize with
// half-pixel centres: these, and group normalization, are written here from its fastest operations. Pictures are NHWC.

/** @type {any} */
const tf = /** @type {any} */ (globalThis).tf;

/** @typedef {any} Tensor */
/** @typedef {Record<string, Tensor>} Weights by PyTorch's names, in the layouts of TensorFlow.js */

// ---- Operations --------------------------------------------------------------------------------------------

/** Sums over all axes but the last. @param {Tensor} dy */
const sumRows = (dy) => {
  const rows = dy.size / dy.shape.at(-1);
  return tf.matMul(tf.ones([1, rows]), dy.reshape([rows, -1])).reshape([-1]);
};

/** x (n, in), w (in, out), b (out). @type {(x: Tensor, w: Tensor, b: Tensor) => Tensor} */
const dense = tf.customGrad(
  (/** @type {Tensor} */ x, /** @type {Tensor} */ w, /** @type {Tensor} */ b, /** @type {any} */ save) => {
    save([x, w]);
    const gradFunc = (/** @type {Tensor} */ dy, /** @type {Tensor[]} */ [x, w]) => [
      tf.matMul(dy, w.transpose()),
      tf.matMul(x.transpose(), dy),
      sumRows(dy),
    ];
    return { value: tf.fused.matMul({ a: x, b: w, bias: b }), gradFunc };
  },
);

/**
 * A convolution of odd size, stride 1, same size: x (n, h, w, in), filter (k, k, in, out). The gradient of its filter is
 * itself a convolution, with samples and channels swapped and the gradient of the output as a large filter.
 * @type {(x: Tensor, filter: Tensor, b: Tensor) => Tensor}
 */
const conv = tf.customGrad(
  (
    /** @type {Tensor} */ x,
    /** @type {Tensor} */ filter,
    /** @type {Tensor} */ b,
    /** @type {any} */ save,
  ) => {
    save([x, filter]);
    const gradFunc = (/** @type {Tensor} */ dy, /** @type {Tensor[]} */ [x, filter]) => {
      const turned = filter.shape[0] === 1 ? filter : filter.reverse([0, 1]);
      const edge = (filter.shape[0] - 1) / 2;
      const rim = [edge, edge];
      const swapped = tf.pad(x, [[0, 0], rim, rim, [0, 0]]).transpose([3, 1, 2, 0]);
      return [
        tf.conv2d(dy, turned.transpose([0, 1, 3, 2]), 1, 'same'),
        tf.conv2d(swapped, dy.transpose([1, 2, 0, 3]), 1, 'valid').transpose([1, 2, 0, 3]),
        sumRows(dy),
      ];
    };
    return { value: tf.fused.conv2d({ x, filter, bias: b, strides: 1, pad: 'same' }), gradFunc };
  },
);

/**
 * GroupNorm of 8 groups: the sums over pixels are products with a row of ones.
 * @type {(x: Tensor, gamma: Tensor, beta: Tensor) => Tensor}
 */
const groupNorm = tf.customGrad(
  (
    /** @type {Tensor} */ x,
    /** @type {Tensor} */ gamma,
    /** @type {Tensor} */ beta,
    /** @type {any} */ save,
  ) => {
    const [n, height, width, channels] = x.shape;
    const pixels = height * width;
    const flat = [n, pixels, channels];
    const overPixels = (/** @type {Tensor} */ v) => tf.matMul(tf.ones([n, 1, pixels]), v.reshape(flat));
    /** The mean over each group, for each of its channels. */
    const overGroup = (/** @type {Tensor} */ v) => {
      const size = channels / 8;
      const means = v.reshape([n, 8, size]).mean(2, true).div(pixels);
      return means.tile([1, 1, size]).reshape([n, 1, channels]);
    };
    const mean = overGroup(overPixels(x));
    const rstd = overGroup(overPixels(x.square())).sub(mean.square()).add(1e-5).rsqrt();
    const scale = rstd.mul(gamma);
    save([x, gamma, mean, rstd]);
    const gradFunc = (/** @type {Tensor} */ dy, /** @type {Tensor[]} */ [x, gamma, mean, rstd]) => {
      const dBeta = overPixels(dy);
      const dGamma = overPixels(dy.mul(x)).sub(mean.mul(dBeta)).mul(rstd);
      const [first, second] = [overGroup(dBeta.mul(gamma)), overGroup(dGamma.mul(gamma))];
      const slope = rstd.square().mul(second).neg();
      const shift = rstd.mul(first).add(mean.mul(slope)).neg();
      const dx = dy.reshape(flat).mul(rstd.mul(gamma)).add(x.reshape(flat).mul(slope)).add(shift);
      return [dx.reshape(x.shape), dGamma.sum([0, 1]), dBeta.sum([0, 1])];
    };
    const value = x
      .reshape(flat)
      .mul(scale)
      .add(beta.sub(mean.mul(scale)))
      .reshape(x.shape);
    return { value, gradFunc };
  },
);

/** The first and the last slice of an axis once more. @param {Tensor} x @param {number} axis */
function repeatEnds(x, axis) {
  const [first, last] = [0, x.shape[axis] - 1].map((at) => {
    const begin = x.shape.map((/** @type {number} */ _, /** @type {number} */ i) => (i === axis ? at : 0));
    const size = x.shape.map((/** @type {number} */ whole, /** @type {number} */ i) =>
      i === axis ? 1 : whole,
    );
    return tf.slice(x, begin, size);
  });
  return tf.concat([first, x, last], axis);
}

/**
 * Twice the size by bilinear interpolation. Backward each pixel gathers 1/4, 3/4, 3/4, 1/4 in both directions, with the
 * rim once more (by slices: mirrorPad is slow).
 * @type {(x: Tensor) => Tensor}
 */
const upsample = tf.customGrad((/** @type {Tensor} */ x) => {
  const [, height, width, channels] = x.shape;
  const gradFunc = (/** @type {Tensor} */ dy) => {
    const line = tf.tensor1d([0.25, 0.75, 0.75, 0.25]);
    const stencil = tf.outerProduct(line, line).reshape([4, 4, 1, 1]).tile([1, 1, channels, 1]);
    return tf.depthwiseConv2d(repeatEnds(repeatEnds(dy, 1), 2), stencil, 2, 'valid');
  };
  return { value: tf.image.resizeBilinear(x, [2 * height, 2 * width], false, true), gradFunc };
});

/**
 * The largest of each 2x2, backward to where it stands (or to both of two equals, which never come up here).
 * @type {(x: Tensor) => Tensor}
 */
const maxPool = tf.customGrad((/** @type {Tensor} */ x, /** @type {any} */ save) => {
  const value = tf.maxPool(x, 2, 2, 'valid');
  save([x, value]);
  const twice = (/** @type {Tensor} */ v) => tf.image.resizeNearestNeighbor(v, x.shape.slice(1, 3));
  const gradFunc = (/** @type {Tensor} */ dy, /** @type {Tensor[]} */ [x, value]) =>
    tf.cast(tf.equal(x, twice(value)), 'float32').mul(twice(dy));
  return { value, gradFunc };
});

// ---- Networks ----------------------------------------------------------------------------------------------

/** @param {Weights} p @param {string} name @param {Tensor} x */
const linear = (p, name, x) => dense(x, p[`${name}.weight`], p[`${name}.bias`]);

/** @param {Weights} p @param {string} name @param {Tensor} x */
const convolve = (p, name, x) => conv(x, p[`${name}.weight`], p[`${name}.bias`]);

/** @param {Weights} p @param {string} name @param {Tensor} x */
const normalize = (p, name, x) => groupNorm(x, p[`${name}.weight`], p[`${name}.bias`]);

/** @param {Tensor} vector (n, channels) */
const overImage = (vector) => vector.reshape([vector.shape[0], 1, 1, -1]);

/** Four layers with ReLU between them. @param {Weights} p @param {Tensor} x */
function fourLayers(p, x) {
  let h = linear(p, 'net.0', x);
  for (const name of ['net.2', 'net.4', 'net.6']) h = linear(p, name, h.relu());
  return h;
}

/** @param {Weights} p @param {Tensor} t (n, 1) */
const embedTime = (p, t) => linear(p, 'time_embed.2', linear(p, 'time_embed.0', t).relu());

/** Sines, then cosines, of t / 10000^(i / half). @param {Tensor} t (n, 1) @param {number} features */
function sinusoid(t, features) {
  const half = features / 2;
  const steps = tf
    .range(0, half)
    .mul(-Math.log(10000) / half)
    .exp();
  const angle = t.mul(steps);
  return tf.concat([angle.sin(), angle.cos()], 1);
}

/** @param {Weights} p @param {string} name @param {Tensor} x @param {Tensor} time */
function block(p, name, x, time) {
  let h = normalize(p, `${name}.norm1`, convolve(p, `${name}.conv1`, x)).relu();
  h = h.add(overImage(linear(p, `${name}.time_emb`, time)));
  h = normalize(p, `${name}.norm2`, convolve(p, `${name}.conv2`, h)).relu();
  return h.add(`${name}.shortcut.weight` in p ? convolve(p, `${name}.shortcut`, x) : x);
}

/**
 * eps = model(p, x, t, labels): t (n, 1) as the model takes it; labels (n, classes), one-hot.
 * @type {Record<import('./workloads.mjs').Workload['model'], (p: Weights, x: Tensor, t: Tensor, labels?: Tensor) => Tensor>}
 */
export const models = {
  mlp: (p, x, t) => fourLayers(p, tf.concat([x, embedTime(p, t)], 1)),
  conditional(p, x, t, labels) {
    const own = dense(labels, p['class_embed.weight'], tf.zeros([p['class_embed.weight'].shape[1]]));
    return fourLayers(p, tf.concat([x, own, embedTime(p, t)], 1));
  },
  miniUnet(p, x, t) {
    const time = linear(p, 'time_mlp.3', linear(p, 'time_mlp.1', sinusoid(t, 128)).relu());
    const d1 = block(p, 'down1', x, time);
    const d2 = block(p, 'down2', maxPool(d1), time);
    const middle = block(p, 'bottleneck', maxPool(d2), time);
    const u2 = block(p, 'up2', tf.concat([upsample(middle), d2], 3), time);
    const u1 = block(p, 'up1', tf.concat([upsample(u2), d1], 3), time);
    return convolve(p, 'out_conv', u1);
  },
  simpleUnet(p, x, t) {
    const h = convolve(p, 'down2', convolve(p, 'down1', x).relu()).relu();
    return convolve(p, 'up2', convolve(p, 'up1', h.add(overImage(linear(p, 'time_mlp', t)))).relu());
  },
};
