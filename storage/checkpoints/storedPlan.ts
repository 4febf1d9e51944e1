/** A plan of the bucket, read without a cache beside it. */
import { objectKeys } from '../../contracts/objectKeys.js';
import { planSchema, type Plan } from '../../contracts/spec/plan.js';
import { sha256 } from '../objects/contentKey.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { damaged } from '../objects/seal.js';
import { parseStoredJson } from '../objects/storedJson.js';

/** @throws GraftworkError GW_OBJECT_MISSING; GW_CORRUPT when its bytes are not what its name says */
export async function readStoredPlan(store: ObjectStore, digest: string): Promise<Plan> {
  const key = objectKeys.plan(digest);
  const bytes = await store.get(key);
  if (sha256(bytes) !== digest) throw damaged(store.uri(key));
  return parseStoredJson(bytes, planSchema, store.uri(key));
}
