/** Plans in the bucket, under the digest of their own content. */
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { planSchema, type Plan } from '../contracts/plan.js';
import { canonicalJson, sha256 } from '../storage/contentKey.js';
import type { ObjectStore } from '../storage/objectStore.js';

/** Stores a plan and returns its digest. */
export async function writePlan(store: ObjectStore, plan: Plan): Promise<string> {
  const text = canonicalJson(plan);
  const digest = sha256(text);
  await store.put(objectKeys.plan(digest), text, { contentType: 'application/json' });
  return digest;
}

/** @throws GraftworkError GW_CORRUPT when the stored bytes are not what their name says */
export async function readPlan(store: ObjectStore, digest: string): Promise<Plan> {
  const key = objectKeys.plan(digest);
  const bytes = await store.get(key);
  if (sha256(bytes) !== digest) {
    throw new GraftworkError('GW_CORRUPT', `${store.uri(key)} does not match its digest.`, {
      remedy: 'Start the run again: the plan is made anew.',
    });
  }
  return planSchema.parse(JSON.parse(bytes.toString('utf8')));
}
