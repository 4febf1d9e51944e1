/** Which pictures are kept together when splits are drawn: copies, those of one group, and those that look alike. Pure. */
import { join, groupsOf, root } from '../columns/unionFind.js';
import { RowIndex } from '../columns/rowIndex.js';
import { numbered, type Sequence } from '../columns/sequence.js';

export interface Groupable {
  sha256: string;
  className: string;
  /** As of `Drawable`. */
  tags?: readonly string[];
  /** What it belongs to, as the source says. */
  group?: string | undefined;
}

export interface Together {
  /** For each row, the first row of what it is kept together with. */
  first: Uint32Array;
  /** Groups of look-alikes that are kept together. */
  alike: number;
}

/** A look-alike group with a larger share of a class is no repeated picture: hashes say little of flat ones and of drawings. */
const mostOfClass = 0.5;

/**
 * Copies are one picture, whatever group they are in. What a person says of groups is taken as it is. Look-alikes are joined where
 * that is safe: not across two groups of the source, and not where a group would hold more than half of a class.
 *
 * @param sameLook for each row, the first row that looks the same
 */
export function keptTogether(images: Sequence<Groupable>, sameLook: Uint32Array, hasGroups: boolean): Together {
  const first = new RowIndex(images.length, (row) => images.at(row)?.sha256 ?? '').first.slice();
  const named = hasGroups ? new RowIndex(images.length, (row) => groupName(images, row)).first : undefined;
  for (const [row, { group }] of numbered(images)) {
    if (group !== undefined) join(first, row, named?.[row] ?? row);
  }
  const classes = countClasses(
    images,
    Uint32Array.from({ length: images.length }, (_, row) => row),
  );
  let alike = 0;
  for (const rows of groupsOf(sameLook)) {
    if (rows.every((row) => root(first, row) === root(first, rows[0] ?? 0)) || !mayJoin(rows)) continue;
    alike += 1;
    for (const row of rows) join(first, row, rows[0] ?? row);
  }
  return { first: first.map((_above, row) => root(first, row)), alike };

  function mayJoin(rows: Uint32Array): boolean {
    const ofSource = new Set<string>();
    for (const row of rows) {
      const group = images.at(row)?.group;
      if (group !== undefined) ofSource.add(group);
    }
    if (ofSource.size > 1) return false;
    return [...countClasses(images, rows)].every(([name, count]) => count <= mostOfClass * (classes.get(name) ?? 0));
  }
}

/** How many groups the source has, with how many pictures. Undefined where it has none. */
export function countGroups(
  images: Iterable<Pick<Groupable, 'group'>>,
): { count: number; pictures: number; largest: number } | undefined {
  const sizes = new Map<string, number>();
  let pictures = 0;
  for (const { group } of images) {
    if (group === undefined) continue;
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
    pictures += 1;
  }
  if (pictures === 0) return undefined;
  return { count: sizes.size, pictures, largest: [...sizes.values()].reduce((a, b) => Math.max(a, b), 0) };
}

/** A picture without a group has a name that no group has. */
function groupName(images: Sequence<Groupable>, row: number): string {
  return images.at(row)?.group ?? `\0${row}`;
}

function countClasses(images: Sequence<Groupable>, rows: Uint32Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const image = images.at(row);
    for (const name of image?.tags ?? [image?.className ?? '']) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
