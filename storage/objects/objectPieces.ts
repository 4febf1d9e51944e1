/** Objects larger than memory, a piece at a time. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ObjectFacts } from '../s3/objectFacts.js';
import type { ObjectStore } from './objectStore.js';

const usualBytes = 1024 * 1024;

/**
 * All bytes of one state of the object.
 * @throws GraftworkError GW_OBJECT_MISSING; GW_CONFLICT (worth trying again) when it is written anew meanwhile
 */
export async function* readPieces(store: ObjectStore, key: string, pieceBytes = usualBytes): AsyncGenerator<Buffer> {
  yield* readStated(store, await statedObject(store, key), pieceBytes);
}

/** An object's present state. @throws GraftworkError GW_OBJECT_MISSING */
export async function statedObject(store: ObjectStore, key: string): Promise<ObjectFacts> {
  const facts = await store.head(key);
  if (facts === undefined) throw new GraftworkError('GW_OBJECT_MISSING', `There is no object ${store.uri(key)}.`);
  return facts;
}

/** All bytes of a state that was seen. @throws GraftworkError as {@link readPieces} */
export async function* readStated(
  store: ObjectStore,
  { key, size, etag }: ObjectFacts,
  pieceBytes = usualBytes,
): AsyncGenerator<Buffer> {
  for (let start = 0; start < size; start += pieceBytes) {
    yield await store.getRange(key, start, Math.min(size, start + pieceBytes), { ifMatch: etag });
  }
}
