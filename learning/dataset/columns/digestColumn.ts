/** Many sha256 digests, 32 bytes each. */

const digestBytes = 32;
/** Digests for which room is made at a time. */
const blockRows = 2 ** 15;

export class DigestColumn {
  private readonly blocks: Buffer[] = [];
  private rows = 0;

  get length(): number {
    return this.rows;
  }

  /** @param digest 64 hex digits */
  push(digest: string): void {
    const place = this.rows % blockRows;
    if (place === 0) this.blocks.push(Buffer.allocUnsafeSlow(blockRows * digestBytes));
    this.blocks.at(-1)?.write(digest, place * digestBytes, 'hex');
    this.rows += 1;
  }

  /** @throws RangeError when there is no such row */
  at(row: number): string {
    const block = this.blocks[Math.floor(row / blockRows)];
    if (block === undefined || row >= this.rows) throw new RangeError(`there is no row ${row}`);
    const place = (row % blockRows) * digestBytes;
    return block.toString('hex', place, place + digestBytes);
  }
}
