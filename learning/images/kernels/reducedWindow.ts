/**
 * A window of a picture at less than its size, as libvips gives it bit for bit, in vector instructions and without a pipeline of
 * libvips: half of the time, for pixels that are in memory.
 *
 * The arithmetic is that of `vips_reducev` and then `vips_reduceh`: the kernel at 65 places between two pixels, in fixed point of 12
 * bits cut off, rounded to bytes in between. From a factor of four on libvips does something else first.
 */
import type { ResampleTarget, Raster } from '../resample.js';
import { roundHalfToEven } from '../cropGeometry.js';
import { ArenaKernels, aligned } from './arenaKernels.js';

/** As sharp names them. */
export type Kernel = 'linear' | 'cubic';

/** Factor from which on this is not what libvips does. */
export const mostReduction = 4;

const precision = 12;
/** Rows that libvips makes at a time of a file that it reads from top to bottom. */
const stripHeight = 10;
const places = 64;
/** Catmull and Rom's. */
const sharpness = -0.5;

const shapes: Record<Kernel, { radius: number; at: (distance: number) => number }> = {
  linear: { radius: 1, at: (x) => (x < 1 ? 1 - x : 0) },
  cubic: {
    radius: 2,
    at: (x) =>
      x <= 1
        ? ((sharpness + 2) * x - (sharpness + 3)) * x * x + 1
        : x <= 2
          ? sharpness * (((x - 5) * x + 8) * x - 4)
          : 0,
  },
};

/** For each position of the window its first source position and `count` weights. Behind the edges the outermost pixel goes on. */
interface ReducingTaps {
  first: Int32Array;
  weights: Int16Array;
  count: number;
}

/** Of one picture's axis, as `vips_reduce*` places them. */
function tapsOf(
  axis: 'down' | 'across',
  from: number,
  to: number,
  start: number,
  length: number,
  kernel: Kernel,
): ReducingTaps {
  // Twice the reciprocal, as sharp hands it on.
  const shrink = 1 / (1 / (from / to));
  const { radius, at } = shapes[kernel];
  const points = 2 * roundHalfToEven(radius * shrink) + 1;
  const masks = Array.from({ length: places + 1 }, (_, place) => {
    const middle = place / places + points / 2 - 1;
    const values = Array.from({ length: points }, (_value, tap) => at(Math.abs((tap - middle) / shrink)));
    const sum = values.reduce((before, value) => before + value, 0);
    return values.map((value) => Math.trunc((value / sum) * 2 ** precision));
  });
  const first = new Int32Array(length);
  // An even number: two are multiplied at a time.
  const count = Math.min(points, from);
  const weights = new Int16Array(length * count);
  const before = Math.ceil(points / 2) - 1;
  const offset = (1 + (to * shrink - from)) / 2 - 1;
  // Places are sums of steps, and their rounding decides between two of the 65 now and then. libvips begins a sum with each strip of
  // rows that it makes, and within a row where the window does.
  const exactOf = (position: number): number => (position + 0.5) * shrink - 0.5 - offset;
  let exact = 0;
  for (let position = 0; position < length; position += 1) {
    const behind = axis === 'across' ? position : (start + position) % stripHeight;
    if (position > 0 && behind > 0) exact += shrink;
    else {
      exact = exactOf(start + position - behind);
      for (let step = 0; step < behind; step += 1) exact += shrink;
    }
    const lowest = Math.trunc(exact) - before;
    const nearest = ((Math.trunc(exact * places * 2) & (places * 2 - 1)) + 1) >> 1;
    const begin = Math.min(Math.max(lowest, 0), from - count);
    first[position] = begin;
    masks[nearest]?.forEach((weight, tap) => {
      const source = Math.min(Math.max(lowest + tap, 0), from - 1);
      const place = position * count + source - begin;
      weights[place] = (weights[place] as number) + weight;
    });
  }
  return { first, weights, count };
}

const kernels = ArenaKernels.load(new URL('./reducedWindow.wasm', import.meta.url), ['down', 'across']);

/** Tables of the sizes that were asked for last. */
const known = new Map<string, ReducingTaps>();
const mostKnown = 256;

function tapsFor(...wanted: Parameters<typeof tapsOf>): ReducingTaps {
  const name = wanted.join(' ');
  const taps = known.get(name) ?? tapsOf(...wanted);
  known.delete(name);
  known.set(name, taps);
  if (known.size > mostKnown) known.delete(known.keys().next().value ?? '');
  return taps;
}

/**
 * @param picture of three channels, wider and higher than the target and less than {@link mostReduction} times
 * @returns height × width × 3 bytes of the window, row-major; undefined where this machine has no vector instructions
 */
export function reducedWindow(
  picture: Raster,
  { width, height, window }: Required<ResampleTarget>,
  kernel: Kernel,
): Uint8Array | undefined {
  if (kernels === undefined) return undefined;
  const across = tapsFor('across', picture.width, width, window.left, window.width, kernel);
  const down = tapsFor('down', picture.height, height, window.top, window.height, kernel);
  // Of the rows only the columns that the window is made of.
  const leftmost = Math.min(...across.first);
  const columns = Math.max(...across.first) + across.count - leftmost;
  const stride = aligned(3 * columns);
  const fours = Math.ceil(across.count / 4);
  const twos = Math.ceil(down.count / 2);
  const arena = kernels.arena({
    first: 4 * window.width,
    weights: 8 * fours * window.width,
    pairs: 12 * twos,
    row: stride,
    to: 3 * window.width * window.height,
    picture: picture.pixels.byteLength,
  });
  arena.bytes('picture').set(picture.pixels);
  arena.int32('first').set(across.first.map((place) => 3 * (place - leftmost)));
  const weights = arena.int16('weights').fill(0);
  across.weights.forEach((weight, index) => {
    const position = Math.trunc(index / across.count);
    weights[position * 4 * fours + (index % across.count)] = weight;
  });
  const pairs = arena.int32('pairs');
  const { first, row, to } = arena.at;
  const rowAt = (y: number): number => arena.at.picture + 3 * (y * picture.width + leftmost);
  for (let y = 0; y < window.height; y += 1) {
    const top = down.first[y] as number;
    for (let pair = 0; pair < twos; pair += 1) {
      const tap = 2 * pair;
      const isLast = tap + 1 === down.count;
      const upper = down.weights[y * down.count + tap] as number;
      const lower = isLast ? 0 : (down.weights[y * down.count + tap + 1] as number);
      pairs[3 * pair] = rowAt(top + tap);
      pairs[3 * pair + 1] = rowAt(top + tap + (isLast ? 0 : 1));
      pairs[3 * pair + 2] = (upper & 0xffff) | (lower << 16);
    }
    kernels.call('down', arena.at.pairs, arena.at.pairs + 12 * twos, 3 * columns, row);
    const place = to + 3 * window.width * y;
    kernels.call('across', row, first, first + 4 * window.width, arena.at.weights, 8 * fours, place);
  }
  return arena.bytes('to').slice();
}
