/** Checkpoints of a stage as they are read: by the holder of its lease, and by a run that has no time left to wait for it. */
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Checkpoint, CheckpointManifest } from '../../contracts/spec/stages/training.js';
import { sha256 } from '../objects/contentKey.js';
import { readManifest, type WaitOptions } from './leaseSeen.js';
import type { ObjectStore } from '../objects/objectStore.js';

export interface StoredCheckpoint {
  checkpoint: Checkpoint;
  data: Buffer;
}

/** The newest checkpoint whose data are there and match their digest. */
export async function newestIntact(
  store: ObjectStore,
  { stage, checkpoints }: CheckpointManifest,
  warn: WaitOptions['warn'],
): Promise<StoredCheckpoint | undefined> {
  for (const checkpoint of checkpoints) {
    const key = objectKeys.checkpointData(stage, checkpoint.data);
    const data = await store.getIfPresent(key);
    if (data !== undefined && sha256(data) === checkpoint.data) return { checkpoint, data };
    warn?.(`${store.uri(key)} is ${data === undefined ? 'missing' : 'corrupt'}: the previous checkpoint is used.`);
  }
  return undefined;
}

/**
 * The last checkpoint of a stage that another trains at this moment; nothing of it is changed. Undefined when there is none yet,
 * or the stage has ended.
 */
export async function checkpointOfAnother(
  store: ObjectStore,
  stage: string,
  { warn }: Pick<WaitOptions, 'warn'>,
): Promise<StoredCheckpoint | undefined> {
  for (let before: string | undefined; ;) {
    const { manifest } = await readManifest(store, objectKeys.checkpointManifest(stage), warn);
    const newest = manifest?.checkpoints[0]?.data;
    if (manifest === undefined || newest === undefined || newest === before) return undefined;
    const found = await newestIntact(store, manifest, warn);
    if (found !== undefined) return found;
    // Its holder may have stored newer ones, and collected these, since the manifest was read.
    before = newest;
  }
}
