/** Images of one split by the million, with what the steps of a run ask of them: some 150 bytes each. */
import type { ImageEntry } from '../../contracts/data/dataset.js';
import type { SourceRoot } from '../../contracts/data/datasetSighting.js';
import type { Sequence } from '../../learning/dataset/columns/sequence.js';
import { DigestColumn } from '../../learning/dataset/columns/digestColumn.js';
import { NumberColumn } from '../../learning/dataset/columns/numberColumn.js';
import { TextColumn } from '../../learning/dataset/columns/textColumn.js';

/** What the steps after the ingest ask of an image. */
export type ListedImage = Pick<ImageEntry, 'path' | 'bucket' | 'key' | 'etag' | 'sha256' | 'bytes' | 'label'> & {
  /** Of its version, as `DatasetSightings.roots`: left out where there are none. */
  roots?: readonly SourceRoot[];
};

const mostBytes = 2 ** 32 - 1;

export class ImageList implements Sequence<ListedImage> {
  private readonly paths = new TextColumn();
  private readonly etags = new TextColumn();
  private readonly digests = new DigestColumn();
  private readonly labels = new NumberColumn();
  private readonly sizes = new NumberColumn();
  /** What stands before the path in the key; the same for nearly all. */
  private readonly places: { bucket: string; prefix: string }[] = [];
  private readonly placeOf = new NumberColumn();
  /** Keys that do not end in their paths: those a manifest names by their addresses. */
  private readonly keys = new Map<number, string>();

  private readonly roots: readonly SourceRoot[];

  /** @param roots of the version, as `DatasetSightings.roots` */
  constructor(roots: readonly SourceRoot[] = []) {
    this.roots = roots;
  }

  get length(): number {
    return this.labels.length;
  }

  push({ path, bucket, key, etag, sha256, bytes, label }: ListedImage): void {
    const ends = key.endsWith(path);
    if (!ends) this.keys.set(this.length, key);
    this.placeOf.push(this.place(bucket, ends ? key.slice(0, key.length - path.length) : ''));
    this.paths.push(path);
    this.etags.push(etag);
    this.digests.push(sha256);
    this.labels.push(label);
    // Of a file beyond 4 GiB it is enough to know that it is large.
    this.sizes.push(Math.min(bytes, mostBytes));
  }

  /** @throws RangeError when there is no such image */
  at(index: number): ListedImage {
    const path = this.paths.at(index);
    const { bucket = '', prefix = '' } = this.places[this.placeOf.at(index) ?? -1] ?? {};
    return {
      path,
      bucket,
      key: this.keys.get(index) ?? prefix + path,
      etag: this.etags.at(index),
      sha256: this.digests.at(index),
      bytes: this.sizes.at(index) ?? 0,
      label: this.labels.at(index) ?? 0,
      ...(this.roots.length === 0 ? {} : { roots: this.roots }),
    };
  }

  private place(bucket: string, prefix: string): number {
    const known = this.places.findIndex((place) => place.bucket === bucket && place.prefix === prefix);
    return known >= 0 ? known : this.places.push({ bucket, prefix }) - 1;
  }

  /** As `array.slice`, for 0 ≤ from ≤ to. */
  slice(from: number, to: number): ListedImage[] {
    const count = Math.max(0, Math.min(to, this.length) - from);
    return Array.from({ length: count }, (_, index) => this.at(from + index));
  }

  map<T>(value: (image: ListedImage) => T): T[] {
    return Array.from(this, value);
  }

  *[Symbol.iterator](): Generator<ListedImage> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}
