/**
 * Checkpoints of one stage: data object first, manifest last, every manifest write conditional on the one seen before.
 * The manifest in the bucket is the truth about who trains the stage and how far it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { asGraftworkError, GraftworkError, isStoreAway } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import {
  checkpointManifestSchema,
  type Checkpoint,
  type CheckpointFacts,
  type CheckpointManifest,
} from '../contracts/training.js';
import { BackgroundStore } from './backgroundStore.js';
import { canonicalJson, sha256, sha256Beside } from './contentKey.js';
import type { ObjectStore } from './objectStore.js';
import { findOrphanedCheckpoint, type ReadFacts } from './orphanedCheckpoints.js';

export interface StoredCheckpoint {
  checkpoint: Checkpoint;
  data: Buffer;
}

export interface AcquireOptions {
  /** Another run's lease counts as abandoned when its manifest has not changed for so long. Milliseconds. @default 60_000 */
  abandonedAfter?: number;
  /** Milliseconds between looks at another run's lease. @default 2_000 */
  lookEvery?: number;
  signal?: AbortSignal;
  /** Told about what was found wrong and passed over. */
  warn?: (message: string) => void;
  /** Reads from a data object what the manifest says of it. @default when the manifest is damaged, the stage begins anew */
  readFacts?: ReadFacts;
}

/** Asked while another run trains the same stage: has it ended? */
type Ended = () => Promise<boolean>;

export class CheckpointStore {
  /**
   * Beside the training. While the store is away training goes on, and a newer state takes the place of the one that
   * waits.
   */
  private readonly background: ObjectStore;
  /** Manifests whose write was not answered: any of them may have been written. */
  private unanswered: CheckpointManifest[] = [];

  private constructor(
    private readonly store: ObjectStore,
    private manifest: CheckpointManifest,
    private etag: string,
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
   * @throws GraftworkError GW_CONFLICT (retryable) when a third one was faster
   */
  static async acquire(
    store: ObjectStore,
    stage: string,
    run: string,
    ended: Ended,
    { abandonedAfter = 60_000, lookEvery = 2_000, signal, warn = () => undefined, readFacts }: AcquireOptions = {},
  ): Promise<CheckpointStore | undefined> {
    const key = objectKeys.checkpointManifest(stage);
    let seen = await readManifest(store, key, warn);
    let since = Date.now();
    while (seen.manifest !== undefined && seen.manifest.lease.run !== run && !seen.manifest.lease.released) {
      if (await ended()) return undefined;
      if (Date.now() - since > abandonedAfter) break;
      await delay(lookEvery, undefined, signal ? { signal } : {});
      const now = await readManifest(store, key, warn);
      if (now.etag !== seen.etag) since = Date.now();
      seen = now;
    }
    const { manifest: before, etag } = seen;
    const isDamaged = before === undefined && etag !== undefined;
    const resume = isDamaged
      ? readFacts && (await findOrphanedCheckpoint(store, stage, readFacts))
      : before && (await newestIntact(store, before, warn));
    const manifest: CheckpointManifest = {
      format: 1,
      stage,
      lease: { run, token: (before?.lease.token ?? 0) + 1, released: false },
      checkpoints: resume === undefined ? [] : [resume.checkpoint],
    };
    const written = await conditionally(() =>
      store.putJson(key, manifest, etag === undefined ? { ifAbsent: true } : { ifMatch: etag }),
    );
    return new CheckpointStore(store, manifest, written, resume);
  }

  /** The lease's fencing token. */
  get token(): number {
    return this.manifest.lease.token;
  }

  /**
   * Stores a checkpoint; when it returns, the checkpoint will be found. The one before the one before is then collected.
   *
   * @param data taken over: afterwards it may be empty
   * @throws GraftworkError GW_CONFLICT (retryable) when another attempt has taken over: end, and write nothing more;
   * GW_S3_… at once when the store is away (`isStoreAway`): save again when it is back
   */
  async save(facts: CheckpointFacts, data: Uint8Array): Promise<void> {
    // Both before the data are handed over.
    const digest = await sha256Beside(data);
    const bytes = data.byteLength;
    const { stage, lease, checkpoints } = this.manifest;
    await this.background.put(objectKeys.checkpointData(stage, digest), data);
    const [newest, ...older] = checkpoints;
    const manifest: CheckpointManifest = {
      format: 1,
      stage,
      lease,
      checkpoints: [{ ...facts, data: digest, bytes }, ...(newest === undefined ? [] : [newest])],
    };
    const unanswered = this.unanswered.flatMap((written) => written.checkpoints);
    await this.write(manifest);
    const kept = new Set(manifest.checkpoints.map((checkpoint) => checkpoint.data));
    for (const { data: old } of [...older, ...unanswered]) {
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
    await this.write(manifest, patient ? this.store : this.background);
  }

  /** Removes what resuming needed, once the stage's result is stored. */
  async discard(): Promise<void> {
    const { stage, checkpoints } = this.manifest;
    await this.store.delete(objectKeys.checkpointManifest(stage));
    for (const { data } of checkpoints) await this.store.delete(objectKeys.checkpointData(stage, data));
  }

  private async write(manifest: CheckpointManifest, through = this.background): Promise<void> {
    const key = objectKeys.checkpointManifest(manifest.stage);
    const put = (): Promise<string> => conditionally(() => through.putJson(key, manifest, { ifMatch: this.etag }));
    try {
      this.etag = await put().catch(async (thrown: unknown) => {
        if (isStoreAway(thrown) || !(await this.findUnanswered(through))) throw thrown;
        return put();
      });
    } catch (thrown) {
      if (isStoreAway(thrown)) this.unanswered.push(manifest);
      throw thrown;
    }
    this.manifest = manifest;
    this.unanswered = [];
  }

  /** Whether what is in the bucket is one of our own writes whose answer was lost; then it is what the next is based on. */
  private async findUnanswered(through: ObjectStore): Promise<boolean> {
    if (this.unanswered.length === 0) return false;
    const { manifest, etag } = await readManifest(
      through,
      objectKeys.checkpointManifest(this.manifest.stage),
      () => undefined,
    );
    const text = canonicalJson(manifest);
    const own = this.unanswered.find((candidate) => canonicalJson(candidate) === text);
    if (own === undefined || etag === undefined) return false;
    this.etag = etag;
    this.manifest = own;
    return true;
  }
}

interface Seen {
  manifest: CheckpointManifest | undefined;
  etag: string | undefined;
}

async function readManifest(store: ObjectStore, key: string, warn: (message: string) => void): Promise<Seen> {
  const facts = await store.head(key);
  if (facts === undefined) return { manifest: undefined, etag: undefined };
  try {
    return { manifest: await store.getJsonIfPresent(key, checkpointManifestSchema), etag: facts.etag };
  } catch (thrown) {
    const { code, message } = asGraftworkError(thrown);
    if (code !== 'GW_CORRUPT') throw thrown;
    warn(`${message} What can be found of the stage without it is used.`);
    return { manifest: undefined, etag: facts.etag };
  }
}

/** The newest checkpoint whose data are there and match their digest. */
async function newestIntact(
  store: ObjectStore,
  { stage, checkpoints }: CheckpointManifest,
  warn: (message: string) => void,
): Promise<StoredCheckpoint | undefined> {
  for (const checkpoint of checkpoints) {
    const key = objectKeys.checkpointData(stage, checkpoint.data);
    const data = await store.getIfPresent(key);
    if (data !== undefined && sha256(data) === checkpoint.data) return { checkpoint, data };
    warn(`${store.uri(key)} is ${data === undefined ? 'missing' : 'corrupt'}: the checkpoint before it is used.`);
  }
  return undefined;
}

async function conditionally(write: () => Promise<string>): Promise<string> {
  try {
    return await write();
  } catch (thrown) {
    const error = asGraftworkError(thrown);
    if (error.code !== 'GW_CONFLICT') throw thrown;
    throw new GraftworkError('GW_CONFLICT', 'Another attempt has taken over this stage.', {
      retryable: true,
      cause: thrown,
    });
  }
}
