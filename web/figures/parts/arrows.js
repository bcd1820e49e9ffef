/** Arrows on a canvas. */

/** Adds one to a path, in pixels; `head`: how long its head is at most. @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} dx @param {number} dy @param {number} head */
export function arrow(g, x, y, dx, dy, head) {
  const long = Math.hypot(dx, dy);
  if (!(long > 0.5)) return;
  const [ux, uy] = [dx / long, dy / long];
  const size = Math.min(head, long * 0.6);
  g.moveTo(x, y);
  g.lineTo(x + dx, y + dy);
  g.moveTo(x + dx - size * (ux - 0.55 * uy), y + dy - size * (uy + 0.55 * ux));
  g.lineTo(x + dx, y + dy);
  g.lineTo(x + dx - size * (ux + 0.55 * uy), y + dy - size * (uy - 0.55 * ux));
}
