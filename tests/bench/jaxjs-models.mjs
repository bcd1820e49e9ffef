// The course's networks in jax-js, by PyTorch's names and in its layouts. Its arrays are counted: a function ends those that
// it is given, and `x.ref` is one more of x, for whoever uses it twice.

/** @type {any} */
const { lax, nn, numpy: np } = /** @type {any} */ (globalThis).jax;

/** @typedef {any} Value */
/** @typedef {Record<string, Value>} Weights they are the caller's: nothing here ends them */

/** @param {Weights} p @param {string} name @param {Value} x (n, in) */
const linear = (p, name, x) => np.matmul(x, p[`${name}.weight`].ref.transpose()).add(p[`${name}.bias`].ref);

/** A number for each channel, at every pixel of each sample. @param {Value} vector (channels) or (n, channels) */
const overImage = (vector) =>
  vector.reshape(vector.ndim === 1 ? [1, -1, 1, 1] : [...vector.shape.slice(0, 2), 1, 1]);

/** Of odd size, stride 1, same size. @param {Weights} p @param {string} name @param {Value} x (n, in, h, w) */
function convolve(p, name, x) {
  const filter = p[`${name}.weight`].ref;
  const edge = (filter.shape[2] - 1) / 2;
  const rim = [edge, edge];
  return lax.convGeneralDilated(x, filter, [1, 1], [rim, rim]).add(overImage(p[`${name}.bias`].ref));
}

/** GroupNorm of 8 groups. @param {Weights} p @param {string} name @param {Value} x */
function normalize(p, name, x) {
  const { shape } = x;
  const groups = x.reshape([shape[0], 8, -1]);
  const centred = groups.ref.sub(groups.mean(2, { keepdims: true }));
  const variance = np.square(centred.ref).mean(2, { keepdims: true });
  const normal = centred.div(np.sqrt(variance.add(1e-5))).reshape(shape);
  return normal.mul(overImage(p[`${name}.weight`].ref)).add(overImage(p[`${name}.bias`].ref));
}

/** The largest of each 2x2. @param {Value} x */
function maxPool(x) {
  const [n, channels, height, width] = x.shape;
  return x.reshape([n, channels, height / 2, 2, width / 2, 2]).max([3, 5]);
}

/** Twice as many along an axis, by linear interpolation; the ends go on. @param {Value} x @param {number} axis */
function twice(x, axis) {
  const size = x.shape[axis];
  const part = (/** @type {number} */ from, /** @type {number} */ to) =>
    x.ref.slice(
      ...x.shape.map((/** @type {number} */ _, /** @type {number} */ i) => (i === axis ? [from, to] : [])),
    );
  const before = np.concatenate([part(0, 1), part(0, size - 1)], axis);
  const after = np.concatenate([part(1, size), part(size - 1, size)], axis);
  const here = x.mul(0.75);
  const pairs = np.stack([here.ref.add(before.mul(0.25)), here.add(after.mul(0.25))], axis + 1);
  return pairs.reshape(
    x.shape.map((/** @type {number} */ length, /** @type {number} */ i) => (i === axis ? 2 * size : length)),
  );
}

/** @param {Value} x */
const upsample = (x) => twice(twice(x, 2), 3);

/** Four layers with ReLU between them. @param {Weights} p @param {Value} x */
function fourLayers(p, x) {
  let h = linear(p, 'net.0', x);
  for (const name of ['net.2', 'net.4', 'net.6']) h = linear(p, name, nn.relu(h));
  return h;
}

/** @param {Weights} p @param {Value} t (n, 1) */
const embedTime = (p, t) => linear(p, 'time_embed.2', nn.relu(linear(p, 'time_embed.0', t)));

/** Sines, then cosines, of t / 10000^(i / half). @param {Value} t (n, 1) @param {number} features */
function sinusoid(t, features) {
  const half = features / 2;
  const angle = t.mul(
    np.exp(
      np
        .arange(half)
        .astype(np.float32)
        .mul(-Math.log(10000) / half),
    ),
  );
  return np.concatenate([np.sin(angle.ref), np.cos(angle)], 1);
}

/** @param {Weights} p @param {string} name @param {Value} x @param {Value} time lives on */
function block(p, name, x, time) {
  let h = nn.relu(normalize(p, `${name}.norm1`, convolve(p, `${name}.conv1`, x.ref)));
  h = h.add(overImage(linear(p, `${name}.time_emb`, time.ref)));
  h = nn.relu(normalize(p, `${name}.norm2`, convolve(p, `${name}.conv2`, h)));
  return h.add(`${name}.shortcut.weight` in p ? convolve(p, `${name}.shortcut`, x) : x);
}

/**
 * eps = model(p, x, t, labels): t (n, 1) as the model takes it; labels (n, classes), one-hot.
 * @type {Record<import('./workloads.mjs').Workload['model'], (p: Weights, x: Value, t: Value, labels?: Value) => Value>}
 */
export const models = {
  mlp: (p, x, t) => fourLayers(p, np.concatenate([x, embedTime(p, t)], 1)),
  conditional: (p, x, t, labels) =>
    fourLayers(p, np.concatenate([x, np.matmul(labels, p['class_embed.weight'].ref), embedTime(p, t)], 1)),
  miniUnet(p, x, t) {
    const time = linear(p, 'time_mlp.3', nn.relu(linear(p, 'time_mlp.1', sinusoid(t, 128))));
    const d1 = block(p, 'down1', x, time);
    const d2 = block(p, 'down2', maxPool(d1.ref), time);
    const middle = block(p, 'bottleneck', maxPool(d2.ref), time);
    const u2 = block(p, 'up2', np.concatenate([upsample(middle), d2], 1), time);
    const u1 = block(p, 'up1', np.concatenate([upsample(u2), d1], 1), time);
    time.dispose();
    return convolve(p, 'out_conv', u1);
  },
  simpleUnet(p, x, t) {
    const h = nn.relu(convolve(p, 'down2', nn.relu(convolve(p, 'down1', x))));
    return convolve(p, 'up2', nn.relu(convolve(p, 'up1', h.add(overImage(linear(p, 'time_mlp', t))))));
  },
};
