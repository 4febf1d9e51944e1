/** The lease of a stage as those who want it see it: who has it, and whether they live. */
import { setTimeout as delay } from 'node:timers/promises';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema, type CheckpointManifest } from '../../contracts/spec/stages/training.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** How the lives of a lease's holders are distinguished from their deaths; every member is in milliseconds. */
export interface LeaseTimes {
  /**
   * Another run's lease counts as abandoned when in looks over so long its manifest has not changed: several beats.
   * @default 60_000
   */
  abandonedAfter?: number;
  /** Between looks at another run's lease. @default 2_000 */
  lookEvery?: number;
  /** Without a checkpoint after which a holder writes its manifest again, as a sign of life. @default 10_000 */
  beatEvery?: number;
}

export interface WaitOptions {
  /** @default see there */
  times?: LeaseTimes | undefined;
  signal?: AbortSignal;
  /** Called for each damage that was found and skipped. */
  warn?: (message: string) => void;
}

/** Asked while another run trains the same stage: has it ended? */
export type Ended = () => Promise<boolean>;

/** A stage's manifest as it was read; without one that can be read its etag alone. */
export interface Seen {
  manifest: CheckpointManifest | undefined;
  etag: string | undefined;
}

/** What there is once the stage is nobody's, or ours, or of somebody who is dead; undefined when it has ended meanwhile. */
export async function whenFree(
  store: ObjectStore,
  stage: string,
  run: string,
  ended: Ended,
  { times: { abandonedAfter = 60_000, lookEvery = 2_000 } = {}, signal, warn }: WaitOptions,
): Promise<Seen | undefined> {
  const key = objectKeys.checkpointManifest(stage);
  let seen = await readManifest(store, key, warn);
  // Looks are counted, not the time between them: while this process sleeps, or the store is away, nobody can be seen to live.
  let unchanged = 0;
  while (seen.manifest !== undefined && seen.manifest.lease.run !== run && !seen.manifest.lease.released) {
    if (await ended()) return undefined;
    if (unchanged * lookEvery >= abandonedAfter) break;
    await pause(lookEvery, signal);
    const now = await readManifest(store, key, warn);
    unchanged = now.etag === seen.etag ? unchanged + 1 : 0;
    seen = now;
  }
  return seen;
}

/** @throws GraftworkError GW_S3_…; a damaged manifest is none, and `warn` says so */
export async function readManifest(store: ObjectStore, key: string, warn: WaitOptions['warn']): Promise<Seen> {
  const facts = await store.head(key);
  if (facts === undefined) return { manifest: undefined, etag: undefined };
  try {
    return { manifest: await store.getJsonIfPresent(key, checkpointManifestSchema), etag: facts.etag };
  } catch (thrown) {
    const { code, message } = asGraftworkError(thrown);
    if (code !== 'GW_CORRUPT') throw thrown;
    warn?.(`${message} The stage continues with what can be found without it.`);
    return { manifest: undefined, etag: facts.etag };
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch (thrown) {
    const message = 'The stage was stopped while it waited for another run that is training it.';
    throw new GraftworkError('GW_PREEMPTED', message, { retryable: true, cause: thrown });
  }
}
