/** Digests of a file's content: sha256, by which Graftwork names it, and MD5, which stores give as the etag of a small object. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { requireRegularFile, unreadable } from '../../storage/objects/localFile.js';
import type { ListedObject } from '../../storage/s3/objectFacts.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';

export interface FileDigests {
  /** How many bytes were digested. */
  bytes: number;
  /** Hex. */
  sha256: string;
  /** Hex. */
  md5: string;
}

/** All of the very same bytes, whatever the file's size was when it was listed. @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function digestsOfFile(file: string): Promise<FileDigests> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  let bytes = 0;
  await requireRegularFile(file);
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
      sha256.update(piece);
      md5.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    throw unreadable(error, file);
  }
  return { bytes, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

/**
 * Whether an object has the content of those digests. Its etag says so, unless it went up in parts or the store encrypts
 * it with keys of its own; then the digest does that {@link ObjectStore.putFile} leaves beside it.
 */
export async function hasContent(store: ObjectStore, object: ListedObject, is: FileDigests): Promise<boolean> {
  const { key, etag, size } = object;
  if (size !== is.bytes) return false;
  if (etag === is.md5) return true;
  // Who may not look, or cannot now, sends the file; what is wrong comes out then.
  const facts = await store.head(key).catch(() => undefined);
  return facts?.sha256 === is.sha256;
}
