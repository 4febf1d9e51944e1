/**
 * The first half of reducing a picture to few grey pixels, in vector instructions: luma, then rows. Both are the integer arithmetic of
 * perceptualHash.ts and resample.ts, and give the same bytes in a tenth of the time.
 */
import { ArenaKernels, advance, constant } from './arenaKernels.js';
import { assembleWasm } from './assembleWasm.js';
import type { Raster, Taps } from '../resample.js';

/** Weights of 23 bits as two of 12, which 16-bit multiplications take. */
const lowBits = 11;
const tapsAtOnce = 8;

/** Where the red, green or blue of 16 pixels lie in 48 bytes: of the first 32, then of these and the last 16. */
function channelShuffles(channel: number): [string, string] {
  const places = Array.from({ length: 16 }, (_, pixel) => 3 * pixel + channel);
  const first = places.map((place) => (place < 32 ? place : 0));
  const second = places.map((place, pixel) => (place < 32 ? pixel : place - 16));
  return [first.join(' '), second.join(' ')];
}

function channel(index: number): string {
  const [first, second] = channelShuffles(index);
  return `(i8x16.shuffle ${second} (i8x16.shuffle ${first} (local.get $a) (local.get $b)) (local.get $c))`;
}

/** Luma of four pixels in 32 bits; `half` of 8 and `part` of 4 are low or high. */
function luma(half: string, part: string): string {
  const term = (name: string, weight: number): string =>
    `(i32x4.extmul_${part}_i16x8_u (i16x8.extend_${half}_i8x16_u (local.get ${name})) (i16x8.splat (i32.const ${weight})))`;
  const sum = `(i32x4.add (i32x4.add ${term('$red', 19595)} ${term('$green', 38470)}) ${term('$blue', 7471)})`;
  return `(i32x4.shr_u (i32x4.add ${sum} (i32x4.splat (i32.const 32768))) (i32.const 16))`;
}

function lumas(half: string): string {
  return `(i16x8.narrow_i32x4_u ${luma(half, 'low')} ${luma(half, 'high')})`;
}

const source = `
(func $grey (param $from i32) (param $end i32) (param $to i32)
  (local $a v128) (local $b v128) (local $c v128) (local $red v128) (local $green v128) (local $blue v128)
  (loop $next
    (local.set $a (v128.load (local.get $from)))
    (local.set $b (v128.load 16 (local.get $from)))
    (local.set $c (v128.load 32 (local.get $from)))
    (local.set $red ${channel(0)})
    (local.set $green ${channel(1)})
    (local.set $blue ${channel(2)})
    (v128.store (local.get $to) (i8x16.narrow_i16x8_u ${lumas('low')} ${lumas('high')}))
    ${advance('$from', constant(48))}
    ${advance('$to', constant(16))}
    (br_if $next (i32.lt_s (local.get $from) (local.get $end)))))

(func $rows (param $from i32) (param $width i32) (param $end i32) (param $first i32) (param $firstEnd i32)
  (param $weights i32) (param $tapBytes i32) (param $to i32)
  (local $place i32) (local $at i32) (local $weight i32) (local $weightEnd i32) (local $sum i32)
  (local $pixels v128) (local $high v128) (local $low v128)
  (loop $row
    (local.set $place (local.get $first))
    (local.set $weight (local.get $weights))
    (loop $position
      (local.set $at (i32.add (local.get $from) (i32.load (local.get $place))))
      (local.set $weightEnd (i32.add (local.get $weight) (local.get $tapBytes)))
      (local.set $high (i32x4.splat (i32.const 0)))
      (local.set $low (i32x4.splat (i32.const 0)))
      (loop $taps
        (local.set $pixels (v128.load8x8_u (local.get $at)))
        (local.set $high (i32x4.add (local.get $high)
          (i32x4.dot_i16x8_s (local.get $pixels) (v128.load (local.get $weight)))))
        (local.set $low (i32x4.add (local.get $low)
          (i32x4.dot_i16x8_s (local.get $pixels) (v128.load 16 (local.get $weight)))))
        ${advance('$at', constant(tapsAtOnce))}
        ${advance('$weight', constant(4 * tapsAtOnce))}
        (br_if $taps (i32.lt_s (local.get $weight) (local.get $weightEnd))))
      (local.set $low (i32x4.add (i32x4.shl (local.get $high) (i32.const ${lowBits})) (local.get $low)))
      (local.set $low (i32x4.add (local.get $low)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $low) (local.get $low))))
      (local.set $low (i32x4.add (local.get $low)
        (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $low) (local.get $low))))
      (local.set $sum (i32.shr_s (i32.add (i32x4.extract_lane 0 (local.get $low)) (i32.const ${1 << 21})) (i32.const 22)))
      (local.set $sum (select (local.get $sum) (i32.const 0) (i32.gt_s (local.get $sum) (i32.const 0))))
      (local.set $sum (select (local.get $sum) (i32.const 255) (i32.lt_s (local.get $sum) (i32.const 255))))
      (i32.store8 (local.get $to) (local.get $sum))
      ${advance('$to', constant(1))}
      ${advance('$place', constant(4))}
      (br_if $position (i32.lt_s (local.get $place) (local.get $firstEnd))))
    ${advance('$from', '(local.get $width)')}
    (br_if $row (i32.lt_s (local.get $from) (local.get $end)))))
`;

const kernels = ArenaKernels.load(() => assembleWasm(source), ['grey', 'rows']);

/**
 * Rows of the picture's luma at another width.
 *
 * @param picture of three channels
 * @param taps of its width
 * @returns height × positions bytes, row-major; undefined where this machine has no vector instructions
 */
export function greyRows({ width, height, pixels }: Raster, taps: Taps): Uint8Array | undefined {
  if (kernels === undefined) return undefined;
  const positions = taps.first.length;
  const tapBytes = 4 * tapsAtOnce * Math.ceil(taps.count / tapsAtOnce);
  const arena = kernels.arena({
    first: 4 * positions,
    weights: positions * tapBytes,
    grey: width * height,
    to: positions * height,
    picture: pixels.byteLength,
  });
  arena.int32('first').set(taps.first);
  arena.int16('weights').set(splitWeights(taps));
  arena.bytes('picture').set(pixels);
  const { first, weights, grey, to, picture } = arena.at;
  kernels.call('grey', picture, picture + pixels.byteLength, grey);
  kernels.call('rows', grey, width, grey + width * height, first, first + 4 * positions, weights, tapBytes, to);
  return arena.bytes('to').slice();
}

const split = new WeakMap<Taps, Int16Array>();

/** For each position and eight taps the upper parts of their weights, then the lower ones; zero behind the last. */
function splitWeights(taps: Taps): Int16Array {
  const made = split.get(taps);
  if (made !== undefined) return made;
  const groups = Math.ceil(taps.count / tapsAtOnce);
  const parts = new Int16Array(taps.first.length * groups * 2 * tapsAtOnce);
  taps.weights.forEach((weight, index) => {
    const [position, tap] = [Math.trunc(index / taps.count), index % taps.count];
    const group = position * groups + Math.trunc(tap / tapsAtOnce);
    const place = group * 2 * tapsAtOnce + (tap % tapsAtOnce);
    parts[place] = weight >> lowBits;
    parts[place + tapsAtOnce] = weight & (2 ** lowBits - 1);
  });
  split.set(taps, parts);
  return parts;
}
