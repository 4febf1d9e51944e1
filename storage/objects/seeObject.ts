import { setTimeout as delay } from 'node:timers/promises';
import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectStore } from './objectStore.js';

/** Bytes and etag of the same moment: what is written next can be conditional on what was read. */
export interface SeenObject {
  bytes: Buffer;
  etag: string;
}

/** Looks at an object that is another one each time, before it is given up. */
const most = 20;
/** Looks that follow one another at once: one write between two requests is nothing special. */
const atOnce = 3;

/**
 * @returns undefined when there is no such object
 * @throws GraftworkError GW_S3_FAILED (worth trying again) when the store names an object that it does not give; GW_S3_…
 */
export async function seeObject(store: ObjectStore, key: string): Promise<SeenObject | undefined> {
  for (let looks = 1; ; looks += 1) {
    const facts = await store.head(key);
    if (facts === undefined) return undefined;
    const { etag } = facts;
    try {
      return { bytes: await store.get(key, { ifMatch: etag }), etag };
    } catch (thrown) {
      // Where it was written or deleted between the two requests, both are made again.
      if (!isChange(thrown)) throw thrown;
      if (looks === most) throw neverGiven(store.uri(key), thrown);
    }
    if (looks >= atOnce) await delay(Math.random() * 20 * looks);
  }
}

function isChange(thrown: unknown): boolean {
  return thrown instanceof GraftworkError && ['GW_CONFLICT', 'GW_OBJECT_MISSING'].includes(thrown.code);
}

function neverGiven(uri: string, cause: unknown): GraftworkError {
  return new GraftworkError(
    'GW_S3_FAILED',
    `The object store lists ${uri}, but did not deliver it in ${most} attempts.`,
    {
      remedy:
        'Check the object in the store itself. Either its metadata and its data disagree, or somebody writes it all the time.',
      retryable: true,
      cause,
    },
  );
}
