/** Checkpoints without their manifest: each data object itself records where training stood. */
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Checkpoint, CheckpointFacts } from '../../contracts/spec/stages/training.js';
import { sha256 } from '../objects/contentKey.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** What a data object says of itself; undefined when it says nothing. */
export type ReadFacts = (data: Buffer, name: string) => CheckpointFacts | undefined;

/**
 * The most advanced undamaged checkpoint of a stage whose manifest is lost. Any attempt that wrote it, even one that had been
 * overtaken, computed the same numbers at that step.
 */
export async function findOrphanedCheckpoint(
  store: ObjectStore,
  stage: string,
  readFacts: ReadFacts,
): Promise<{ checkpoint: Checkpoint; data: Buffer } | undefined> {
  const folder = objectKeys.checkpointFolder(stage);
  let best: { checkpoint: Checkpoint; data: Buffer } | undefined;
  for await (const { key, size } of store.list(folder)) {
    const digest = /^([0-9a-f]{64})\.safetensors$/.exec(key.slice(folder.length))?.[1];
    if (digest === undefined) continue;
    const data = await store.getIfPresent(key);
    if (data === undefined || sha256(data) !== digest) continue;
    const facts = readFacts(data, store.uri(key));
    if (facts === undefined) continue;
    if (best !== undefined && best.checkpoint.position.globalStep >= facts.position.globalStep) continue;
    best = { checkpoint: { ...facts, data: digest, bytes: size }, data };
  }
  return best;
}
