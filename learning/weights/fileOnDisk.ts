/** A file that is read where it lies, however large: one buffer holds 2 GiB at most. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { RandomAccess } from '../arrays/safetensorsInFile.js';

/** Bytes of one request to the system, and of a piece that is hashed. */
const pieceBytes = 64 * 2 ** 20;

/** Owns an open file: declare it with `await using`. */
export class FileOnDisk implements RandomAccess {
  private constructor(
    private readonly handle: FileHandle,
    readonly size: number,
    private readonly modified: number,
  ) {}

  /** @throws what the system says of a file that cannot be opened */
  static async open(path: string): Promise<FileOnDisk> {
    const handle = await open(path);
    try {
      const { size, mtimeMs } = await handle.stat();
      return new FileOnDisk(handle, size, mtimeMs);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** @throws RangeError when the file ends before */
  async read(into: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < into.byteLength;) {
      const length = Math.min(pieceBytes, into.byteLength - at);
      const { bytesRead } = await this.handle.read(into, at, length, position + at);
      if (bytesRead === 0) throw new RangeError(`the file ends at byte ${position + at}`);
      at += bytesRead;
    }
  }

  /** Of all its bytes, as 64 hexadecimal digits. */
  async sha256(): Promise<string> {
    const hash = createHash('sha256');
    const piece = new Uint8Array(Math.min(pieceBytes, this.size));
    for (let at = 0; at < this.size; at += piece.byteLength) {
      const part = piece.subarray(0, Math.min(piece.byteLength, this.size - at));
      await this.read(part, at);
      hash.update(part);
    }
    return hash.digest('hex');
  }

  /** Whether it still has the size and the time it had when it was opened. */
  async isUnchanged(): Promise<boolean> {
    const { size, mtimeMs } = await this.handle.stat();
    return size === this.size && mtimeMs === this.modified;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}
