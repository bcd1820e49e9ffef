/** How far two sets are apart: points of the plane, or samples of any shape, a row each. */
import { float32, float64 } from '../memory.js';
import { Tensor } from '../tensor.js';

/** @typedef {import('../memory.js').Memory} Memory */

/** Mean squared error and its gradient. @param {Memory} memory @param {Tensor} pred @param {Tensor} target */
export function mseLoss(memory, pred, target) {
  const n = pred.length;
  if (target.length !== n) throw new Error(`mse_loss: shapes [${pred.shape}] and [${target.shape}] differ`);
  const [a, b, out] = memory.place(float32(pred, 'pred'), float32(target, 'target'), 4 * n);
  const value = memory.wasm._nbw_mse(n, a, b, out);
  return { value, grad: new Tensor(pred.shape, memory.f32(out, n)) };
}

/** @param {Memory} memory @param {Tensor} a @param {Tensor} b @param {number} fraction of the way from a to b */
export function slerp(memory, a, b, fraction) {
  const n = a.length;
  if (b.length !== n) throw new Error(`slerp: shapes [${a.shape}] and [${b.shape}] differ`);
  const [pa, pb, out] = memory.place(float32(a, 'a'), float32(b, 'b'), 4 * n);
  memory.ok(memory.wasm._nbw_slerp(n, pa, pb, fraction, out));
  return new Tensor(a.shape, memory.f32(out, n));
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

/** @param {Memory} memory @param {Tensor} a [n, 2] @param {Tensor} b [m, 2] @param {number} directions */
export function slicedWasserstein(memory, a, b, directions) {
  checkPlane(a, b);
  const [pa, pb, out] = memory.place(float64(a, 'a'), float64(b, 'b'), 8);
  memory.ok(memory.wasm._nbw_sliced_wasserstein(a.rows, pa, b.rows, pb, directions, out));
  return memory.f64(out, 1)[0];
}

/** Mean distance of points to a polyline. @param {Memory} memory @param {Tensor} x @param {Tensor} curve */
export function curveDistance(memory, x, curve) {
  checkPlane(x, curve);
  const [px, pc] = memory.place(float64(x, 'x'), float64(curve, 'curve'));
  return memory.wasm._nbw_curve_distance(x.rows, px, curve.rows, pc);
}

/** 0 where the sets are equal. @param {Memory} memory @param {Tensor} a @param {Tensor} b */
export function energyDistance(memory, a, b) {
  checkRows('energy_distance', a, b);
  const [pa, pb, out] = memory.place(float64(a, 'a'), float64(b, 'b'), 8);
  memory.ok(memory.wasm._nbw_energy_distance(a.rows, pa, b.rows, pb, a.columns, out));
  return memory.f64(out, 1)[0];
}

/** Squared maximum mean discrepancy. @param {Memory} memory @param {Tensor} a @param {Tensor} b @param {number} sigma */
export function mmd2(memory, a, b, sigma) {
  checkRows('mmd2', a, b);
  const [pa, pb, out] = memory.place(float64(a, 'a'), float64(b, 'b'), 8);
  memory.ok(memory.wasm._nbw_mmd2(a.rows, pa, b.rows, pb, a.columns, sigma, out));
  return memory.f64(out, 1)[0];
}

/** For each row of a the nearest row of b, and how far it is. @param {Memory} memory @param {Tensor} a @param {Tensor} b */
export function nearest(memory, a, b) {
  checkRows('nearest', a, b);
  const n = a.rows;
  const parts = [float32(a.float(), 'a'), float32(b.float(), 'b')];
  const [pa, pb, index, distance] = memory.place(...parts, 4 * n, 8 * n);
  memory.ok(memory.wasm._nbw_nearest(n, pa, b.rows, pb, a.columns, index, distance));
  return { index: new Tensor([n], memory.i32(index, n)), distance: new Tensor([n], memory.f64(distance, n)) };
}

/** By k nearest neighbours. @param {Memory} memory @param {Tensor} a @param {Tensor} b @param {number} k */
export function precisionRecall(memory, a, b, k) {
  checkRows('precision_recall', a, b);
  const [pa, pb, out] = memory.place(float32(a.float(), 'a'), float32(b.float(), 'b'), 16);
  memory.ok(memory.wasm._nbw_precision_recall(a.rows, pa, b.rows, pb, a.columns, k, out));
  const [precision, recall] = memory.f64(out, 2);
  return { precision, recall };
}
