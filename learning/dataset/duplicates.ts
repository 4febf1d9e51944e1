/** The same picture more than once: copies, and pictures that look the same. Reported, never dropped. */
import { splitSchema, type DatasetManifest, type DuplicateGroup, type Split } from '../../contracts/data/dataset.js';
import { joinNear } from './nearHashes.js';
import { RowIndex } from './columns/rowIndex.js';
import type { Sequence } from './columns/sequence.js';
import { groupsOf } from './columns/unionFind.js';

export interface Comparable {
  path: string;
  sha256: string;
  /** 16 hex digits. */
  perceptualHash: string;
  label: number;
  split: Split;
  /** What it belongs to, as the source says. */
  group?: string | undefined;
}

/** For each row, the first row of the pictures that look the same, directly or over others. */
export function lookAlikes(images: Sequence<Pick<Comparable, 'perceptualHash'>>): Uint32Array {
  const hashOf = (index: number): string => images.at(index)?.perceptualHash ?? '';
  return joinNear(new RowIndex(images.length, hashOf).first, hashOf);
}

/**
 * Exact groups share their bytes. Near groups are different files whose perceptual hashes differ in at most 2 bits,
 * directly or over others of the group. In the order of their first image, the exact ones first. Then come the groups of the
 * source, where they cross splits.
 *
 * @param sameLook as {@link lookAlikes} gives it
 * @param hasGroups whether the source says what belongs together
 * @returns groups that are made, from row numbers, each time they are gone through: 200,000 images that all look the same
 * are one group of 200,000 paths
 */
export function findDuplicates(
  images: Sequence<Comparable>,
  { sameLook = lookAlikes(images), hasGroups = false }: { sameLook?: Uint32Array; hasGroups?: boolean } = {},
): Iterable<DuplicateGroup> {
  const row = (index: number): Comparable => {
    const found = images.at(index);
    if (found === undefined) throw new RangeError(`there is no image ${index}`);
    return found;
  };
  const { first: sameContent } = new RowIndex(images.length, (index) => row(index).sha256);
  // A picture without a group is one by itself: no group has its row's number behind a character that no name begins with.
  const sameGroup = hasGroups
    ? new RowIndex(images.length, (index) => row(index).group ?? `\0${index}`).first
    : new Uint32Array();
  return {
    *[Symbol.iterator]() {
      for (const rows of groupsOf(sameContent)) yield describe('exact', rows, row);
      for (const rows of groupsOf(sameLook)) {
        if (rows.some((index) => sameContent[index] !== sameContent[rows[0] ?? 0])) yield describe('near', rows, row);
      }
      for (const rows of groupsOf(sameGroup)) {
        const group = describe('group', rows, row);
        // A patient may well have pictures of several classes.
        if (group.acrossSplits) yield { ...group, acrossClasses: false };
      }
    },
  };
}

export function countDuplicates(groups: Iterable<DuplicateGroup>): DatasetManifest['duplicates'] {
  const counts = { exact: 0, near: 0, group: 0, acrossSplits: 0, intoTest: 0, acrossClasses: 0 };
  for (const { kind, acrossSplits, splits, acrossClasses } of groups) {
    counts[kind] += 1;
    if (acrossSplits) counts.acrossSplits += 1;
    if (acrossSplits && splits?.includes('test')) counts.intoTest += 1;
    if (acrossClasses) counts.acrossClasses += 1;
  }
  const { group, ...others } = counts;
  return group === 0 ? others : { ...others, group };
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
