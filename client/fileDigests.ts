/** Digests of a file's content: sha256, by which Graftwork names it, and MD5, which stores give as the etag of a small object. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { unreadable } from '../storage/localFile.js';
import type { ListedObject } from '../storage/objectFacts.js';
import type { ObjectStore } from '../storage/objectStore.js';

export interface FileDigests {
  /** Hex. */
  sha256: string;
  /** Hex. */
  md5: string;
}

/** Hex sha256 of a file's content. @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function sha256OfFile(file: string): Promise<string> {
  const [sha256 = ''] = await digests(file, ['sha256']);
  return sha256;
}

/** Both, of the very same bytes. @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function digestsOfFile(file: string): Promise<FileDigests> {
  const [sha256 = '', md5 = ''] = await digests(file, ['sha256', 'md5']);
  return { sha256, md5 };
}

async function digests(file: string, algorithms: readonly string[]): Promise<string[]> {
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  try {
    for await (const piece of createReadStream(file)) for (const hash of hashes) hash.update(piece as Buffer);
  } catch (error) {
    throw unreadable(error, file);
  }
  return hashes.map((hash) => hash.digest('hex'));
}

/**
 * Whether an object has the content of those digests. Its etag says so, unless it went up in parts or the store encrypts
 * it with keys of its own; then the digest does that {@link ObjectStore.putFile} leaves beside it.
 */
export async function hasContent(store: ObjectStore, { key, etag }: ListedObject, is: FileDigests): Promise<boolean> {
  if (etag === is.md5) return true;
  // Who may not look, or cannot now, sends the file; what is wrong comes out then.
  const facts = await store.head(key).catch(() => undefined);
  return facts?.sha256 === is.sha256;
}
