/** What is drawn as one: a picture with its copies, a group, pictures that look alike. */
import { createHash } from 'node:crypto';
import { numbered } from '../columns/sequence.js';
import type { Pool } from './draw.js';

export interface Unit {
  /** Of the pictures that take part. */
  rows: Uint32Array;
  /** Of those classes that it has pictures of. */
  classes: readonly { label: number; count: number }[];
}

/** In the order in which they are drawn: that of a hash. Each is made when it is asked for. */
export class Units implements Iterable<Unit> {
  /** By label. */
  readonly classNames: string[] = [];
  /** Whether a picture may have several. */
  readonly haveSeveralLabels: boolean = false;
  private readonly labels: Uint32Array;
  /** Of pictures with other than one label. */
  private readonly severalLabels = new Map<number, number[]>();
  private readonly unitOf: Uint32Array;
  /** Rows that take part, unit after unit. */
  private readonly rows: Uint32Array;
  /** By the first row of a unit: where its rows begin, + 1; 0 for none. */
  private readonly begins: Uint32Array;

  /** @param salt of the hash */
  constructor({ images, contents, among, together }: Pool, salt: string) {
    this.unitOf = together ?? contents.first;
    this.labels = new Uint32Array(images.length);
    this.begins = new Uint32Array(images.length);
    const places = new Float64Array(images.length);
    const labelOf = new Map<string, number>();
    const least = new Map<number, string>();
    const numberOf = (name: string): number => {
      const label = labelOf.get(name) ?? this.classNames.push(name) - 1;
      labelOf.set(name, label);
      return label;
    };
    for (const [row, { className, tags, sha256 }] of numbered(images)) {
      if (among[row] !== 1) continue;
      if (tags === undefined) this.labels[row] = numberOf(className);
      else {
        this.haveSeveralLabels = true;
        this.severalLabels.set(row, tags.map(numberOf));
      }
      const unit = this.unitOf[row] ?? row;
      if (unit === row) places[unit] = place(salt, sha256);
      // The hash is that of the smallest digest, so that it does not depend on names.
      else if (sha256 < (least.get(unit) ?? images.at(unit)?.sha256 ?? sha256)) least.set(unit, sha256);
    }
    for (const [unit, sha256] of least) places[unit] = place(salt, sha256);
    const placeOf = (row: number): number => places[this.unitOf[row] ?? row] ?? 0;
    this.rows = Uint32Array.from({ length: images.length }, (_, row) => row)
      .filter((row) => among[row] === 1)
      .sort((a, b) => placeOf(a) - placeOf(b) || (this.unitOf[a] ?? a) - (this.unitOf[b] ?? b) || a - b);
    for (const [index, row] of this.rows.entries()) {
      const unit = this.unitOf[row] ?? row;
      if (this.begins[unit] === 0) this.begins[unit] = index + 1;
    }
  }

  /** That of an image; undefined where none of it takes part. */
  of(row: number): Unit | undefined {
    const begin = this.begins[this.unitOf[row] ?? row] ?? 0;
    return begin === 0 ? undefined : this.from(begin - 1);
  }

  *[Symbol.iterator](): Generator<Unit> {
    for (let begin = 0; begin < this.rows.length;) {
      const unit = this.from(begin);
      begin += unit.rows.length;
      yield unit;
    }
  }

  /** Of a row that takes part. */
  labelsOf(row: number): readonly number[] {
    return this.severalLabels.get(row) ?? [this.labels[row] ?? 0];
  }

  private from(begin: number): Unit {
    const unitAt = (index: number): number => this.unitOf[this.rows[index] ?? 0] ?? 0;
    let end = begin + 1;
    while (end < this.rows.length && unitAt(end) === unitAt(begin)) end += 1;
    const rows = this.rows.subarray(begin, end);
    if (rows.length === 1) return { rows, classes: this.labelsOf(rows[0] ?? 0).map((label) => ({ label, count: 1 })) };
    const counts = new Map<number, number>();
    for (const row of rows) {
      for (const label of this.labelsOf(row)) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    return { rows, classes: [...counts].map(([label, count]) => ({ label, count })) };
  }
}

/** Uniform in [0, 1). */
function place(salt: string, sha256: string): number {
  return createHash('sha256').update(`${salt} ${sha256}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
