/**
 * Writes the manifest of a stage whose lease is held: one write at a time, each conditional on the one before, and a beat
 * where there was nothing else to write for a while. Everything that changes the manifest while the lease is held goes
 * through here, so that a beat never meets a checkpoint's own write.
 */
import { asGraftworkError, GraftworkError, isStoreAway } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema, type CheckpointManifest } from '../../contracts/spec/stages/training.js';
import { canonicalJson } from '../objects/contentKey.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** A manifest as it lies in the bucket. */
export interface WrittenManifest {
  manifest: CheckpointManifest;
  etag: string;
}

export interface LeaseKeeperOptions {
  /** Milliseconds without a write after which the manifest is written again as a sign of life. */
  beatEvery: number;
  /** Called once, when somebody else has written the manifest: the lease is theirs. */
  onLost: (error: GraftworkError) => void;
}

export class LeaseKeeper {
  /** Manifests whose write was not answered: any of them may have been written. */
  private unanswered: CheckpointManifest[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private lost: GraftworkError | undefined;

  /** @param written how the lease was taken */
  constructor(
    private readonly store: ObjectStore,
    private written: WrittenManifest,
    private readonly options: LeaseKeeperOptions,
  ) {
    this.beatLater();
  }

  /**
   * Replaces the manifest, once the write under way has ended.
   * @throws GraftworkError GW_CONFLICT (retryable) when another attempt has taken over; GW_S3_… when the store is away
   */
  write(manifest: CheckpointManifest): Promise<void> {
    return this.inTurn(() => this.put(() => manifest));
  }

  /** No further beat; resolves when nothing is being written any more. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.timer);
    const result = this.turn.then(work);
    this.turn = result
      .catch(() => undefined)
      .then(() => {
        this.beatLater();
      });
    return result;
  }

  private beatLater(): void {
    clearTimeout(this.timer);
    // Nobody waits for a lease that was given back.
    if (this.ended || this.lost !== undefined || this.written.manifest.lease.released) return;
    // One that fails is made good by the next; whether the lease is lost, `put` notices.
    this.timer = setTimeout(
      () => void this.inTurn(() => this.put(nextBeat)).catch(() => undefined),
      this.options.beatEvery,
    );
  }

  /** @param next from what is written last, which may turn out to be a write whose answer was lost */
  private async put(next: (last: CheckpointManifest) => CheckpointManifest): Promise<void> {
    if (this.lost !== undefined) throw this.lost;
    try {
      await this.putOnce(next).catch(async (thrown: unknown) => {
        if (isStoreAway(thrown) || !(await this.findUnanswered())) throw thrown;
        await this.putOnce(next);
      });
    } catch (thrown) {
      if (asGraftworkError(thrown).code !== 'GW_CONFLICT') throw thrown;
      this.lost = takenOver(thrown);
      this.options.onLost(this.lost);
      throw this.lost;
    }
  }

  private async putOnce(next: (last: CheckpointManifest) => CheckpointManifest): Promise<void> {
    const manifest = next(this.written.manifest);
    const key = objectKeys.checkpointManifest(manifest.stage);
    try {
      const etag = await this.store.putJson(key, manifest, { ifMatch: this.written.etag });
      this.written = { manifest, etag };
      this.unanswered = [];
    } catch (thrown) {
      const isKnown = this.unanswered.some((earlier) => isSame(earlier, manifest));
      if (isStoreAway(thrown) && !isKnown) this.unanswered.push(manifest);
      throw thrown;
    }
  }

  /** Whether what is in the bucket is one of our own writes whose answer was lost; then it is what the next is based on. */
  private async findUnanswered(): Promise<boolean> {
    if (this.unanswered.length === 0) return false;
    const key = objectKeys.checkpointManifest(this.written.manifest.stage);
    const facts = await this.store.head(key);
    if (facts === undefined) return false;
    const present = await this.store.getJsonIfPresent(key, checkpointManifestSchema).catch(undefinedIfCorrupt);
    const own = present && this.unanswered.find((candidate) => isSame(candidate, present));
    if (own === undefined) return false;
    this.written = { manifest: own, etag: facts.etag };
    return true;
  }
}

/** The same with another count: a write that changes nothing else, so that others who look see a change. */
function nextBeat(manifest: CheckpointManifest): CheckpointManifest {
  return { ...manifest, lease: { ...manifest.lease, beat: (manifest.lease.beat ?? 0) + 1 } };
}

function isSame(one: CheckpointManifest, other: CheckpointManifest): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** What a conflict over a stage's manifest means. */
export function takenOver(cause: unknown): GraftworkError {
  return new GraftworkError('GW_CONFLICT', 'Another attempt has taken over this stage.', { retryable: true, cause });
}
