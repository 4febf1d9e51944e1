/** What lies at a dataset's address: files with the class and split the source gives them. */
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { inShell } from '../../contracts/inShell.js';
import { decisionsFileName } from '../../contracts/data/labelDecisions.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import type { LabelledSource } from '../../learning/dataset/folders/candidates.js';
import { readImageFolder, type FolderSource } from '../../learning/dataset/folders/imageFolder.js';
import { isLeftover, OtherFolders } from '../../learning/dataset/folders/leftovers.js';
import { listHeadBytes, orListInstead } from '../../learning/dataset/lists/listInstead.js';
import { decisionsHeadBytes, isDecisionsFile } from '../../learning/dataset/lists/labelDecisions.js';
import type { MissingPicture } from '../../learning/dataset/lists/missingText.js';
import { readManifest } from '../../learning/dataset/lists/manifestFile.js';
import { groupPattern } from '../../learning/dataset/groupPattern.js';
import { requireGroups } from '../../learning/dataset/requireGroups.js';
import { requireClasses } from '../../learning/dataset/folders/requireClasses.js';
import { RowIndex } from '../../learning/dataset/columns/rowIndex.js';
import { TextColumn } from '../../learning/dataset/columns/textColumn.js';
import { readPieces } from '../../storage/objects/objectPieces.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri, type S3Location } from '../../storage/s3/s3Uri.js';
import { findListed } from './listedObjects.js';
import { describeMissing } from './missingPictures.js';
import { FactsTable, SourceFiles } from './sourceFiles.js';

interface Unusable {
  path: string;
  bytes: number;
  reason: 'no-class' | 'unreadable' | 'forgotten';
  detail: string;
  /** A path that is there and may be meant instead. It decides nothing of a version. */
  near?: string;
}

export interface FoundSource {
  files: SourceFiles;
  /** Files that belong to no class, and lines of a manifest whose object is not there. */
  unusable: Unusable[];
  splitNames: LabelledSource['splitNames'];
  /** What a person should know of the folders, in sentences. */
  notes: string[];
  /** Address of the decisions about labels that lie with it; left out where there are none. */
  decisions?: string;
}

/**
 * Costs one listing (and, for a manifest, reading it).
 * @param given what a person gave, where it was uploaded
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_MANIFEST_INVALID, GW_DATASET_EMPTY, GW_DATASET_INVALID, GW_S3_…
 */
export async function findSource(
  store: ObjectStore,
  dataset: DatasetSpec,
  signal: AbortSignal,
  given?: RunSource,
): Promise<FoundSource> {
  const location = parseS3Uri(dataset.uri);
  const isManifest = dataset.layout === 'manifest' || (dataset.layout === 'auto' && isListFile(location.key));
  const found = await (isManifest
    ? findByManifest(store, location, signal, given, dataset.task)
    : findByFolders(store, location, signal, dataset.task));
  if (dataset.groupBy === undefined) return found;
  found.files.groupBy(groupPattern(dataset.groupBy));
  const ungrouped = requireGroups(pathsOf(found.files), dataset.groupBy, dataset.uri);
  return { ...found, notes: [...found.notes, ...ungrouped] };
}

function* pathsOf(files: SourceFiles): Generator<string> {
  for (let file = 0; file < files.length; file += 1) yield files.pathOf(file);
}

async function findByFolders(
  store: ObjectStore,
  { bucket, key }: S3Location,
  signal: AbortSignal,
  task: DatasetSpec['task'],
): Promise<FoundSource> {
  const source = store.at(bucket);
  // The slash keeps `photos-old/` out when `photos` is asked for.
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const paths = new TextColumn();
  const facts = new FactsTable();
  const others = new OtherFolders();
  let objects = 0;
  let decisions: string | undefined;
  for await (const object of source.list(prefix, signal)) {
    objects += 1;
    const path = object.key.slice(prefix.length);
    if (path === decisionsFileName && (await hasDecisions(source, object.key))) {
      decisions = source.uri(object.key);
      continue;
    }
    if (isLeftover(path)) {
      others.add(path);
      continue;
    }
    facts.set(paths.length, object);
    paths.push(path);
  }
  if (objects === 0) throw await notFound(source, key);
  const { candidates, withoutClass, splitNames, notes } = await classesOf(source, prefix, paths, others);
  if (task === 'multi-label') candidates.isMultiLabel = candidates.hasFolderLabels = true;
  return {
    files: new SourceFiles(candidates, facts, (path) => ({ bucket, key: prefix + path })),
    unusable: withoutClass.map(({ row, detail }) => ({
      path: paths.at(row),
      bytes: facts.at(row).bytes,
      reason: 'no-class' as const,
      detail,
    })),
    splitNames,
    notes,
    ...(decisions === undefined ? {} : { decisions }),
  };
}

async function hasDecisions(source: ObjectStore, key: string): Promise<boolean> {
  return isDecisionsFile(await startOf(source, key, decisionsHeadBytes));
}

/** @throws GraftworkError GW_DATASET_…, with the command that uses a list of images where one lies in the folder */
async function classesOf(
  source: ObjectStore,
  prefix: string,
  paths: TextColumn,
  others: OtherFolders,
): Promise<FolderSource> {
  try {
    const labelled = readImageFolder(paths, others);
    requireClasses(labelled, source.uri(prefix.replace(/\/$/, '')));
    return labelled;
  } catch (thrown) {
    const readHead = (path: string): Promise<Uint8Array> => startOf(source, prefix + path, listHeadBytes);
    const command = (path: string): string => `npx graftwork train ${inShell(source.uri(prefix + path))}`;
    throw await orListInstead(thrown, paths, readHead, command);
  }
}

async function findByManifest(
  store: ObjectStore,
  { bucket, key }: S3Location,
  signal: AbortSignal,
  given: RunSource | undefined,
  task: DatasetSpec['task'],
): Promise<FoundSource> {
  const source = store.at(bucket);
  if (!(await source.exists(key))) throw await notFound(source, key);
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const isThere = (path: string): Promise<boolean> => source.exists(folder + path);
  const listed = await readManifest(readPieces(source, key), source.uri(key), isThere, task);
  const { candidates, paths, lines, splitNames } = listed;
  const { facts, locate } = await findListed(store, paths, { bucket, key: folder }, signal);
  const files = new SourceFiles(candidates, facts, locate);
  const missing: MissingPicture[] = [];
  for (let row = 0; row < paths.length; row += 1) {
    if (!facts.has(row)) missing.push({ path: paths.at(row), line: lines.at(row) ?? 0 });
  }
  const beside = `${folder}${decisionsFileName}`;
  const hasThem = beside !== key && (await source.exists(beside)) && (await hasDecisions(source, beside));
  const own = { splitNames, ...(hasThem ? { decisions: source.uri(beside) } : {}) };
  if (missing.length === 0) return { files, unusable: [], notes: [], ...own };
  const index = new RowIndex(paths.length, (row) => paths.at(row));
  const isListed = (path: string): boolean => index.find(path) !== undefined;
  const { unusable, notes, noneFound } = await describeMissing(
    store,
    { bucket, key },
    missing,
    isListed,
    signal,
    given,
  );
  if (files.length === 0) throw noneFound;
  return { files, unusable, notes, ...own };
}

async function startOf(source: ObjectStore, key: string, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of readPieces(source, key)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= length) break;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

async function notFound(source: ObjectStore, key: string): Promise<GraftworkError> {
  await source.requireBucket();
  return new GraftworkError('GW_SOURCE_NOT_FOUND', `There is nothing at ${source.uri(key)}.`, {
    remedy: 'Check the address. It must be a folder of class folders, or a list of images (.csv, .tsv, .txt, .jsonl).',
  });
}
