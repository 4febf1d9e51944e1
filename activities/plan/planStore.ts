/** Plans in the bucket, under the digest of their own content. */
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { planSchema, type Plan } from '../../contracts/spec/plan.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';
import { canonicalJson, sha256 } from '../../storage/objects/contentKey.js';
import { parseStoredJson } from '../../storage/objects/storedJson.js';

/** Stores a plan and returns its digest. */
export async function writePlan(cache: ContentCache, plan: Plan): Promise<string> {
  const text = canonicalJson(plan);
  const digest = sha256(text);
  await cache.store(objectKeys.plan(digest), Buffer.from(text));
  return digest;
}

/** @throws GraftworkError GW_OBJECT_MISSING, GW_CORRUPT when the stored bytes are not what their name says */
export async function readPlan(cache: ContentCache, digest: string): Promise<Plan> {
  const key = objectKeys.plan(digest);
  try {
    return parseStoredJson(await cache.fetch(key, digest), planSchema, key);
  } catch (thrown) {
    const { code, message } = asGraftworkError(thrown);
    if (code !== 'GW_CORRUPT' && code !== 'GW_OBJECT_MISSING') throw thrown;
    throw new GraftworkError(code, message, {
      remedy: 'Start the run again. It writes a new plan and reuses the results that are already there.',
      cause: thrown,
    });
  }
}
