/** The bytes of a pickle, read one value after the other and never past their end. */
import { refusePickle } from './pickleValues.js';

export class PickleBytes {
  /** @param position of the next byte that is read */
  constructor(
    private readonly bytes: Buffer,
    public position: number,
  ) {}

  uint8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  double(): number {
    return this.bytes.readDoubleBE(this.take(8));
  }

  /** @param length bytes of UTF-8 */
  text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  /** Text up to the next line feed. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw refusePickle('it ends early');
    const text = this.bytes.toString('utf8', this.position, end);
    this.position = end + 1;
    return text;
  }

  /** A signed integer of `length` bytes. */
  long(length: number): number | bigint {
    const at = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  /** Moves past `count` bytes; gives where they begin. */
  private take(count: number): number {
    const at = this.position;
    if (at + count > this.bytes.length) throw refusePickle('it ends early');
    this.position += count;
    return at;
  }
}
