/** Which file is said to show what, before anybody has looked into it. */
import { splits, type Split } from '../../../contracts/data/dataset.js';
import { NumberColumn } from '../columns/numberColumn.js';
import type { Sequence } from '../columns/sequence.js';
import { TextColumn } from '../columns/textColumn.js';

export interface Candidate {
  /** Path below the source's root, or the full URI of an object elsewhere. */
  path: string;
  /** Of a multi-label source all labels, as `joinedLabels` writes them. */
  className: string;
  /** As the source says; null when it says nothing. */
  split: Split | null;
  /** What it belongs to, as the source or a pattern of paths says; left out when neither says anything. */
  group?: string;
}

/** Candidates by the million: 12 bytes each beside their paths. */
export class CandidateTable implements Sequence<Candidate> {
  private readonly paths: TextColumn;
  private readonly rows = new NumberColumn();
  private readonly classNames: string[] = [];
  private readonly classes = new Map<string, number>();
  private readonly labels = new NumberColumn();
  /** 0: the source says nothing; else the split's place among all + 1. */
  private readonly splits = new NumberColumn();
  /** Empty for none; no column where no candidate has one. */
  private groups: TextColumn | undefined;
  /** Whether a picture has any number of labels. Undefined: nobody has said, so it has one. */
  isMultiLabel: boolean | undefined;
  /** Whether the labels are names of folders. */
  hasFolderLabels = false;
  private groupOfPath: ((path: string) => string | undefined) | undefined;

  /** @param paths of these candidates, perhaps among others */
  constructor(paths: TextColumn) {
    this.paths = paths;
  }

  get length(): number {
    return this.rows.length;
  }

  /**
   * @param row of the candidate's path
   * @param group left out or empty for none
   */
  add(row: number, className: string, split: Split | null, group = ''): void {
    if (group !== '' && this.groups === undefined) {
      this.groups = TextColumn.from(Array.from({ length: this.length }, () => ''));
    }
    this.groups?.push(group);
    let label = this.classes.get(className);
    if (label === undefined) {
      label = this.classNames.push(className) - 1;
      this.classes.set(className, label);
    }
    this.rows.push(row);
    this.labels.push(label);
    this.splits.push(split === null ? 0 : splits.indexOf(split) + 1);
  }

  /** Where the candidate's path stands among the paths. */
  rowOf(index: number): number {
    const row = this.rows.at(index);
    if (row === undefined) throw new RangeError(`there is no candidate ${index}`);
    return row;
  }

  pathOf(index: number): string {
    return this.paths.at(this.rowOf(index));
  }

  classNameOf(index: number): string {
    return this.classNames[this.labels.at(index) ?? -1] ?? '';
  }

  splitOf(index: number): Split | null {
    return splits[(this.splits.at(index) ?? 0) - 1] ?? null;
  }

  /** Whether any candidate may have a group. */
  get hasGroups(): boolean {
    return this.groups !== undefined || this.groupOfPath !== undefined;
  }

  /** Takes groups from the paths, instead of those that were given. */
  groupBy(groupOfPath: (path: string) => string | undefined): void {
    this.groupOfPath = groupOfPath;
  }

  groupOf(index: number): string | undefined {
    if (this.groupOfPath !== undefined) return this.groupOfPath(this.pathOf(index));
    return this.groups?.at(index) || undefined;
  }

  at(index: number): Candidate {
    const group = this.groupOf(index);
    return {
      ...{ path: this.pathOf(index), className: this.classNameOf(index), split: this.splitOf(index) },
      ...(group === undefined ? {} : { group }),
    };
  }

  *[Symbol.iterator](): Generator<Candidate> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}

export interface LabelledSource {
  candidates: CandidateTable;
  /** Files that are no leftovers of an operating system but belong to no class, by the rows of their paths. */
  withoutClass: { row: number; detail: string }[];
  /** What the source itself calls each split it has, e.g. validation → `val`. */
  splitNames: Partial<Record<Split, string>>;
}
