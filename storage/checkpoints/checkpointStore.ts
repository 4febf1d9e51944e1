/**
 * Checkpoints of one stage: data object first, manifest last, every manifest write conditional on the one seen before.
 * The manifest in the bucket is the truth about who trains the stage and how far it is.
 */
import { asGraftworkError, isStoreAway } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Checkpoint, CheckpointFacts, CheckpointManifest } from '../../contracts/spec/stages/training.js';
import { BackgroundStore } from './backgroundStore.js';
import { sha256Beside } from '../objects/contentKey.js';
import { HeldLease } from './heldLease.js';
import { takenOver } from './leaseKeeper.js';
import { readManifest, whenFree, type Ended, type Seen, type WaitOptions } from './leaseSeen.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { findOrphanedCheckpoint, type ReadFacts } from './orphanedCheckpoints.js';
import { patiently } from '../s3/patience.js';
import { newestIntact, type StoredCheckpoint } from './storedCheckpoints.js';

export interface AcquireOptions extends WaitOptions {
  /** Reads from a data object what the manifest says of it. @default when the manifest is damaged, the stage begins anew */
  readFacts?: ReadFacts;
}

/** The lease of a stage that is held, and its checkpoints. Beats until it is released or disposed of. */
export class CheckpointStore implements AsyncDisposable {
  /**
   * Beside the training. While the store is away training goes on, and a newer state takes the place of the one that
   * waits.
   */
  private readonly background: ObjectStore;
  /** Checkpoints in manifests whose write was not answered. */
  private uncertain: Checkpoint[] = [];

  private constructor(
    private readonly store: ObjectStore,
    private manifest: CheckpointManifest,
    private readonly lease: HeldLease,
    /** What to go on from; undefined: from the beginning. */
    readonly resume: StoredCheckpoint | undefined,
  ) {
    this.background = new BackgroundStore(store);
  }

  /**
   * Takes the stage's lease. An earlier attempt of the same run is overtaken at once; the attempt of another run is waited
   * for as long as it gives signs of life, since it does the very same work.
   *
   * @returns undefined when the stage ended while waiting
   * @throws GraftworkError GW_CONFLICT (retryable) when another attempt of the same run was faster; GW_PREEMPTED when stopped
   * while waiting
   */
  static async acquire(
    store: ObjectStore,
    stage: string,
    run: string,
    ended: Ended,
    options: AcquireOptions = {},
  ): Promise<CheckpointStore | undefined> {
    for (;;) {
      const seen = await whenFree(store, stage, run, ended, options);
      if (seen === undefined) return undefined;
      try {
        return await CheckpointStore.take(store, stage, run, seen, options);
      } catch (thrown) {
        if (asGraftworkError(thrown).code !== 'GW_CONFLICT') throw thrown;
        // Another run that was faster is waited for, an attempt of our own is our successor, and a beat of the one that was seen
        // changes nothing.
        const now = await readManifest(store, objectKeys.checkpointManifest(stage), options.warn);
        const isBeat = now.manifest?.lease.token === seen.manifest?.lease.token;
        if ((now.manifest?.lease.run === run && !isBeat) || now.etag === seen.etag) throw takenOver(thrown);
      }
    }
  }

  /** @throws GraftworkError GW_CONFLICT when the manifest is not any more what was seen */
  private static async take(
    store: ObjectStore,
    stage: string,
    run: string,
    { manifest: before, etag }: Seen,
    { times: { beatEvery = 10_000 } = {}, warn, readFacts }: AcquireOptions,
  ): Promise<CheckpointStore> {
    // A damaged manifest knows no checkpoint, and the one that replaces it has to know what there is.
    const isDamaged = before === undefined && etag !== undefined;
    const orphan = isDamaged && readFacts ? await findOrphanedCheckpoint(store, stage, readFacts) : undefined;
    const manifest: CheckpointManifest = {
      format: 1,
      stage,
      lease: { run, token: (before?.lease.token ?? 0) + 1, released: false },
      checkpoints: before?.checkpoints ?? (orphan === undefined ? [] : [orphan.checkpoint]),
    };
    const key = objectKeys.checkpointManifest(stage);
    const written = await store.putJson(key, manifest, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
    const lease = new HeldLease(store, { manifest, etag: written }, beatEvery);
    try {
      // Read with the lease in hand: that takes as long as it takes, and an attempt that still lives writes nothing meanwhile.
      const resume = orphan ?? (await newestIntact(store, manifest, warn));
      return new CheckpointStore(store, { ...manifest, checkpoints: from(manifest, resume) }, lease, resume);
    } catch (thrown) {
      await lease.end();
      throw thrown;
    }
  }

  /** The lease's fencing token. */
  get token(): number {
    return this.manifest.lease.token;
  }

  /** Aborted when another attempt has taken over: end, and write nothing more. The reason is GW_CONFLICT (retryable). */
  get lost(): AbortSignal {
    return this.lease.lost;
  }

  /**
   * Stores a checkpoint; when it returns, the checkpoint will be found. The one before the one before is then collected.
   *
   * @param data taken over: afterwards it may be empty
   * @throws GraftworkError GW_CONFLICT (retryable) when another attempt has taken over: end, and write nothing more;
   * GW_S3_… at once when the store is away (`isStoreAway`): save again when it is back
   */
  async save(facts: CheckpointFacts, data: Uint8Array): Promise<void> {
    this.lost.throwIfAborted();
    // Both before the data are handed over.
    const digest = await sha256Beside(data);
    const bytes = data.byteLength;
    const { stage, checkpoints } = this.manifest;
    await this.background.put(objectKeys.checkpointData(stage, digest), data);
    const [newest, ...older] = checkpoints;
    const manifest: CheckpointManifest = {
      ...this.manifest,
      checkpoints: [{ ...facts, data: digest, bytes }, ...(newest === undefined ? [] : [newest])],
    };
    try {
      await this.lease.write(manifest);
    } catch (thrown) {
      if (isStoreAway(thrown)) this.uncertain.push(...manifest.checkpoints);
      throw thrown;
    }
    const kept = new Set(manifest.checkpoints.map((checkpoint) => checkpoint.data));
    const replaced = [...older, ...this.uncertain];
    this.manifest = manifest;
    this.uncertain = [];
    for (const { data: old } of replaced) {
      if (!kept.has(old)) await this.background.delete(objectKeys.checkpointData(stage, old));
    }
  }

  /**
   * Says that this attempt has ended on purpose (paused, preempted, cancelled, done), so that nobody waits for it.
   *
   * @param options.patient whether to wait for a store that is away @default false
   * @throws GraftworkError GW_CONFLICT; GW_S3_… when the store is away
   */
  async release({ patient = false }: { patient?: boolean } = {}): Promise<void> {
    const manifest = { ...this.manifest, lease: { ...this.manifest.lease, released: true } };
    await patiently(() => this.lease.write(manifest), patient ? this.store.patience : { limit: 0 });
    this.manifest = manifest;
    await this.lease.end();
  }

  /** Removes what resuming needed, once the stage's result is stored. */
  async discard(): Promise<void> {
    await this.lease.end();
    const { stage, checkpoints } = this.manifest;
    await this.store.delete(objectKeys.checkpointManifest(stage));
    for (const { data } of checkpoints) await this.store.delete(objectKeys.checkpointData(stage, data));
  }

  /** No further sign of life. A lease that was not released is then waited for by other runs until it counts as abandoned. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.lease.end();
  }
}

/** The checkpoint that is gone on from, and those before it. */
function from({ checkpoints }: CheckpointManifest, resume: StoredCheckpoint | undefined): Checkpoint[] {
  return resume === undefined ? [] : checkpoints.slice(checkpoints.indexOf(resume.checkpoint));
}
