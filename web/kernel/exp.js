/** exp with the core's bits (src/base/math.c): engines' own differ from one another in the last one. */

const [LN2_HI, LN2_LO] = [0.6931471803691238, 1.9082149292705877e-10];
const P1 = 0.16666666666666602;
const P2 = -0.0027777777777015593;
const P3 = 0.00006613756321437934;
const P4 = -0.0000016533902205465252;
const P5 = 4.1381367970572385e-8;

/** 2^k for -1022 <= k <= 1023: a product by 2 is exact, which nobody says of 2 ** k. */
const powers = new Float64Array(2046);
powers[1022] = 1;
for (let k = 1; k <= 1023; k++) powers[1022 + k] = 2 * powers[1021 + k];
for (let k = 1; k <= 1022; k++) powers[1022 - k] = powers[1023 - k] / 2;

/** @param {number} x */
export function exp(x) {
  if (Number.isNaN(x)) return x;
  if (x > 709.78) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.trunc(x * Math.LOG2E + (x < 0 ? -0.5 : 0.5));
  const [hi, lo] = [x - k * LN2_HI, k * LN2_LO];
  const r = hi - lo;
  const rr = r * r;
  const c = r - rr * (P1 + rr * (P2 + rr * (P3 + rr * (P4 + rr * P5))));
  const y = 1 + ((r * c) / (2 - c) - lo + hi);
  if (k === 0) return y;
  const half = Math.trunc(k / 2);
  return y * powers[1022 + half] * powers[1022 + k - half];
}
