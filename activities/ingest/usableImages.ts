/** The usable files of a source, as images with class, label and split; each is made when it is asked for. */
import type { ImageEntry, Split } from '../../contracts/data/dataset.js';
import type { Comparable } from '../../learning/dataset/duplicates.js';
import { sequence, type Sequence } from '../../learning/dataset/columns/sequence.js';
import type { Splittable } from '../../learning/dataset/splits/splits.js';
import type { Inspections } from './inspections.js';
import { labelFiles, type FileLabels } from './labelledFiles.js';
import type { SourceFiles } from './sourceFiles.js';

export class UsableImages {
  readonly labels: FileLabels;
  private readonly files: SourceFiles;
  private readonly inspections: Inspections;

  constructor(files: SourceFiles, inspections: Inspections) {
    this.files = files;
    this.inspections = inspections;
    this.labels = labelFiles(files, inspections);
  }

  get length(): number {
    return this.labels.usable.length;
  }

  /** As the source says, which may know nothing of splits. */
  toSplit(): Sequence<Splittable> {
    return sequence(this.length, (index) => {
      const file = this.file(index);
      const group = this.files.groupOf(file);
      return {
        sha256: this.inspections.sha256(file),
        className: this.labels.textOf(file),
        ...(this.labels.labelSets === undefined ? {} : { tags: this.labels.tagsOf(file) }),
        split: this.files.splitOf(file),
        ...(group === undefined ? {} : { group }),
      };
    });
  }

  /** Whether any file has a group. */
  get hasGroups(): boolean {
    return this.files.hasGroups;
  }

  /** @param splits of the images */
  toCompare(splits: readonly Split[]): Sequence<Comparable> {
    const [files, inspections] = [this.files, this.inspections];
    return sequence(this.length, (index) => {
      const file = this.file(index);
      return new ComparableImage(files, inspections, file, this.labels.labelOf(file), splits[index] ?? 'train');
    });
  }

  /** @param splits of the images */
  entries(splits: readonly Split[]): Sequence<ImageEntry> {
    return sequence(this.length, (index) => {
      const file = this.file(index);
      const { path, bucket, key, etag, bytes, group } = this.files.at(file);
      const { sha256, width, height, perceptualHash } = this.inspections.usable(file);
      const [label, split] = [this.labels.labelOf(file), splits[index] ?? 'train'];
      return {
        ...{ path, bucket, key, etag, sha256, bytes, width, height, perceptualHash, label, split },
        ...(group === undefined ? {} : { group }),
        ...(this.files.isReviewed(file) ? { reviewed: true as const } : {}),
      };
    });
  }

  private file(index: number): number {
    const file = this.labels.usable[index];
    if (file === undefined) throw new RangeError(`there is no image ${index}`);
    return file;
  }
}

/** Looks up only what it is asked: millions of these are made to compare their hashes, and few are asked for their paths. */
class ComparableImage implements Comparable {
  constructor(
    private readonly files: SourceFiles,
    private readonly inspections: Inspections,
    private readonly file: number,
    readonly label: number,
    readonly split: Split,
  ) {}

  get path(): string {
    return this.files.pathOf(this.file);
  }

  get sha256(): string {
    return this.inspections.sha256(this.file);
  }

  get group(): string | undefined {
    return this.files.groupOf(this.file);
  }

  get perceptualHash(): string {
    return this.inspections.perceptualHash(this.file);
  }
}
