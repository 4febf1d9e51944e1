/** A lease that is held: the thread beside this one beats for it while this one computes, and writes what this one wants written. */
import type { CheckpointManifest } from '../../contracts/spec/stages/training.js';
import { backgroundWriter, type BackgroundWriter } from './backgroundWriter.js';
import type { WrittenManifest } from './leaseKeeper.js';
import type { ObjectStore } from '../objects/objectStore.js';

export class HeldLease {
  /** Aborted when the lease is another's; the reason is a GraftworkError GW_CONFLICT (retryable). */
  readonly lost: AbortSignal;
  private readonly writer: BackgroundWriter;
  private readonly number: number;
  private readonly kept: Promise<unknown>;
  private over: Promise<unknown> | undefined;

  /**
   * @param written how it was taken
   * @param beatEvery see `LeaseKeeperOptions`
   */
  constructor({ bucket, connection }: ObjectStore, written: WrittenManifest, beatEvery: number) {
    const lost = new AbortController();
    this.lost = lost.signal;
    this.writer = backgroundWriter(connection);
    this.number = this.writer.leaseNumber((reason) => lost.abort(reason));
    this.kept = this.writer.ask({ do: 'keep', bucket, lease: this.number, written, beatEvery });
    // A thread that does not start is heard of by the signal, and by the next write.
    this.kept.catch(() => undefined);
  }

  /** @throws GraftworkError as `LeaseKeeper.write` */
  async write(manifest: CheckpointManifest): Promise<void> {
    this.lost.throwIfAborted();
    await this.kept;
    await this.writer.ask({ do: 'write', lease: this.number, manifest });
  }

  /** No further beat: from now on the lease is as it was left. */
  async end(): Promise<void> {
    this.writer.forget(this.number);
    // A thread that has ended keeps nothing.
    this.over ??= this.writer.ask({ do: 'let go', lease: this.number }).catch(() => undefined);
    await this.over;
  }
}
