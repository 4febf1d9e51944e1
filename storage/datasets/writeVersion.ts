/**
 * Writes a dataset version: the lists first, the manifest last. Of a version that is there only what is missing or damaged
 * is written. Every write is conditional: a manifest that a forgetting has changed meanwhile is never overwritten, nor
 * is a list that it has rewritten.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  datasetManifestSchema,
  type DatasetManifest,
  type DuplicateGroup,
  type ImageEntry,
  type Quarantined,
} from '../../contracts/data/dataset.js';
import { randomPauseAfter } from '../../contracts/backoff.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { toJsonLines } from '../objects/jsonLines.js';
import { DatasetSightings } from './datasetSightings.js';
import type { PutOptions } from '../s3/objectFacts.js';
import { readPieces } from '../objects/objectPieces.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { openSealedJson } from '../objects/storedJson.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** Fields of the manifest that vouch for the lists beside it. */
export type ListDigest = 'imagesSha256' | 'quarantineSha256' | 'duplicatesSha256';

export interface DatasetVersion {
  /** Everything but the digests of the lists, which are worked out when they are written. */
  manifest: Omit<DatasetManifest, ListDigest>;
  /** Lists of any length; each may be gone through more than once, and is the same each time. */
  images: Iterable<ImageEntry>;
  quarantined: Iterable<Quarantined>;
  duplicates: Iterable<DuplicateGroup>;
}

interface List {
  key: string;
  entries: Iterable<unknown>;
}

/** Attempts at a version that others write at the same time. */
const attempts = 6;

/**
 * @returns the version's manifest as it is stored now; of a retired version, which is left as it is, the retired one
 * @throws GraftworkError GW_CONFLICT (worth trying again) when others keep writing the same version; GW_S3_…
 */
export async function writeVersion(store: ObjectStore, made: DatasetVersion): Promise<DatasetManifest> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await writeOnce(store, made);
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CONFLICT') throw thrown;
      if (attempt === attempts) {
        throw new GraftworkError('GW_CONFLICT', thrown.message, { retryable: true, cause: thrown });
      }
      await delay(randomPauseAfter(attempt, { first: 100 }));
    }
  }
}

/** Whether the stored bytes are those of this digest. A list that is gone is not. */
export async function isStoredList(store: ObjectStore, key: string, digest: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const piece of readPieces(store, key)) hash.update(piece);
  } catch (thrown) {
    if (thrown instanceof GraftworkError && thrown.code === 'GW_OBJECT_MISSING') return false;
    throw thrown;
  }
  return hash.digest('hex') === digest;
}

async function writeOnce(store: ObjectStore, made: DatasetVersion): Promise<DatasetManifest> {
  const { version } = made.manifest;
  const lists = listsOf(made);
  // Tags first: what a forgetting writes from here on stays as it is.
  const tags = await Promise.all(Object.values(lists).map(async ({ key }) => [key, await tagOf(store, key)] as const));
  const condition = new Map<string, PutOptions>(tags);
  const key = objectKeys.datasetManifest(version);
  const tag = await tagOf(store, key);
  const before = tag.ifMatch === undefined ? undefined : await readManifest(store, key, tag.ifMatch);
  if (before?.redactions !== undefined) return before;

  const digestOf = async (field: ListDigest): Promise<string> => {
    const { key: list, entries } = lists[field];
    if (before !== undefined && (await isStoredList(store, list, before[field]))) return before[field];
    const digest = digestOfList(entries);
    // An attempt before this one, or another ingest of the same pictures, may have come as far.
    if (condition.get(list)?.ifAbsent !== true && (await isStoredList(store, list, digest))) return digest;
    await store.putPieces(list, () => toJsonLines(entries), {
      contentType: 'application/x-ndjson',
      ...condition.get(list),
    });
    return digest;
  };
  // One after the other, so that no more than one is on its way.
  const digests = {
    imagesSha256: await digestOf('imagesSha256'),
    quarantineSha256: await digestOf('quarantineSha256'),
    duplicatesSha256: await digestOf('duplicatesSha256'),
  };
  const names = (manifest: DatasetManifest): boolean =>
    (Object.keys(digests) as ListDigest[]).every((field) => manifest[field] === digests[field]);
  if (before !== undefined && names(before)) return before;
  const complete: DatasetManifest = { ...made.manifest, ...(await originOf(store, made, before)), ...digests };
  await store.putJson(key, complete, tag);
  return complete;
}

/** Where and when the version was first made: who writes it again keeps both. */
async function originOf(
  store: ObjectStore,
  { manifest }: DatasetVersion,
  before: DatasetManifest | undefined,
): Promise<Pick<DatasetManifest, 'uri' | 'createdAt'>> {
  if (before !== undefined) return { uri: before.uri, createdAt: before.createdAt };
  const sightings = await new DatasetSightings(store).readable(manifest.version);
  const [first] = sightings.toSorted((a, b) => (a.firstAt < b.firstAt ? -1 : 1));
  const { uri, createdAt } = manifest;
  return first === undefined ? { uri, createdAt } : { uri: first.uri, createdAt: first.firstAt };
}

function listsOf({ manifest: { version }, images, quarantined, duplicates }: DatasetVersion): Record<ListDigest, List> {
  return {
    imagesSha256: { key: objectKeys.datasetImages(version), entries: images },
    quarantineSha256: { key: objectKeys.datasetQuarantine(version), entries: quarantined },
    duplicatesSha256: { key: objectKeys.datasetDuplicates(version), entries: duplicates },
  };
}

/** The condition under which the object is still as it is now. */
async function tagOf(store: ObjectStore, key: string): Promise<Pick<PutOptions, 'ifAbsent' | 'ifMatch'>> {
  const facts = await store.head(key);
  return facts === undefined ? { ifAbsent: true } : { ifMatch: facts.etag };
}

/** A damaged manifest is as good as none: it is written again. */
async function readManifest(store: ObjectStore, key: string, etag: string): Promise<DatasetManifest | undefined> {
  const bytes = await store.get(key, { ifMatch: etag });
  try {
    return openSealedJson(key, bytes, datasetManifestSchema, store.uri(key));
  } catch (thrown) {
    return undefinedIfCorrupt(thrown);
  }
}

function digestOfList(entries: Iterable<unknown>): string {
  const hash = createHash('sha256');
  for (const piece of toJsonLines(entries)) hash.update(piece);
  return hash.digest('hex');
}
