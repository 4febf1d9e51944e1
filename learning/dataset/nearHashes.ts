/** Pictures that look the same: perceptual hashes a few bits apart, found without comparing each with each. */
import { join, root } from './columns/unionFind.js';

/** Differing bits up to which two 64-bit hashes mean the same picture. */
const nearDistance = 2;

/** The six pairs of a hash's four 16-bit quarters, the highest first. */
const quarterPairs = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
] as const;

/**
 * Two hashes that differ in at most 2 of 64 bits agree in at least two of their four quarters. So only hashes that share a
 * pair of quarters are compared, which keeps 100,000 pictures a matter of a second.
 *
 * @param sameHash for each row, the first row with the same hash
 * @param hashOf 16 hex digits
 * @returns for each row, the first row of its group: those whose hashes are near, directly or over others of the group
 */
export function joinNear(sameHash: Uint32Array, hashOf: (row: number) => string): Uint32Array {
  const rows = sameHash.filter((first, row) => first === row);
  const high = new Uint32Array(sameHash.length);
  const low = new Uint32Array(sameHash.length);
  for (const row of rows) {
    const hash = hashOf(row);
    high[row] = Number.parseInt(hash.slice(0, 8), 16);
    low[row] = Number.parseInt(hash.slice(8), 16);
  }
  const quarter = (row: number, place: number): number => {
    const half = (place < 2 ? high : low)[row] ?? 0;
    return place % 2 === 0 ? half >>> 16 : half & 0xffff;
  };
  const isNear = (a: number, b: number): boolean =>
    bitsSet((high[a] ?? 0) ^ (high[b] ?? 0)) + bitsSet((low[a] ?? 0) ^ (low[b] ?? 0)) <= nearDistance;

  const groups = sameHash.slice();
  for (const [first, second] of quarterPairs) {
    for (const alike of rowsAlike(rows, (row) => quarter(row, first) * 2 ** 16 + quarter(row, second))) {
      for (const [place, a] of alike.entries()) {
        for (const b of alike.subarray(place + 1)) if (isNear(a, b)) join(groups, a, b);
      }
    }
  }
  return groups.map((_first, row) => root(groups, row));
}

/** Groups of rows with the same key (32 bits), where there are more than one. */
function* rowsAlike(rows: Uint32Array, keyOf: (row: number) => number): Generator<Uint32Array> {
  // Sorting 64-bit numbers, the key above the row, is many times faster than filling a map with lists.
  const keyed = new BigUint64Array(rows.length);
  for (const [index, row] of rows.entries()) keyed[index] = (BigInt(keyOf(row)) << 32n) | BigInt(row);
  keyed.sort();
  const sorted = new Uint32Array(rows.length);
  for (const [index, entry] of keyed.entries()) sorted[index] = Number(entry & 0xffffffffn);
  let begin = 0;
  for (let end = 1; end <= sorted.length; end += 1) {
    if (end < sorted.length && keyOf(sorted[end] ?? 0) === keyOf(sorted[begin] ?? 0)) continue;
    if (end - begin > 1) yield sorted.subarray(begin, end);
    begin = end;
  }
}

function bitsSet(value: number): number {
  let rest = value - ((value >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
