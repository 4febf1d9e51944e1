/** Geometry on bytes: one picture, one affine map, no more than one interpolation. */
import type { AffineMatrix } from './affine.js';

/**
 * A square of pixels seen through an affine map, bilinear. Beyond its edge the picture goes on with its outermost pixels:
 * black corners would be something that no real picture has and every rotated one.
 * @param source bytes of a square of side `from`, row-major RGB
 * @param matrix from a point of the result to one of the source, both in pixels, with centres at halves
 * @returns to×to×3 bytes
 */
export function warp(source: Uint8Array, from: number, matrix: AffineMatrix, to: number): Uint8Array {
  const [a, b, c, d, e, f] = matrix;
  const result = new Uint8Array(to * to * 3);
  const last = from - 1;
  for (let y = 0, at = 0; y < to; y++) {
    let sourceX = a * 0.5 + b * (y + 0.5) + c - 0.5;
    let sourceY = d * 0.5 + e * (y + 0.5) + f - 0.5;
    for (let x = 0; x < to; x++, at += 3, sourceX += a, sourceY += d) {
      const boundX = sourceX < 0 ? 0 : sourceX > last ? last : sourceX;
      const boundY = sourceY < 0 ? 0 : sourceY > last ? last : sourceY;
      const left = Math.trunc(boundX);
      const top = Math.trunc(boundY);
      const shareX = boundX - left;
      const shareY = boundY - top;
      const upper = (top * from + left) * 3;
      const across = left < last ? 3 : 0;
      const lower = upper + (top < last ? from * 3 : 0);
      const weights = shareX * shareY;
      for (let channel = 0; channel < 3; channel++) {
        const p = source[upper + channel] as number;
        const q = source[upper + across + channel] as number;
        const r = source[lower + channel] as number;
        const s = source[lower + across + channel] as number;
        // One rounding, to the nearest byte.
        result[at + channel] = (p + shareX * (q - p) + shareY * (r - p) + weights * (p - q - r + s) + 0.5) | 0;
      }
    }
  }
  return result;
}

/**
 * As Pillow's `transform(AFFINE, NEAREST)`: the pixel that a point falls into, in 16.16 fixed point, black beyond the
 * edge. RandAugment's own geometry.
 * @param pixels bytes of a square, row-major RGB
 */
export function warpNearest(pixels: Uint8Array, side: number, matrix: AffineMatrix): Uint8Array {
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
  const [a, b, c, d, e, f] = matrix;
  const [stepX, rowX, stepY, rowY] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  const startX = fixed(c + a * 0.5 + b * 0.5);
  const startY = fixed(f + d * 0.5 + e * 0.5);
  const result = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < side; y++) {
    let fixedX = startX + rowX * y;
    let fixedY = startY + rowY * y;
    for (let x = 0; x < side; x++, at += 3, fixedX += stepX, fixedY += stepY) {
      const column = fixedX >> 16;
      const row = fixedY >> 16;
      if (column < 0 || column >= side || row < 0 || row >= side) continue;
      const from = (row * side + column) * 3;
      result[at] = pixels[from] as number;
      result[at + 1] = pixels[from + 1] as number;
      result[at + 2] = pixels[from + 2] as number;
    }
  }
  return result;
}
