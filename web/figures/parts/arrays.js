/** The numbers behind a figure, named as the files that they are saved in. */

/** @typedef {import('../index.js').Array} Saved */
/** @typedef {{shape: number[], data: ArrayLike<number>}} Shaped */

/** @param {string} name @param {Shaped} tensor @returns {Saved} */
const named = (name, { shape, data }) => ({ name, shape, data: Float32Array.from(data) });

/** Each panel's tensors. @param {(Shaped | undefined)[][]} panels @returns {Saved[]} */
export const numbered = (panels) =>
  panels.flatMap((tensors, p) =>
    tensors.flatMap((tensor, i) => (tensor ? [named(`${p + 1}-${i + 1}`, tensor)] : [])),
  );

/** Points of the plane. @param {{points: ArrayLike<number>}} set @returns {Shaped} */
export const ofPoints = ({ points }) => ({ shape: [points.length / 2, 2], data: points });

/** Tensors below each other as one, if they have one shape. @param {string} name @param {Shaped[]} tensors @returns {Saved[]} */
export function stacked(name, tensors) {
  const [{ shape, data: first }] = tensors;
  if (tensors.some((each) => each.shape.join() !== shape.join()))
    return tensors.map((each, i) => named(`${name}-${i + 1}`, each));
  const data = new Float32Array(tensors.length * first.length);
  for (const [i, each] of tensors.entries()) data.set(Float32Array.from(each.data), i * first.length);
  return [{ name, shape: [tensors.length, ...shape], data }];
}
