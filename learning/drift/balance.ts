/** Whether what was added to a set, or taken from it, is balanced as the rest. Pure. */
import { compareShares, type ChiSquared } from './chiSquared.js';
import type { Placed } from './matchedSample.js';

export interface Balance {
  /** Pictures that were added, against the earlier ones. null: nothing to compare. */
  added: ChiSquared | null;
  /** Pictures that are gone, against those that stayed. null: nothing to compare. */
  gone: ChiSquared | null;
}

/**
 * Of the classes that both versions have. The earlier set is held against what was added, not against the set that contains both: the
 * more there was before, the less such a mixture shows. A picture whose class was changed is gone from one and added to the other.
 */
export function compareBalance(earlier: readonly Placed[], later: readonly Placed[]): Balance {
  const [before, after] = [classesOf(earlier), classesOf(later)];
  const shared = [...before].filter((name) => after.has(name));
  const [known, present] = [placesOf(earlier), placesOf(later)];
  const count = (pictures: readonly Placed[]): number[] => countOf(pictures, shared);
  const isThere = (one: Placed): boolean => present.has(placeOf(one));
  return {
    added: compareShares(count(earlier), count(later.filter((one) => !known.has(placeOf(one))))),
    gone: compareShares(count(earlier.filter(isThere)), count(earlier.filter((one) => !isThere(one)))),
  };
}

const classesOf = (pictures: readonly Placed[]): Set<string> => new Set(pictures.map((one) => one.class));

const placesOf = (pictures: readonly Placed[]): Set<string> => new Set(pictures.map(placeOf));

/** A digest has a fixed length: whatever comes behind it is the class. */
const placeOf = ({ sha256, class: name }: Placed): string => `${sha256}${name}`;

function countOf(pictures: readonly Placed[], classes: readonly string[]): number[] {
  const counts = new Map(classes.map((name) => [name, 0]));
  for (const { class: name } of pictures) {
    const count = counts.get(name);
    if (count !== undefined) counts.set(name, count + 1);
  }
  return [...counts.values()];
}
