/** Objects by what they hold: found by their size first, since reading them all would take as long as uploading them did. */
import { createHash } from 'node:crypto';
import type { ListedObject, ObjectFacts } from '../s3/objectFacts.js';
import { readStated, statedObject } from '../objects/objectPieces.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';

/** Which bytes are looked for. */
export interface Content {
  digests: ReadonlySet<string>;
  /** Their sizes in bytes; undefined when those are not known: then everything is read. */
  sizes: ReadonlySet<number> | undefined;
}

/** Whether an object's bytes are among those looked for; those of one that is gone since it was listed are not. */
export async function holdsContent(
  store: ObjectStore,
  { key, size }: Pick<ListedObject, 'key' | 'size'>,
  { digests, sizes }: Content,
): Promise<boolean> {
  if (sizes !== undefined && !sizes.has(size)) return false;
  const found = await digestOf(store, key).catch(undefinedIfMissing);
  return found !== undefined && digests.has(found.sha256);
}

/**
 * Hex sha256 of an object, a piece at a time, with the size and the etag of the very state that was read.
 * @throws GraftworkError GW_OBJECT_MISSING, GW_CONFLICT
 */
export async function digestOf(store: ObjectStore, key: string): Promise<Required<ObjectFacts>> {
  const facts = await statedObject(store, key);
  const hash = createHash('sha256');
  for await (const piece of readStated(store, facts)) hash.update(piece);
  return { ...facts, sha256: hash.digest('hex') };
}
