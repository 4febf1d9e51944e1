/** Many numbers in little room, which grows without ever being copied. */

/** Numbers for which room is made at a time. */
const blockRows = 2 ** 16;

export class NumberColumn {
  private readonly blocks: (Uint32Array | Float64Array)[] = [];
  private readonly kind: typeof Uint32Array | typeof Float64Array;
  private rows = 0;

  /** @param kind what numbers fit, at 4 or 8 bytes each */
  constructor(kind: typeof Uint32Array | typeof Float64Array = Uint32Array) {
    this.kind = kind;
  }

  get length(): number {
    return this.rows;
  }

  push(value: number): void {
    this.set(this.rows, value);
  }

  /** Rows that were left out are 0. */
  set(row: number, value: number): void {
    const block = Math.floor(row / blockRows);
    while (this.blocks.length <= block) this.blocks.push(new this.kind(blockRows));
    const numbers = this.blocks[block];
    if (numbers !== undefined) numbers[row % blockRows] = value;
    this.rows = Math.max(this.rows, row + 1);
  }

  /** Undefined when there is no such row. */
  at(row: number): number | undefined {
    return row < this.rows ? this.blocks[Math.floor(row / blockRows)]?.[row % blockRows] : undefined;
  }
}
