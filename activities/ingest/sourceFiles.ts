/** The files of a source that may be images, by the million: in the order of their paths, each made when it is asked for. */
import type { Split } from '../../contracts/data/dataset.js';
import type { Candidate, CandidateTable } from '../../learning/dataset/folders/candidates.js';
import type { Sequence } from '../../learning/dataset/columns/sequence.js';
import { NumberColumn } from '../../learning/dataset/columns/numberColumn.js';
import { TextColumn } from '../../learning/dataset/columns/textColumn.js';
import type { ObjectFacts } from '../../storage/s3/objectFacts.js';
import type { S3Location } from '../../storage/s3/s3Uri.js';

export interface SourceFile extends Candidate, S3Location {
  etag: string;
  bytes: number;
}

/** Size and etag of objects, by row; rows are set in any order. */
export class FactsTable {
  private readonly etags = new TextColumn();
  /** Where each row's etag is, + 1; 0 where it is unknown. */
  private readonly places = new NumberColumn();
  private readonly sizes = new NumberColumn(Float64Array);

  set(row: number, { etag, size }: Pick<ObjectFacts, 'etag' | 'size'>): void {
    this.etags.push(etag);
    this.places.set(row, this.etags.length);
    this.sizes.set(row, size);
  }

  has(row: number): boolean {
    return (this.places.at(row) ?? 0) > 0;
  }

  /** @throws RangeError when nothing is known of the row */
  at(row: number): { etag: string; bytes: number } {
    return { etag: this.etags.at((this.places.at(row) ?? 0) - 1), bytes: this.sizes.at(row) ?? 0 };
  }
}

export class SourceFiles implements Sequence<SourceFile> {
  private readonly candidates: CandidateTable;
  private readonly facts: FactsTable;
  private readonly locate: (path: string) => S3Location;
  /** Indices of candidates. */
  private readonly order: Uint32Array;
  /** Labels that a person has looked at, as they are now. */
  private readonly reviewed = new Map<number, string>();

  /**
   * @param facts by the rows of the candidates' paths; candidates without are left out
   * @param locate where the object of a path is
   */
  constructor(candidates: CandidateTable, facts: FactsTable, locate: (path: string) => S3Location) {
    this.candidates = candidates;
    this.facts = facts;
    this.locate = locate;
    const found: number[] = [];
    let sorted = true;
    let before = '';
    for (let index = 0; index < candidates.length; index += 1) {
      if (!facts.has(candidates.rowOf(index))) continue;
      const path = candidates.pathOf(index);
      found.push(index);
      sorted &&= before <= path;
      before = path;
    }
    this.order = Uint32Array.from(found);
    // Stores list by bytes, which is nearly always this order.
    if (!sorted) this.order.sort((a, b) => byCodeUnit(candidates.pathOf(a), candidates.pathOf(b)));
  }

  get length(): number {
    return this.order.length;
  }

  at(index: number): SourceFile {
    const candidate = this.candidate(index);
    const labelled = this.candidates.at(candidate);
    const className = this.reviewed.get(index) ?? labelled.className;
    return {
      ...labelled,
      className,
      ...this.locate(labelled.path),
      ...this.facts.at(this.candidates.rowOf(candidate)),
    };
  }

  pathOf(index: number): string {
    return this.candidates.pathOf(this.candidate(index));
  }

  classNameOf(index: number): string {
    return this.reviewed.get(index) ?? this.candidates.classNameOf(this.candidate(index));
  }

  /** Takes the label that a person has decided on, the same or another one, whatever the source says. */
  review(index: number, className: string): void {
    this.reviewed.set(index, className);
  }

  isReviewed(index: number): boolean {
    return this.reviewed.has(index);
  }

  splitOf(index: number): Split | null {
    return this.candidates.splitOf(this.candidate(index));
  }

  /** Whether a file has any number of labels. */
  get isMultiLabel(): boolean {
    return this.candidates.isMultiLabel === true;
  }

  /** Whether the labels are names of folders. */
  get hasFolderLabels(): boolean {
    return this.candidates.hasFolderLabels;
  }

  get hasGroups(): boolean {
    return this.candidates.hasGroups;
  }

  /** Takes groups from the paths, whatever the source says. */
  groupBy(groupOfPath: (path: string) => string | undefined): void {
    this.candidates.groupBy(groupOfPath);
  }

  groupOf(index: number): string | undefined {
    return this.candidates.groupOf(this.candidate(index));
  }

  /** @throws RangeError */
  private candidate(index: number): number {
    const candidate = this.order[index];
    if (candidate === undefined) throw new RangeError(`there is no file ${index}`);
    return candidate;
  }

  *[Symbol.iterator](): Generator<SourceFile> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }
}

/** As Python sorts folder names: no locale may change a label's number. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
