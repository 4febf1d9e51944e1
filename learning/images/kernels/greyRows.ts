/**
 * The first half of reducing a picture to few grey pixels, in vector instructions: luma, then rows. Both are the integer arithmetic of
 * perceptualHash.ts and resample.ts, and give the same bytes in a tenth of the time.
 */
import { ArenaKernels } from './arenaKernels.js';
import type { Raster, Taps } from '../resample.js';

/** Weights of 23 bits as two of 12, which 16-bit multiplications take. */
const lowBits = 11;
const tapsAtOnce = 8;

const kernels = ArenaKernels.load(new URL('./greyRows.wasm', import.meta.url), ['grey', 'rows']);

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
