/**
 * Many short texts in little room. A million strings of 60 characters are a million objects that the garbage collector
 * visits again and again, 100 bytes each; here they are 68 bytes each, out of its sight.
 */
import { NumberColumn } from './numberColumn.js';

/** Bytes that are reserved at a time. */
const blockBytes = 2 ** 20;
/** Before each text stands its length in bytes. */
const lengthBytes = 4;

export class TextColumn implements Iterable<string> {
  private readonly blocks: Buffer[] = [];
  /** Where each text begins, as block × blockBytes + place in it. A longer text has a longer block to itself. */
  private readonly starts = new NumberColumn(Uint32Array);
  /** Bytes of the last block. */
  private used = 0;

  static from(texts: Iterable<string>): TextColumn {
    const column = new TextColumn();
    for (const text of texts) column.push(text);
    return column;
  }

  get length(): number {
    return this.starts.length;
  }

  /**
   * @param text well-formed: a lone surrogate would come out as another character
   * @throws RangeError above 4 GiB in all
   */
  push(text: string): void {
    const bytes = lengthBytes + Buffer.byteLength(text);
    if (this.blocks.length === 0 || this.used + bytes > blockBytes) {
      this.blocks.push(Buffer.allocUnsafeSlow(Math.max(bytes, blockBytes)));
      this.used = 0;
    }
    const block = this.blocks.length - 1;
    if (block >= 2 ** 32 / blockBytes) throw new RangeError('these are too many texts for one column');
    this.blocks[block]?.writeUInt32LE(bytes - lengthBytes, this.used);
    this.blocks[block]?.write(text, this.used + lengthBytes);
    this.starts.push(block * blockBytes + this.used);
    this.used += bytes;
  }

  /** @throws RangeError when there is no such row */
  at(row: number): string {
    const start = this.starts.at(row);
    const block = start === undefined ? undefined : this.blocks[Math.floor(start / blockBytes)];
    if (start === undefined || block === undefined) throw new RangeError(`there is no row ${row}`);
    const place = (start % blockBytes) + lengthBytes;
    return block.toString('utf8', place, place + block.readUInt32LE(place - lengthBytes));
  }

  *[Symbol.iterator](): Generator<string> {
    for (let row = 0; row < this.length; row += 1) yield this.at(row);
  }
}
