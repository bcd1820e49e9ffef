/** Losses, and how far two sets are apart: points of the plane, or samples of any shape, a row each. */
import { finite, options, whole } from '../check.js';
import { float32, float64 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../kernel.js').Kernel} Kernel */

/** How many directions sliced_wasserstein looks along. */
const DIRECTIONS = 128;

/** @param {string} name @param {Tensor} a @param {Tensor} b */
function checkSame(name, a, b) {
  if (a.shape.join() !== b.shape.join())
    throw new Error(`${name}: shapes [${a.shape}] and [${b.shape}] differ`);
}

/** @param {Tensor} a @param {Tensor} b */
function checkPlane(a, b) {
  if (a.columns !== 2 || b.columns !== 2)
    throw new Error(`points of the plane are needed, shape [n, 2]: got [${a.shape}] and [${b.shape}]`);
}

/** @param {string} name @param {Tensor} a @param {Tensor} b */
function checkRows(name, a, b) {
  if (a.columns !== b.columns)
    throw new Error(`${name}: rows of ${a.columns} and of ${b.columns} numbers cannot be compared`);
}

/** Both as float32, whatever they were. @param {Tensor} a @param {Tensor} b */
const singles = (a, b) =>
  /** @type {const} */ ([Float32Array.from(float64(a, 'a')), Float32Array.from(float64(b, 'b'))]);
/** @param {Tensor} a @param {Tensor} b */
const doubles = (a, b) => /** @type {const} */ ([float64(a, 'a'), float64(b, 'b')]);

/** @param {Kernel} kernel */
export function metrics({ core: { api } }) {
  return {
    /** Mean squared error and its gradient. @param {Tensor} pred @param {Tensor} target */
    mse_loss(pred, target) {
      const [a, b] = [float32(pred, 'pred'), float32(target, 'target')];
      checkSame('mse_loss', pred, target);
      const { value, d_pred } = api.mse(a, b);
      return { value, grad: new Tensor(pred.shape, d_pred) };
    },
    /** From noise a to noise b along the great circle. @param {Tensor} a @param {Tensor} b @param {number} fraction */
    slerp(a, b, fraction) {
      const [from, to] = [float32(a, 'a'), float32(b, 'b')];
      checkSame('slerp', a, b);
      return new Tensor(a.shape, api.slerp(from, to, finite(fraction, 'fraction')));
    },
    /** Of points of the plane. @param {Tensor} a @param {Tensor} b */
    sliced_wasserstein(a, b) {
      const [x, y] = doubles(a, b);
      checkPlane(a, b);
      return api.sliced_wasserstein(a.rows, x, b.rows, y, DIRECTIONS);
    },
    /** Mean distance of points to a polyline. @param {Tensor} x @param {Tensor} curve */
    curve_distance(x, curve) {
      const [points, corners] = [float64(x, 'x'), float64(curve, 'curve')];
      checkPlane(x, curve);
      return api.curve_distance(x.rows, points, curve.rows, corners);
    },
    /** 0 where the sets are equal; a row is a sample. @param {Tensor} a @param {Tensor} b */
    energy_distance(a, b) {
      const [x, y] = doubles(a, b);
      checkRows('energy_distance', a, b);
      return api.energy_distance(a.rows, x, b.rows, y, a.columns);
    },
    /** Squared maximum mean discrepancy, with a Gaussian kernel. @param {Tensor} a @param {Tensor} b @param {{sigma?: number}} [given] */
    mmd2(a, b, given) {
      const { sigma } = options(given, 'mmd2', ['sigma'], { sigma: 1 });
      const [x, y] = doubles(a, b);
      checkRows('mmd2', a, b);
      return api.mmd2(a.rows, x, b.rows, y, a.columns, finite(sigma, 'sigma'));
    },
    /** For each sample of a the nearest one of b: {index, distance}. @param {Tensor} a @param {Tensor} b */
    nearest(a, b) {
      const [x, y] = singles(a, b);
      checkRows('nearest', a, b);
      const { index, distance } = api.nearest(a.rows, x, b.rows, y, a.columns);
      return { index: new Tensor([a.rows], index), distance: new Tensor([a.rows], distance) };
    },
    /**
     * {precision, recall}: how many of a lie among b, and of b among a, by k nearest neighbours.
     * @param {Tensor} a samples @param {Tensor} b data @param {{k?: number}} [given]
     */
    precision_recall(a, b, given) {
      const { k } = options(given, 'precision_recall', ['k'], { k: 3 });
      const [x, y] = singles(a, b);
      checkRows('precision_recall', a, b);
      return api.precision_recall(a.rows, x, b.rows, y, a.columns, whole(k, 'k', 1));
    },
    /**
     * The shape of lab.shapes that fits each picture best: its kind, the intersection over union, and the share of clean ones.
     * @param {Tensor} images @param {{threshold?: number}} [given] the middle of what the pictures' values can be
     */
    shape_fit(images, given) {
      const { threshold } = options(given, 'shape_fit', ['threshold'], { threshold: 0.5 });
      const [n, channels, height, width] = images.shape;
      if (images.shape.length !== 4 || channels !== 1)
        throw new Error(`shape_fit takes grey pictures, shape [n, 1, height, width]: got [${images.shape}]`);
      const pixels = float32(images, 'images');
      const { kind, iou, clean } = api.shape_fit(n, height, width, pixels, finite(threshold, 'threshold'));
      return { kind: new Tensor([n], kind), iou: new Tensor([n], iou), clean };
    },
  };
}
