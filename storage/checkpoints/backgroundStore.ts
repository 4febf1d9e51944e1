/** An object store whose large writes cost the calling thread next to nothing. */
import { backgroundWriter, runningWriter, type BackgroundWriter } from './backgroundWriter.js';
import type { PutOptions } from '../s3/objectFacts.js';
import { ObjectStore } from '../objects/objectStore.js';

/** From so many bytes on a thread is worth its start (some tenths of a second, once a process). */
const worthAThread = 4 * 1024 * 1024;

/**
 * Writes from a thread of its own, so that they go on while this one computes: training blocks the event loop for a whole
 * step at a time, in which a request here would not move. The thread is started by the first large object, or by the first
 * lease that is held; until then everything is written from here.
 */
export class BackgroundStore extends ObjectStore {
  /** The same bucket; a store that is away is not waited for: its caller has other work to do. */
  constructor(store: ObjectStore) {
    super(store.bucket, store.connection);
  }

  /** `bytes` are taken over: afterwards they may be empty. @throws as `ObjectStore.put` */
  override async put(key: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<string> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const writer = body.byteLength >= worthAThread ? backgroundWriter(this.connection) : this.running;
    if (writer === undefined) return super.put(key, body, options);
    return (await writer.ask({ do: 'put', bucket: this.bucket, key, bytes: body, options })).etag ?? '';
  }

  override async delete(key: string): Promise<void> {
    const writer = this.running;
    if (writer === undefined) return super.delete(key);
    await writer.ask({ do: 'delete', bucket: this.bucket, key });
  }

  private get running(): BackgroundWriter | undefined {
    return runningWriter(this.connection);
  }
}
