/** What a review has found, picture by picture. */
import type { DuplicateGroup, ImageEntry } from '../../contracts/data/dataset.js';
import type { LabelIssue, ReviewedPicture } from '../../contracts/data/labelReview.js';
import type { LabelDoubt } from '../../learning/review/labelDoubts.js';
import type { Memberships } from '../../learning/review/memberships.js';

/** Look-alikes of a picture that are named. */
const mostNamed = 3;

/** What is found, one entry for each picture. */
export class Issues {
  readonly counts = { contradictory: 0, outliers: 0 };
  private readonly found = new Map<number, LabelIssue>();

  /** @param fits how well a label fits a picture, by their indices */
  constructor(
    private readonly images: readonly ImageEntry[],
    private readonly fits: (index: number, label: number) => number,
  ) {}

  list(): LabelIssue[] {
    return [...this.found.values()];
  }

  /** @param nearest pictures, by their indices */
  doubt(
    { index, suggested, own, other, labels, speaksForOwn, speaksForOther }: LabelDoubt,
    nearest: readonly number[],
  ): void {
    const count = (speaks: (label: number) => boolean): number =>
      nearest.filter((one) => speaks(this.image(one).label)).length;
    const around = { count: nearest.length, own: count(speaksForOwn), other: count(speaksForOther) };
    this.found.set(index, {
      picture: pictureOf(this.image(index)),
      suggested,
      doubt: { own, other, neighbours: around, ...(labels === undefined ? {} : { labels }) },
    });
  }

  /** Pictures that look the same under several labels: each of them, unless a person has looked at it. */
  contradictions(groups: Iterable<DuplicateGroup>): void {
    const indexOf = new Map(this.images.map(({ path }, index) => [path, index]));
    for (const { acrossClasses, paths } of groups) {
      if (!acrossClasses) continue;
      const members = paths.flatMap((path) => indexOf.get(path) ?? []);
      for (const index of members) {
        const own = this.image(index);
        const others = members.filter((member) => this.image(member).label !== own.label).slice(0, mostNamed);
        if (others.length === 0 || own.reviewed === true) continue;
        const known = this.found.get(index);
        if (known?.alike !== undefined) continue;
        this.counts.contradictory += 1;
        const likely = others
          .map((member) => this.image(member).label)
          .toSorted((a, b) => this.fits(index, b) - this.fits(index, a));
        const better = likely.find((label) => this.fits(index, label) > this.fits(index, own.label));
        const suggested = known?.suggested ?? better;
        this.found.set(index, {
          ...(known ?? { picture: pictureOf(own) }),
          ...(suggested === undefined ? {} : { suggested }),
          alike: others.map((member) => pictureOf(this.image(member))),
        });
      }
    }
  }

  /**
   * Pictures far from each of their classes, the farthest first.
   *
   * @param distances of each membership
   * @param fences of each class, which hardly any distance exceeds
   */
  outliers({ pictures, classes }: Memberships, distances: Float64Array, fences: readonly number[]): void {
    const nearest = new Map<number, { distance: number; limit: number; share: number }>();
    for (const [member, index] of pictures.entries()) {
      const [distance, limit] = [distances[member] as number, fences[classes[member] as number] as number];
      // No number: the picture is alone in its class, and nobody knows whether it is like it.
      const share = Number.isNaN(distance) ? 0 : distance / limit;
      if (share < (nearest.get(index)?.share ?? Infinity)) nearest.set(index, { distance, limit, share });
    }
    const far = [...nearest].filter(([index, { share }]) => share > 1 && this.image(index).reviewed !== true);
    this.counts.outliers = far.length;
    for (const [index, { distance, limit }] of far.sort(([, a], [, b]) => b.share - a.share)) {
      const known = this.found.get(index) ?? { picture: pictureOf(this.image(index)) };
      this.found.set(index, { ...known, outlier: { distance, limit } });
    }
  }

  private image(index: number): ImageEntry {
    return this.images[index] as ImageEntry;
  }
}

export function pictureOf({ path, bucket, key, sha256, label }: ImageEntry): ReviewedPicture {
  return { path, bucket, key, sha256, label };
}
