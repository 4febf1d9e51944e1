/**
 * Resampling exactly as PIL and torchvision do it, for the two places where “nearly” is not enough: enlarging (libvips
 * places enlarged pixels by another convention, half a pixel off, which a network notices) and perceptual hashes (a few
 * grey levels turn a bit). The arithmetic is PIL's own 32-bit fixed point, so results agree bit for bit.
 */

/** Kernel with its radius in source pixels (in target pixels when reducing). */
interface Filter {
  support: number;
  weight: (distance: number) => number;
}

const filters = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  /** Keys 1981, a = −0.5. */
  bicubic: { support: 2, weight: keysCubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Record<string, Filter>;

export type FilterName = keyof typeof filters;

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

/**
 * Separable, antialiased resampling with pixel centres at half-integers: rows, then columns, rounded to bytes in between
 * (`Image.resize` of PIL).
 *
 * @returns height×width×channels bytes of the window (without one: of the whole target), row-major
 */
export function resample(source: Raster, target: ResampleTarget, filter: FilterName): Uint8Array {
  const { width, height, window = { left: 0, top: 0, width, height } } = target;
  const across = tapsFor(source.width, width, window.left, window.width, filters[filter]);
  const down = tapsFor(source.height, height, window.top, window.height, filters[filter]);
  return resampleColumns(resampleRows(source, across), window.width * source.channels, down);
}

/** For each wanted position its first source position and `count` weights, fixed-point, zero behind the last. */
interface Taps {
  first: Int32Array;
  weights: Int32Array;
  count: number;
}

function tapsFor(from: number, to: number, start: number, length: number, { support, weight }: Filter): Taps {
  const scale = Math.max(1, from / to);
  const radius = support * scale;
  const count = Math.min(from, Math.ceil(radius) * 2 + 1);
  const first = new Int32Array(length);
  const weights = new Int32Array(length * count);
  for (let position = 0; position < length; position += 1) {
    const centre = ((start + position + 0.5) * from) / to;
    const low = Math.max(0, Math.trunc(centre - radius + 0.5));
    const high = Math.min(from, Math.trunc(centre + radius + 0.5));
    const own = Array.from({ length: high - low }, (_, tap) => weight((low + tap - centre + 0.5) / scale));
    const sum = own.reduce((total, value) => total + value, 0);
    // Near the end, zero weights must not point behind it.
    first[position] = Math.min(low, from - count);
    const shift = low - (first[position] ?? 0);
    own.forEach((value, tap) => {
      weights[position * count + shift + tap] = Math.trunc((value / sum) * 2 ** precision + Math.sign(value) * 0.5);
    });
  }
  return { first, weights, count };
}

function resampleRows({ width, height, channels, pixels }: Raster, { first, weights, count }: Taps): Uint8Array {
  const length = first.length;
  const result = new Uint8Array(height * length * channels);
  for (let y = 0, to = 0; y < height; y += 1) {
    const row = y * width * channels;
    for (let x = 0; x < length; x += 1) {
      const start = row + (first[x] as number) * channels;
      for (let channel = 0; channel < channels; channel += 1, to += 1) {
        // Four sums, so that one product need not wait for the one before; as integers they add up to the same.
        let a = 1 << (precision - 1);
        let b = 0;
        let c = 0;
        let d = 0;
        let at = start + channel;
        let w = x * count;
        const end = w + count;
        for (; w + 3 < end; w += 4, at += 4 * channels) {
          a = (a + Math.imul(pixels[at] as number, weights[w] as number)) | 0;
          b = (b + Math.imul(pixels[at + channels] as number, weights[w + 1] as number)) | 0;
          c = (c + Math.imul(pixels[at + 2 * channels] as number, weights[w + 2] as number)) | 0;
          d = (d + Math.imul(pixels[at + 3 * channels] as number, weights[w + 3] as number)) | 0;
        }
        for (; w < end; w += 1, at += channels) a = (a + Math.imul(pixels[at] as number, weights[w] as number)) | 0;
        result[to] = toByte((a + b + c + d) | 0);
      }
    }
  }
  return result;
}

/** Row by row, so that memory is walked in order. @param width bytes of a row */
function resampleColumns(pixels: Uint8Array, width: number, { first, weights, count }: Taps): Uint8Array {
  const result = new Uint8Array(first.length * width);
  const sums = new Int32Array(width);
  for (let y = 0; y < first.length; y += 1) {
    sums.fill(1 << (precision - 1));
    for (let tap = 0; tap < count; tap += 1) {
      const weight = weights[y * count + tap] as number;
      if (weight === 0) continue;
      const row = ((first[y] as number) + tap) * width;
      for (let x = 0; x < width; x += 1) {
        sums[x] = ((sums[x] as number) + Math.imul(pixels[row + x] as number, weight)) | 0;
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

function keysCubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
