/** Pictures of a source that a model was trained on, or that come too near to those: they test nothing. Pure. */
import { leakKinds, type PictureLeak } from '../../contracts/models/pictureTest.js';
import { lookAlikes } from '../../learning/dataset/duplicates.js';
import { sequence, type Sequence } from '../../learning/dataset/columns/sequence.js';

/** What is compared of a picture. */
export interface Compared {
  sha256: string;
  /** 16 hex digits. */
  perceptualHash: string;
  group?: string | undefined;
}

type Kind = PictureLeak['kind'];

/** Collects what a model has seen, then tells which pictures it knows. */
export class KnownPictures {
  private readonly digests = new Set<string>();
  private readonly groups = new Set<string>();
  private readonly hashes = new Set<string>();

  /** @param picture that the model, or one it was made from, was trained on */
  add({ sha256, perceptualHash, group }: Compared): void {
    this.digests.add(sha256);
    this.hashes.add(perceptualHash);
    if (group !== undefined) this.groups.add(group);
  }

  /**
   * The strongest reason for each picture: the same file, then a hash that differs in at most 2 bits, directly or over others, then a
   * group that training had pictures of.
   */
  among(pictures: Sequence<Compared>): (Kind | undefined)[] {
    const seen = [...this.hashes];
    const all = sequence(seen.length + pictures.length, (row) => ({
      perceptualHash: seen[row] ?? pictures.at(row - seen.length)?.perceptualHash ?? '',
    }));
    const first = lookAlikes(all);
    return Array.from({ length: pictures.length }, (_, row) => {
      const picture = pictures.at(row);
      if (picture === undefined) return undefined;
      if (this.digests.has(picture.sha256)) return 'identical';
      // Rows of what was seen come first, and a group is named by its first row.
      if ((first[seen.length + row] ?? Infinity) < seen.length) return 'alike';
      return picture.group !== undefined && this.groups.has(picture.group) ? 'group' : undefined;
    });
  }
}

export function countKinds(kinds: Iterable<Kind | undefined>): Record<Kind, number> {
  const counts = Object.fromEntries(leakKinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const kind of kinds) if (kind !== undefined) counts[kind] += 1;
  return counts;
}
