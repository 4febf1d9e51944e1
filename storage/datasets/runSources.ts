/** What people gave runs as their images, one small object for each run on an upload. It stays as long as the run's record. */
import { objectKeys } from '../../contracts/objectKeys.js';
import { runSourceSchema, type RunSource } from '../../contracts/run/runSource.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** @param run id of a run or of a ranking @throws GraftworkError GW_S3_… */
export async function keepRunSource(
  store: Pick<ObjectStore, 'putJson'>,
  run: string,
  source: RunSource,
): Promise<void> {
  await store.putJson(objectKeys.runSource(run), source);
}

/**
 * Undefined for runs on addresses in a bucket, for those of earlier versions, and where the object is damaged: it is only a name.
 * @throws GraftworkError GW_S3_…
 */
export async function findRunSource(
  store: Pick<ObjectStore, 'getJsonIfPresent'>,
  run: string,
): Promise<RunSource | undefined> {
  return store.getJsonIfPresent(objectKeys.runSource(run), runSourceSchema).catch(undefinedIfCorrupt);
}
