/** pHash: which pictures look the same, whatever their size and compression. */
import { greyRows } from './kernels/greyRows.js';
import { resample, resampleBy } from './resample.js';
import type { Raster } from './resample.js';

const side = 32;
const low = 8;

/** cosines[k][n] = cos(π·k·(2n+1)/64), the low rows of the 32-point DCT-II. */
const cosines = Array.from({ length: low }, (_, k) =>
  Float64Array.from({ length: side }, (_value, n) => Math.cos((Math.PI * k * (2 * n + 1)) / (2 * side))),
);

/**
 * 64-bit DCT hash (Zauner 2010): of the picture in grey at 32×32, the low 8×8 coefficients of the 2-D DCT-II, each
 * compared with their median. Grey levels, resampling and bit order are those of Python's `imagehash.phash`.
 *
 * @returns 16 hex digits
 */
export function perceptualHash(picture: Raster): string {
  const grey = quickGrey(picture) ?? resample(toGrey(picture), { width: side, height: side }, 'lanczos');
  const rows = new Float64Array(low * side);
  for (let k = 0; k < low; k += 1) {
    for (let x = 0; x < side; x += 1) {
      let sum = 0;
      for (let y = 0; y < side; y += 1) sum += (grey[y * side + x] ?? 0) * (cosines[k]?.[y] ?? 0);
      rows[k * side + x] = sum;
    }
  }
  const coefficients: number[] = [];
  for (let k = 0; k < low; k += 1) {
    for (let l = 0; l < low; l += 1) {
      let sum = 0;
      for (let x = 0; x < side; x += 1) sum += (rows[k * side + x] ?? 0) * (cosines[l]?.[x] ?? 0);
      coefficients.push(sum);
    }
  }
  const sorted = coefficients.toSorted((a, b) => a - b);
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2;
  let hash = 0n;
  for (const coefficient of coefficients) hash = (hash << 1n) | (coefficient > median ? 1n : 0n);
  return hash.toString(16).padStart(16, '0');
}

/** The same grey levels; undefined for a picture of which nothing else is quick. */
function quickGrey(picture: Raster): Uint8Array | undefined {
  if (picture.channels === 1 || picture.width <= side || picture.height <= side) return undefined;
  return resampleBy((taps) => greyRows(picture, taps), picture, { width: side, height: side }, 'lanczos');
}

/** ITU-R 601 luma with PIL's weights and rounding. */
function toGrey({ width, height, channels, pixels }: Raster): Raster {
  if (channels === 1) return { width, height, channels, pixels };
  const grey = new Uint8Array(width * height);
  for (let to = 0, at = 0; to < grey.length; to += 1, at += 3) {
    grey[to] =
      (19595 * (pixels[at] as number) +
        38470 * (pixels[at + 1] as number) +
        7471 * (pixels[at + 2] as number) +
        0x8000) >>
      16;
  }
  return { width, height, channels: 1, pixels: grey };
}

/** Differing bits of two hashes, 0 to 64. */
export function hashDistance(a: string, b: string): number {
  let bits = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; bits > 0n; bits &= bits - 1n) count += 1;
  return count;
}
