/** Frames of pixels become an animated GIF (gifenc), away from the page's thread. */
import { applyPalette, GIFEncoder, quantize } from 'gifenc';

/** @typedef {{width: number, height: number, frames: Uint8ClampedArray[], delays: number[]}} Job */

self.onmessage = ({ data }) => {
  const { width, height, frames, delays } = /** @type {Job} */ (data);
  const gif = GIFEncoder();
  for (const [i, pixels] of frames.entries()) {
    const palette = quantize(pixels, 256);
    gif.writeFrame(applyPalette(pixels, palette), width, height, { palette, delay: delays[i] });
    postMessage({ done: i + 1 });
  }
  gif.finish();
  postMessage({ file: gif.bytes() });
};
