/** What lies at a dataset's address: files with the class and split the source gives them. */
import type { DatasetSpec } from '../contracts/runSpec.js';
import { GraftworkError } from '../contracts/errors.js';
import type { Candidate, LabelledSource } from '../learning/dataset/candidates.js';
import { isLeftover, readImageFolder } from '../learning/dataset/imageFolder.js';
import { readManifest } from '../learning/dataset/manifestFile.js';
import type { ObjectFacts } from '../storage/objectFacts.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { parseS3Uri } from '../storage/s3Uri.js';
import type { S3Location } from '../storage/s3Uri.js';

export interface SourceFile extends Candidate {
  bucket: string;
  key: string;
  etag: string;
  bytes: number;
}

export interface FoundSource {
  files: SourceFile[];
  /** Files that belong to no class, and lines of a manifest whose object is not there. */
  unusable: { path: string; bytes: number; reason: 'no-class' | 'unreadable'; detail: string }[];
  splitNames: LabelledSource['splitNames'];
}

/**
 * Costs one listing (and, for a manifest, reading it).
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_MANIFEST_INVALID, GW_DATASET_INVALID, GW_S3_…
 */
export async function findSource(store: ObjectStore, dataset: DatasetSpec, signal: AbortSignal): Promise<FoundSource> {
  const location = parseS3Uri(dataset.uri);
  const isManifest =
    dataset.layout === 'manifest' || (dataset.layout === 'auto' && /\.(?:csv|jsonl|ndjson)$/i.test(location.key));
  return isManifest ? findByManifest(store, location, signal) : findByFolders(store, location, signal);
}

async function findByFolders(
  store: ObjectStore,
  { bucket, key }: S3Location,
  signal: AbortSignal,
): Promise<FoundSource> {
  const source = store.at(bucket);
  // The slash keeps `photos-old/` out when `photos` is asked for.
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const facts = new Map<string, ObjectFacts>();
  let objects = 0;
  for await (const object of source.list(prefix, signal)) {
    objects += 1;
    const path = object.key.slice(prefix.length);
    if (!isLeftover(path)) facts.set(path, object);
  }
  if (objects === 0) throw await notFound(source, key);
  const { candidates, withoutClass, splitNames } = readImageFolder([...facts.keys()]);
  return {
    files: candidates.flatMap((candidate) => {
      const found = facts.get(candidate.path);
      return found === undefined ? [] : [placed(candidate, bucket, found)];
    }),
    unusable: withoutClass.map(({ path, detail }) => ({
      path,
      bytes: facts.get(path)?.size ?? 0,
      reason: 'no-class' as const,
      detail,
    })),
    splitNames,
  };
}

async function findByManifest(
  store: ObjectStore,
  { bucket, key }: S3Location,
  signal: AbortSignal,
): Promise<FoundSource> {
  const source = store.at(bucket);
  const text = await source.getIfPresent(key);
  if (text === undefined) throw await notFound(source, key);
  const { candidates, splitNames } = readManifest(text.toString('utf8'), source.uri(key));
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const wanted = candidates.map((candidate) => ({
    candidate,
    at: candidate.path.startsWith('s3://') ? parseS3Uri(candidate.path) : { bucket, key: `${folder}${candidate.path}` },
  }));
  const facts = await listObjects(
    store,
    wanted.map(({ at }) => at),
    signal,
  );
  const found: FoundSource = { files: [], unusable: [], splitNames };
  for (const { candidate, at } of wanted) {
    const object = facts.get(at.bucket)?.get(at.key);
    if (object !== undefined) found.files.push(placed(candidate, at.bucket, object));
    else
      found.unusable.push({ path: candidate.path, bytes: 0, reason: 'unreadable', detail: 'there is no such object' });
  }
  return found;
}

/** Facts of many objects by one listing a bucket, of the folder that holds them all. */
async function listObjects(
  store: ObjectStore,
  locations: readonly S3Location[],
  signal: AbortSignal,
): Promise<Map<string, Map<string, ObjectFacts>>> {
  const keys = new Map<string, Set<string>>();
  for (const { bucket, key } of locations) keys.set(bucket, (keys.get(bucket) ?? new Set()).add(key));
  const facts = new Map<string, Map<string, ObjectFacts>>();
  for (const [bucket, wanted] of keys) {
    const found = new Map<string, ObjectFacts>();
    for await (const object of store.at(bucket).list(commonPrefix(wanted), signal)) {
      if (wanted.has(object.key)) found.set(object.key, object);
    }
    facts.set(bucket, found);
  }
  return facts;
}

function commonPrefix(keys: Iterable<string>): string {
  let prefix: string | undefined;
  for (const key of keys) {
    prefix ??= key;
    while (!key.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  return prefix ?? '';
}

function placed(candidate: Candidate, bucket: string, { key, etag, size }: ObjectFacts): SourceFile {
  return { ...candidate, bucket, key, etag, bytes: size };
}

async function notFound(source: ObjectStore, key: string): Promise<GraftworkError> {
  await source.requireBucket();
  return new GraftworkError('GW_SOURCE_NOT_FOUND', `There is nothing at ${source.uri(key)}.`, {
    remedy: 'Check the address: it is a folder of class folders, or a .csv or .jsonl manifest.',
  });
}
