/** An object on this machine, open to be read anywhere in it. What is open stays whole when the cache deletes its file. */
import type { FileHandle } from 'node:fs/promises';
import { GraftworkError } from '../../contracts/errors.js';

export interface LocalCopy {
  /** In bytes. */
  readonly size: number;
  /** Fills `into` with the bytes from `position` on. @throws GraftworkError GW_CORRUPT when there are not as many */
  read(into: Uint8Array, position: number): Promise<void>;
  /** Waits for reads under way. */
  close(): Promise<void>;
}

export class FileCopy implements LocalCopy {
  /**
   * @param handle is closed with the copy
   * @param failed called when a read fails: what was known of the file no longer holds
   */
  constructor(
    private readonly handle: FileHandle,
    readonly size: number,
    private readonly key: string,
    private readonly failed: () => void,
  ) {}

  async read(into: Uint8Array, position: number): Promise<void> {
    try {
      // The kernel may give less than was asked for (2 GiB at a time at most).
      for (let done = 0; done < into.byteLength;) {
        const { bytesRead } = await this.handle.read(into, done, into.byteLength - done, position + done);
        if (bytesRead === 0) throw tooShort(this.key);
        done += bytesRead;
      }
    } catch (thrown) {
      this.failed();
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** For when the disk cannot be written. */
export class MemoryCopy implements LocalCopy {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly key: string,
  ) {}

  get size(): number {
    return this.bytes.byteLength;
  }

  async read(into: Uint8Array, position: number): Promise<void> {
    if (position + into.byteLength > this.size) throw tooShort(this.key);
    into.set(this.bytes.subarray(position, position + into.byteLength));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function tooShort(key: string): GraftworkError {
  return new GraftworkError('GW_CORRUPT', `The local copy of ${key} has become shorter while it was open.`, {
    retryable: true,
  });
}
