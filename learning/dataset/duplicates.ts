/** The same picture more than once: copies, and pictures that look the same. Reported, never dropped. */
import { splitSchema, type DatasetManifest, type DuplicateGroup, type Split } from '../../contracts/data/dataset.js';
import { joinNear } from './nearHashes.js';
import { RowIndex } from './columns/rowIndex.js';
import type { Sequence } from './columns/sequence.js';

export interface Comparable {
  path: string;
  sha256: string;
  /** 16 hex digits. */
  perceptualHash: string;
  label: number;
  split: Split;
}

/**
 * Exact groups share their bytes. Near groups are different files whose perceptual hashes differ in at most 2 bits,
 * directly or over others of the group. In the order of their first image, the exact ones first.
 *
 * @returns groups that are made, from row numbers, each time they are gone through: 200,000 images that all look the same
 * are one group of 200,000 paths
 */
export function findDuplicates(images: Sequence<Comparable>): Iterable<DuplicateGroup> {
  const row = (index: number): Comparable => {
    const found = images.at(index);
    if (found === undefined) throw new RangeError(`there is no image ${index}`);
    return found;
  };
  const { first: sameContent } = new RowIndex(images.length, (index) => row(index).sha256);
  const { first: sameHash } = new RowIndex(images.length, (index) => row(index).perceptualHash);
  const sameLook = joinNear(sameHash, (index) => row(index).perceptualHash);
  return {
    *[Symbol.iterator]() {
      for (const rows of groups(sameContent)) yield describe('exact', rows, row);
      for (const rows of groups(sameLook)) {
        if (rows.some((index) => sameContent[index] !== sameContent[rows[0] ?? 0])) yield describe('near', rows, row);
      }
    },
  };
}

export function countDuplicates(groups: Iterable<DuplicateGroup>): DatasetManifest['duplicates'] {
  const counts = { exact: 0, near: 0, acrossSplits: 0, intoTest: 0, acrossClasses: 0 };
  for (const { kind, acrossSplits, splits, acrossClasses } of groups) {
    counts[kind] += 1;
    if (acrossSplits) counts.acrossSplits += 1;
    if (acrossSplits && splits?.includes('test')) counts.intoTest += 1;
    if (acrossClasses) counts.acrossClasses += 1;
  }
  return counts;
}

function describe(kind: DuplicateGroup['kind'], rows: Uint32Array, row: (index: number) => Comparable): DuplicateGroup {
  const splits = new Set<Split>();
  const labels = new Set<number>();
  const paths = Array.from(rows, (index) => {
    const { path, split, label } = row(index);
    splits.add(split);
    labels.add(label);
    return path;
  });
  return {
    kind,
    paths,
    acrossSplits: splits.size > 1,
    splits: splitSchema.options.filter((split) => splits.has(split)),
    acrossClasses: labels.size > 1,
  };
}

/**
 * The rows of each group of more than one, by the order of their first row.
 * @param first of each row's group, its first row
 */
function* groups(first: Uint32Array): Generator<Uint32Array> {
  const sizes = new Uint32Array(first.length);
  for (const at of first) sizes[at] = (sizes[at] ?? 0) + 1;
  const ends = new Uint32Array(first.length);
  let end = 0;
  for (const [at, size] of sizes.entries()) {
    ends[at] = end;
    if (size > 1) end += size;
  }
  const members = new Uint32Array(end);
  for (const [row, at] of first.entries()) {
    if ((sizes[at] ?? 0) < 2) continue;
    members[ends[at] ?? 0] = row;
    ends[at] = (ends[at] ?? 0) + 1;
  }
  for (const [at, size] of sizes.entries()) {
    const last = ends[at] ?? 0;
    if (size > 1) yield members.subarray(last - size, last);
  }
}
