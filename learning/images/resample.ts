/**
 * Resampling exactly as PIL and torchvision do it, for the two places where “nearly” is not enough: enlarging (libvips
 * places enlarged pixels by another convention, half a pixel off, which a network notices) and perceptual hashes (a few
 * grey levels turn a bit). The arithmetic is PIL's own 32-bit fixed point, so results agree bit for bit.
 */
import type { Size } from './cropGeometry.js';
import { radiusOf, tapsAt, type FilterName } from '../resampling.js';

export interface Raster {
  width: number;
  height: number;
  channels: 1 | 3;
  /** height×width×channels bytes, row-major. */
  pixels: Uint8Array;
}

/** The whole picture's new size, and the part of it that is wanted. */
export interface ResampleTarget {
  width: number;
  height: number;
  window?: { left: number; top: number; width: number; height: number };
}

/** Bits behind the point: 8 for the pixel, 2 of headroom for kernels that overshoot, of 32. */
const precision = 22;

const scale = 2 ** precision;

/** Of a sum, for rounding. */
const half = 1 << (precision - 1);

/**
 * Separable, antialiased resampling with pixel centres at half-integers: rows, then columns, rounded to bytes in between
 * (`Image.resize` of PIL).
 *
 * @returns height×width×channels bytes of the window (without one: of the whole target), row-major
 */
export function resample(source: Raster, target: ResampleTarget, filter: FilterName): Uint8Array {
  const { width, height, window = { left: 0, top: 0, width, height } } = target;
  if (width === source.width && height === source.height) return cut(source, window);
  const across = tapsFor(source.width, width, window.left, window.width, filter);
  const down = tapsFor(source.height, height, window.top, window.height, filter);
  return resampleColumns(resampleRows(source, across), window.width * source.channels, down);
}

/** As {@link resample} of one channel, of all of a picture that another function gives at the wanted width. */
export function resampleBy(
  rows: (across: Taps) => Uint8Array | undefined,
  source: Size,
  target: Size,
  filter: FilterName,
): Uint8Array | undefined {
  const across = rows(tapsFor(source.width, target.width, 0, target.width, filter));
  return (
    across && resampleColumns(across, target.width, tapsFor(source.height, target.height, 0, target.height, filter))
  );
}

/** For each wanted position its first source position and `count` weights, fixed-point, zero behind the last. */
export interface Taps {
  first: Int32Array;
  weights: Int32Array;
  count: number;
}

/** What the filters give where nothing is resized. */
function cut({ width, channels, pixels }: Raster, window: NonNullable<ResampleTarget['window']>): Uint8Array {
  const length = window.width * channels;
  const result = new Uint8Array(window.height * length);
  for (let y = 0; y < window.height; y += 1) {
    const from = ((window.top + y) * width + window.left) * channels;
    result.set(pixels.subarray(from, from + length), y * length);
  }
  return result;
}

/** Taps of the sizes that were asked for last: many pictures of a set have the same. */
const known = new Map<string, Taps>();
const mostKnown = 256;

function tapsFor(...wanted: Parameters<typeof makeTaps>): Taps {
  const name = wanted.join(' ');
  const taps = known.get(name) ?? makeTaps(...wanted);
  known.delete(name);
  known.set(name, taps);
  if (known.size > mostKnown) known.delete(known.keys().next().value ?? '');
  return taps;
}

function makeTaps(from: number, to: number, start: number, length: number, filter: FilterName): Taps {
  const count = Math.min(from, Math.ceil(radiusOf(from, to, filter)) * 2 + 1);
  const first = new Int32Array(length);
  const weights = new Int32Array(length * count);
  for (let position = 0; position < length; position += 1) {
    const { low, weights: own } = tapsAt(from, to, start + position, filter);
    // Near the end, zero weights must not point behind it.
    first[position] = Math.min(low, from - count);
    const shift = low - (first[position] ?? 0);
    own.forEach((value, tap) => {
      weights[position * count + shift + tap] = Math.trunc(value * scale + Math.sign(value) * 0.5);
    });
  }
  return { first, weights, count };
}

/** Four rows at a time, which share each weight. At the end, rows that are not there are the last one once more. */
function resampleRows({ width, height, channels, pixels }: Raster, { first, weights, count }: Taps): Uint8Array {
  const [stride, length] = [width * channels, first.length * channels];
  const result = new Uint8Array(height * length);
  for (let y = 0; y < height; y += 4) {
    const second = Math.min(y + 1, height - 1);
    const third = Math.min(y + 2, height - 1);
    const fourth = Math.min(y + 3, height - 1);
    for (let to = 0; to < length; to += 1) {
      const x = Math.trunc(to / channels);
      const start = (first[x] as number) * channels + (to - x * channels);
      let at = y * stride + start;
      let below = second * stride + start;
      let lower = third * stride + start;
      let lowest = fourth * stride + start;
      let a = half;
      let b = half;
      let c = half;
      let d = half;
      for (let w = x * count, end = w + count; w < end; w += 1) {
        const weight = weights[w] as number;
        a = (a + Math.imul(pixels[at] as number, weight)) | 0;
        b = (b + Math.imul(pixels[below] as number, weight)) | 0;
        c = (c + Math.imul(pixels[lower] as number, weight)) | 0;
        d = (d + Math.imul(pixels[lowest] as number, weight)) | 0;
        at += channels;
        below += channels;
        lower += channels;
        lowest += channels;
      }
      result[y * length + to] = toByte(a);
      result[second * length + to] = toByte(b);
      result[third * length + to] = toByte(c);
      result[fourth * length + to] = toByte(d);
    }
  }
  return result;
}

/** Row by row, so that memory is walked in order; four taps at a time. @param width bytes of a row */
function resampleColumns(pixels: Uint8Array, width: number, { first, weights, count }: Taps): Uint8Array {
  const result = new Uint8Array(first.length * width);
  const sums = new Int32Array(width);
  for (let y = 0; y < first.length; y += 1) {
    sums.fill(half);
    for (let tap = 0; tap < count; tap += 4) {
      // Behind the last tap it is taken once more, with no weight.
      const weight = (next: number): number => (tap + next < count ? (weights[y * count + tap + next] as number) : 0);
      const row = (next: number): number => ((first[y] as number) + Math.min(tap + next, count - 1)) * width;
      const [a, b, c, d] = [weight(0), weight(1), weight(2), weight(3)];
      if (a === 0 && b === 0 && c === 0 && d === 0) continue;
      const [at, below, lower, lowest] = [row(0), row(1), row(2), row(3)];
      for (let x = 0; x < width; x += 1) {
        const upper = Math.imul(pixels[at + x] as number, a) + Math.imul(pixels[below + x] as number, b);
        const under = Math.imul(pixels[lower + x] as number, c) + Math.imul(pixels[lowest + x] as number, d);
        sums[x] = ((sums[x] as number) + upper + under) | 0;
      }
    }
    const to = y * width;
    for (let x = 0; x < width; x += 1) result[to + x] = toByte(sums[x] as number);
  }
  return result;
}

function toByte(sum: number): number {
  const value = sum >> precision;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
