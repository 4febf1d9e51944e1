/**
 * A window of a picture at less than its size, as libvips gives it bit for bit, in vector instructions and without a pipeline of
 * libvips: half of the time, for pixels that are in memory.
 *
 * The arithmetic is that of `vips_reducev` and then `vips_reduceh`: the kernel at 65 places between two pixels, in fixed point of 12
 * bits cut off, rounded to bytes in between. From a factor of four on libvips does something else first.
 */
import type { ResampleTarget, Raster } from '../resample.js';
import { roundHalfToEven } from '../cropGeometry.js';
import { assembleWasm } from './assembleWasm.js';
import { ArenaKernels, advance, aligned, constant } from './arenaKernels.js';

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

const [low, high] = ['0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23', '8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31'];
const quarters = [
  [low, 'low'],
  [low, 'high'],
  [high, 'low'],
  [high, 'high'],
] as const;
const sums = ['$a', '$b', '$c', '$d'];
const rounding = `(i32x4.splat (i32.const ${1 << (precision - 1)}))`;
const shifted = (name: string): string => `(i32x4.shr_s (local.get ${name}) (i32.const ${precision}))`;
const narrowed = (one: string, other: string): string => `(i16x8.narrow_i32x4_s ${shifted(one)} ${shifted(other)})`;
/** Two neighbours of each colour in 16 bits; what lies behind the vector is zero. */
const neighbours = (first: number): string => {
  const bytes = [0, 1, 2].flatMap((channel) => [first * 3 + channel, 99, first * 3 + 3 + channel, 99]);
  return `(v128.const ${[...bytes, 99, 99, 99, 99].join(' ')})`;
};

const source = `
(func $down (param $pairs i32) (param $pairsEnd i32) (param $end i32) (param $to i32)
  (local $x i32) (local $pair i32) (local $top v128) (local $bottom v128) (local $weights v128) (local $both v128)
  ${sums.map((name) => `(local ${name} v128)`).join(' ')}
  (local.set $x (i32.const 0))
  (loop $next
    ${sums.map((name) => `(local.set ${name} ${rounding})`).join(' ')}
    (local.set $pair (local.get $pairs))
    (loop $taps
      (local.set $top (v128.load (i32.add (local.get $x) (i32.load (local.get $pair)))))
      (local.set $bottom (v128.load (i32.add (local.get $x) (i32.load 4 (local.get $pair)))))
      (local.set $weights (v128.load32_splat 8 (local.get $pair)))
      ${quarters
        .map(
          ([bytes, half], index) => `
      ${half === 'low' ? `(local.set $both (i8x16.shuffle ${bytes} (local.get $top) (local.get $bottom)))` : ''}
      (local.set ${sums[index]} (i32x4.add (local.get ${sums[index]})
        (i32x4.dot_i16x8_s (i16x8.extend_${half}_i8x16_u (local.get $both)) (local.get $weights))))`,
        )
        .join('')}
      ${advance('$pair', constant(12))}
      (br_if $taps (i32.lt_s (local.get $pair) (local.get $pairsEnd))))
    (v128.store (i32.add (local.get $to) (local.get $x))
      (i8x16.narrow_i16x8_u ${narrowed('$a', '$b')} ${narrowed('$c', '$d')}))
    ${advance('$x', constant(16))}
    (br_if $next (i32.lt_s (local.get $x) (local.get $end)))))

(func $across (param $from i32) (param $first i32) (param $firstEnd i32) (param $weight i32) (param $weightBytes i32) (param $to i32)
  (local $at i32) (local $weightEnd i32) (local $pixels v128) (local $sum v128)
  (loop $position
    (local.set $at (i32.add (local.get $from) (i32.load (local.get $first))))
    (local.set $weightEnd (i32.add (local.get $weight) (local.get $weightBytes)))
    (local.set $sum ${rounding})
    (loop $taps
      (local.set $pixels (v128.load (local.get $at)))
      (local.set $sum (i32x4.add (local.get $sum) (i32x4.dot_i16x8_s
        (i8x16.swizzle (local.get $pixels) ${neighbours(0)}) (v128.load32_splat (local.get $weight)))))
      (local.set $sum (i32x4.add (local.get $sum) (i32x4.dot_i16x8_s
        (i8x16.swizzle (local.get $pixels) ${neighbours(2)}) (v128.load32_splat 4 (local.get $weight)))))
      ${advance('$at', constant(12))}
      ${advance('$weight', constant(8))}
      (br_if $taps (i32.lt_s (local.get $weight) (local.get $weightEnd))))
    (local.set $sum ${narrowed('$sum', '$sum')})
    (i32.store (local.get $to) (i32x4.extract_lane 0 (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum))))
    ${advance('$to', constant(3))}
    ${advance('$first', constant(4))}
    (br_if $position (i32.lt_s (local.get $first) (local.get $firstEnd)))))
`;

const kernels = ArenaKernels.load(() => assembleWasm(source), ['down', 'across']);

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
