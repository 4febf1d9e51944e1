/** An object store whose large writes cost the calling thread next to nothing. */
import { Worker } from 'node:worker_threads';
import { asGraftworkError, GraftworkError, type SerializedError } from '../contracts/errors.js';
import type { PutOptions } from './objectFacts.js';
import { ObjectStore } from './objectStore.js';
import type { ConnectionSettings, S3Connection } from './s3Connection.js';

export type BackgroundSettings = ConnectionSettings;

/** Without bytes: delete. */
export interface BackgroundRequest {
  id: number;
  bucket: string;
  key: string;
  bytes?: Uint8Array;
  options?: PutOptions;
}

export interface BackgroundAnswer {
  id: number;
  etag?: string;
  error?: SerializedError;
}

/** From so many bytes on a thread is worth its start (some tenths of a second, once a process). */
const worthAThread = 4 * 1024 * 1024;

/**
 * Writes from a thread of its own, so that they go on while this one computes: training blocks the event loop for a whole
 * step at a time, in which a request here would not move. The thread is started by the first large object; until then
 * everything is written from here. It does not keep the process alive, but what it is asked to do does.
 */
export class BackgroundStore extends ObjectStore {
  /** The same bucket; a store that is away is not waited for: whoever writes from the side has better things to do. */
  constructor(store: ObjectStore) {
    super(store.bucket, store.connection);
  }

  /** `bytes` are taken over: afterwards they may be empty. @throws as `ObjectStore.put` */
  override async put(key: string, bytes: Uint8Array | string, options: PutOptions = {}): Promise<string> {
    const body = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const thread = threadOf(this.connection, body.byteLength >= worthAThread);
    if (thread === undefined) return super.put(key, body, options);
    return (await thread.ask({ bucket: this.bucket, key, bytes: body, options })).etag ?? '';
  }

  override async delete(key: string): Promise<void> {
    const thread = threadOf(this.connection, false);
    if (thread === undefined) return super.delete(key);
    await thread.ask({ bucket: this.bucket, key });
  }
}

/** One for each connection, of which a process has one. */
const threads = new WeakMap<S3Connection, BackgroundThread>();

function threadOf(connection: S3Connection, start: boolean): BackgroundThread | undefined {
  const running = threads.get(connection);
  if (running !== undefined || !start) return running;
  const started = new BackgroundThread(connection.settings, () => threads.delete(connection));
  threads.set(connection, started);
  return started;
}

interface Asker {
  resolve: (answer: BackgroundAnswer) => void;
  reject: (error: unknown) => void;
}

class BackgroundThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Asker>();
  private asked = 0;

  constructor(settings: BackgroundSettings, onEnd: () => void) {
    this.worker = new Worker(new URL('./backgroundThread.js', import.meta.url), { workerData: settings });
    this.worker.unref();
    let reason: unknown = new GraftworkError('GW_INTERNAL', 'The thread that stores checkpoints has ended.', {
      retryable: true,
    });
    this.worker.on('message', (answer: BackgroundAnswer) => this.settle(answer));
    this.worker.on('error', (thrown) => (reason = asGraftworkError(thrown)));
    this.worker.on('exit', () => {
      onEnd();
      for (const { reject } of this.waiting.values()) reject(reason);
      this.waiting.clear();
    });
  }

  /** @throws GraftworkError what the store says, as `ObjectStore` does */
  async ask(request: Omit<BackgroundRequest, 'id'>): Promise<BackgroundAnswer> {
    const id = (this.asked += 1);
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...request }, transferable(request.bytes));
    });
  }

  private settle(answer: BackgroundAnswer): void {
    const asked = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker.unref();
    if (answer.error === undefined) asked?.resolve(answer);
    else asked?.reject(GraftworkError.fromJSON(answer.error));
  }
}

/** A large buffer of its own changes hands without being copied; a small one may share its memory with others. */
function transferable(bytes: Uint8Array | undefined): ArrayBuffer[] {
  const isWhole = bytes?.byteLength === bytes?.buffer.byteLength;
  return bytes?.buffer instanceof ArrayBuffer && isWhole ? [bytes.buffer] : [];
}
