import { objectKeys } from '../../contracts/objectKeys.js';
import { checkpointManifestSchema, type CheckpointManifest } from '../../contracts/spec/stages/training.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';

/** Of the stages in training: a stage that is done has none. */
export async function checkpointManifests(store: ObjectStore): Promise<CheckpointManifest[]> {
  const found: CheckpointManifest[] = [];
  for await (const { key } of store.list('checkpoints/')) {
    const stage = /^checkpoints\/([0-9a-f]{64})\/manifest\.json$/.exec(key)?.[1];
    if (stage === undefined) continue;
    // It may have gone since it was listed.
    const manifest = await store.getJsonIfPresent(objectKeys.checkpointManifest(stage), checkpointManifestSchema);
    if (manifest !== undefined) found.push(manifest);
  }
  return found;
}
