/** What lies at a dataset's address: files with the class and split the source gives them. */
import type { DatasetSpec } from '../contracts/runSpec.js';
import { GraftworkError } from '../contracts/errors.js';
import type { LabelledSource } from '../learning/dataset/candidates.js';
import { isLeftover, readImageFolder } from '../learning/dataset/imageFolder.js';
import { readManifest } from '../learning/dataset/manifestFile.js';
import { RowIndex } from '../learning/dataset/rowIndex.js';
import { numbered } from '../learning/dataset/sequence.js';
import { TextColumn } from '../learning/dataset/textColumn.js';
import { readPieces } from '../storage/objectPieces.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { parseS3Uri, s3Uri, type S3Location } from '../storage/s3Uri.js';
import { FactsTable, SourceFiles } from './sourceFiles.js';

export interface FoundSource {
  files: SourceFiles;
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
  const paths = new TextColumn();
  const facts = new FactsTable();
  let objects = 0;
  for await (const object of source.list(prefix, signal)) {
    objects += 1;
    const path = object.key.slice(prefix.length);
    if (isLeftover(path)) continue;
    facts.set(paths.length, object);
    paths.push(path);
  }
  if (objects === 0) throw await notFound(source, key);
  const { candidates, withoutClass, splitNames } = readImageFolder(paths);
  return {
    files: new SourceFiles(candidates, facts, (path) => ({ bucket, key: prefix + path })),
    unusable: withoutClass.map(({ row, detail }) => ({
      path: paths.at(row),
      bytes: facts.at(row).bytes,
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
  if (!(await source.exists(key))) throw await notFound(source, key);
  const { candidates, paths, splitNames } = await readManifest(readPieces(source, key), source.uri(key));
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const locate = (path: string): S3Location =>
    path.startsWith('s3://') ? parseS3Uri(path) : { bucket, key: `${folder}${path}` };
  const facts = await listObjects(store, paths.length, (row) => locate(paths.at(row)), signal);
  const unusable: FoundSource['unusable'] = [];
  for (const [index, { path }] of numbered(candidates)) {
    if (facts.has(candidates.rowOf(index))) continue;
    unusable.push({ path, bytes: 0, reason: 'unreadable', detail: 'there is no such object' });
  }
  return { files: new SourceFiles(candidates, facts, locate), unusable, splitNames };
}

/** Facts of many objects by one listing a bucket, of the folder that holds them all. */
async function listObjects(
  store: ObjectStore,
  rows: number,
  locate: (row: number) => S3Location,
  signal: AbortSignal,
): Promise<FactsTable> {
  const uriOf = ({ bucket, key }: S3Location): string => s3Uri(bucket, key);
  const index = new RowIndex(rows, (row) => uriOf(locate(row)));
  const prefixes = new Map<string, string>();
  for (let row = 0; row < rows; row += 1) {
    const { bucket, key } = locate(row);
    prefixes.set(bucket, commonPrefix(prefixes.get(bucket) ?? key, key));
  }
  const facts = new FactsTable();
  for (const [bucket, prefix] of prefixes) {
    for await (const object of store.at(bucket).list(prefix, signal)) {
      const row = index.find(uriOf({ bucket, key: object.key }));
      if (row !== undefined) facts.set(row, object);
    }
  }
  // The same object may be named in two ways.
  for (const [row, first] of index.first.entries()) {
    if (row === first || !facts.has(first)) continue;
    const { etag, bytes } = facts.at(first);
    facts.set(row, { etag, size: bytes });
  }
  return facts;
}

function commonPrefix(a: string, b: string): string {
  let length = Math.min(a.length, b.length);
  while (length > 0 && !a.startsWith(b.slice(0, length))) length -= 1;
  // Half a character is no prefix of anything.
  return a.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

async function notFound(source: ObjectStore, key: string): Promise<GraftworkError> {
  await source.requireBucket();
  return new GraftworkError('GW_SOURCE_NOT_FOUND', `There is nothing at ${source.uri(key)}.`, {
    remedy: 'Check the address: it is a folder of class folders, or a .csv or .jsonl manifest.',
  });
}
