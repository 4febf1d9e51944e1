/** Objects by what they hold: found by their size first, since reading them all would take as long as uploading them did. */
import { createHash } from 'node:crypto';
import type { ListedObject } from '../objectFacts.js';
import { readPieces } from '../objectPieces.js';
import type { ObjectStore } from '../objectStore.js';
import { undefinedIfMissing } from '../undefinedIfMissing.js';

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
  const digest = await digestOf(store, key).catch(undefinedIfMissing);
  return digest !== undefined && digests.has(digest);
}

/** Hex sha256 of an object, a piece at a time. @throws GraftworkError GW_OBJECT_MISSING, GW_CONFLICT */
export async function digestOf(store: ObjectStore, key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(store, key)) hash.update(piece);
  return hash.digest('hex');
}
