/** Rows of equal size that lie in several files, read by position. */
import type { RandomAccess } from '../arrays/safetensorsInFile.js';

/** Consecutive rows in one file. */
export interface RowBlock {
  /** Index of the first row. */
  readonly first: number;
  readonly count: number;
  readonly file: RandomAccess;
  /** Where the first row begins in the file, in bytes. */
  readonly offset: number;
}

/** Rows that are read together, one behind the other. */
interface Slab {
  readonly bytes: Uint8Array;
  readonly ready: Promise<unknown>;
}

export class RowReader {
  /** Rows in all. */
  readonly count: number;
  private readonly blocks: readonly RowBlock[];
  /** Rows asked for beforehand and not handed out yet. */
  private readonly expected = new Map<number, { slab: Slab; at: number }>();

  /**
   * @param rowBytes size of a row
   * @throws RangeError when the blocks do not cover 0 … count−1 without gaps
   */
  constructor(
    private readonly rowBytes: number,
    blocks: readonly RowBlock[],
  ) {
    this.blocks = [...blocks].sort((a, b) => a.first - b.first);
    this.count = this.blocks.reduce((next, { first, count }) => {
      if (first !== next) throw new RangeError(`row ${next} is missing or given twice`);
      return next + count;
    }, 0);
  }

  /**
   * Begins to read rows that will be asked for soon. They are kept until they are, so nothing else should be hinted at.
   * @throws RangeError when there is no such row
   */
  prefetch(rows: readonly number[]): void {
    const wanted = rows.filter((row) => !this.expected.has(row));
    if (wanted.length === 0) return;
    // Not zeroed, and with a memory of its own: tensors are made of views into it.
    const bytes = Buffer.allocUnsafeSlow(wanted.length * this.rowBytes);
    const reads: Promise<void>[] = [];
    for (let at = 0; at < wanted.length;) {
      const row = wanted[at] as number;
      const { first, count, file, offset } = this.blockOf(row);
      // Neighbours, as validation asks for them, are one read.
      let end = at + 1;
      while (wanted[end] === row + end - at && row + end - at < first + count) end++;
      reads.push(
        file.read(bytes.subarray(at * this.rowBytes, end * this.rowBytes), offset + (row - first) * this.rowBytes),
      );
      at = end;
    }
    const slab = { bytes, ready: Promise.all(reads) };
    // A caller that asks for the rows gets the error.
    slab.ready.catch(() => undefined);
    for (const [at, row] of wanted.entries()) this.expected.set(row, { slab, at });
  }

  /**
   * These rows, one behind the other; without a copy when they were hinted at in this order.
   * @throws RangeError when there is no such row; what reading throws
   */
  async read(rows: readonly number[]): Promise<Uint8Array> {
    this.prefetch(rows);
    const places = rows.flatMap((row) => this.expected.get(row) ?? []);
    for (const row of rows) this.expected.delete(row);
    const slabs = new Set(places.map(({ slab }) => slab));
    await Promise.all([...slabs].map(({ ready }) => ready));
    const [begin] = places;
    if (begin === undefined) return new Uint8Array(0);
    const { slab } = begin;
    const { rowBytes } = this;
    if (places.every((place, i) => place.slab === slab && place.at === begin.at + i)) {
      return slab.bytes.subarray(begin.at * rowBytes, (begin.at + rows.length) * rowBytes);
    }
    const gathered = Buffer.allocUnsafeSlow(rows.length * rowBytes);
    for (const [i, { slab, at }] of places.entries()) {
      gathered.set(slab.bytes.subarray(at * rowBytes, (at + 1) * rowBytes), i * rowBytes);
    }
    return gathered;
  }

  private blockOf(row: number): RowBlock {
    let [low, high] = [0, this.blocks.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle] as RowBlock).first <= row) low = middle;
      else high = middle;
    }
    const block = this.blocks[low];
    if (block && row >= block.first && row < block.first + block.count) return block;
    throw new RangeError(`there is no row ${row} of ${this.count}`);
  }
}
