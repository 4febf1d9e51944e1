/** The usable files of a source, as images with class, label and split; each is made when it is asked for. */
import type { ImageEntry, Split } from '../../contracts/data/dataset.js';
import type { Comparable } from '../../learning/dataset/duplicates.js';
import { sequence, type Sequence } from '../../learning/dataset/columns/sequence.js';
import type { Splittable } from '../../learning/dataset/splits/splits.js';
import type { Inspections } from './inspections.js';
import { byCodeUnit, type SourceFiles } from './sourceFiles.js';

export class UsableImages {
  /** In the order of their labels. */
  readonly classes: string[];
  /** Those of whose files none is usable. */
  readonly unusableClasses: string[];
  private readonly files: SourceFiles;
  private readonly inspections: Inspections;
  /** Indices of files, in the order of their paths. */
  private readonly usable: Uint32Array;
  private readonly labels: ReadonlyMap<string, number>;

  constructor(files: SourceFiles, inspections: Inspections) {
    this.files = files;
    this.inspections = inspections;
    const usable: number[] = [];
    const [classes, named] = [new Set<string>(), new Set<string>()];
    for (let file = 0; file < files.length; file += 1) {
      named.add(files.classNameOf(file));
      if (!inspections.isUsable(file)) continue;
      usable.push(file);
      classes.add(files.classNameOf(file));
    }
    this.usable = Uint32Array.from(usable);
    this.classes = [...classes].toSorted(byCodeUnit);
    this.unusableClasses = [...named].filter((name) => !classes.has(name)).toSorted(byCodeUnit);
    this.labels = new Map(this.classes.map((name, label) => [name, label]));
  }

  get length(): number {
    return this.usable.length;
  }

  /** As the source says, which may know nothing of splits. */
  toSplit(): Sequence<Splittable> {
    return sequence(this.length, (index) => {
      const file = this.file(index);
      const group = this.files.groupOf(file);
      return {
        sha256: this.inspections.sha256(file),
        className: this.files.classNameOf(file),
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
      return new ComparableImage(files, inspections, file, this.label(file), splits[index] ?? 'train');
    });
  }

  /** @param splits of the images */
  entries(splits: readonly Split[]): Sequence<ImageEntry> {
    return sequence(this.length, (index) => {
      const file = this.file(index);
      const { path, bucket, key, etag, bytes, group } = this.files.at(file);
      const { sha256, width, height, perceptualHash } = this.inspections.usable(file);
      const [label, split] = [this.label(file), splits[index] ?? 'train'];
      const entry = { path, bucket, key, etag, sha256, bytes, width, height, perceptualHash, label, split };
      return group === undefined ? entry : { ...entry, group };
    });
  }

  private file(index: number): number {
    const file = this.usable[index];
    if (file === undefined) throw new RangeError(`there is no image ${index}`);
    return file;
  }

  private label(file: number): number {
    return this.labels.get(this.files.classNameOf(file)) ?? 0;
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
