/**
 * The thread that writes beside this process, as this process sees it: one for each connection to a store, of which a process
 * has one. It does not keep the process alive, but what it is asked to do does.
 */
import { Worker } from 'node:worker_threads';
import { asGraftworkError, GraftworkError, type SerializedError } from '../../contracts/errors.js';
import type { BackgroundAnswer, BackgroundWork, LeaseLost } from './backgroundMessages.js';
import type { S3Connection } from '../s3/s3Connection.js';

const writers = new WeakMap<S3Connection, BackgroundWriter>();

/** The connection's thread; started unless it runs. It takes some tenths of a second. */
export function backgroundWriter(connection: S3Connection): BackgroundWriter {
  const running = writers.get(connection);
  if (running !== undefined) return running;
  const started = new BackgroundWriter(connection, () => writers.delete(connection));
  writers.set(connection, started);
  return started;
}

/** The connection's thread if it runs. */
export function runningWriter(connection: S3Connection): BackgroundWriter | undefined {
  return writers.get(connection);
}

interface Asker {
  resolve: (answer: BackgroundAnswer) => void;
  reject: (error: unknown) => void;
}

export class BackgroundWriter {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Asker>();
  private readonly leases = new Map<number, (reason: GraftworkError) => void>();
  private asked = 0;
  private ended: GraftworkError | undefined;

  constructor({ settings }: S3Connection, onEnd: () => void) {
    // Without the flags of this process, which may be about its own program.
    const thread = new URL('./backgroundThread.js', import.meta.url);
    this.worker = new Worker(thread, { workerData: settings, execArgv: [] });
    this.worker.unref();
    let reason = new GraftworkError('GW_INTERNAL', 'The thread that stores checkpoints has ended.', {
      retryable: true,
    });
    this.worker.on('message', (message: BackgroundAnswer | LeaseLost) => {
      if ('lost' in message) this.lose(message.lost, revived(message.error));
      else this.settle(message);
    });
    this.worker.on('error', (thrown) => (reason = asGraftworkError(thrown)));
    this.worker.on('exit', () => {
      onEnd();
      this.ended = reason;
      for (const { reject } of this.waiting.values()) reject(reason);
      this.waiting.clear();
      for (const lease of this.leases.keys()) this.lose(lease, reason);
    });
  }

  /** @throws GraftworkError what the store says, as `ObjectStore` does */
  async ask(work: BackgroundWork): Promise<BackgroundAnswer> {
    if (this.ended !== undefined) throw this.ended;
    const id = (this.asked += 1);
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...work }, work.do === 'put' ? transferable(work.bytes) : []);
    });
  }

  /** A number for a lease that the thread is to keep. @param onLost called at most once, unless it was let go before */
  leaseNumber(onLost: (reason: GraftworkError) => void): number {
    const lease = (this.asked += 1);
    this.leases.set(lease, onLost);
    return lease;
  }

  forget(lease: number): void {
    this.leases.delete(lease);
  }

  private lose(lease: number, reason: GraftworkError): void {
    this.leases.get(lease)?.(reason);
    this.leases.delete(lease);
  }

  private settle(answer: BackgroundAnswer): void {
    const asked = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker.unref();
    if (answer.error === undefined) asked?.resolve(answer);
    else asked?.reject(revived(answer.error));
  }
}

function revived(error: SerializedError): GraftworkError {
  return GraftworkError.fromJSON(error);
}

/** A large buffer of its own changes hands without being copied; a small one may share its memory with others. */
function transferable(bytes: Uint8Array): ArrayBuffer[] {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  return bytes.buffer instanceof ArrayBuffer && isWhole ? [bytes.buffer] : [];
}
