import { GraftworkError } from '../contracts/errors.js';
import type { ObjectStore } from './objectStore.js';

/** Bytes and etag of the same moment: what is written next can be conditional on what was read. */
export interface SeenObject {
  bytes: Buffer;
  etag: string;
}

/** @returns undefined when there is no such object */
export async function seeObject(store: ObjectStore, key: string): Promise<SeenObject | undefined> {
  for (;;) {
    const facts = await store.head(key);
    if (facts === undefined) return undefined;
    const { etag } = facts;
    // Where it was written or deleted between the two requests, both are made again.
    const bytes = await store.get(key, { ifMatch: etag }).catch(undefinedIfChanged);
    if (bytes !== undefined) return { bytes, etag };
  }
}

function undefinedIfChanged(thrown: unknown): undefined {
  if (thrown instanceof GraftworkError && ['GW_CONFLICT', 'GW_OBJECT_MISSING'].includes(thrown.code)) return undefined;
  throw thrown;
}
