/** What a person may name as a source of images: an address in object storage, a local folder, or a local manifest. */
import { basename, dirname, join, resolve } from 'node:path';
import { decisionsFileName } from '../../contracts/data/labelDecisions.js';
import { inShell } from '../../contracts/inShell.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { nameFrom } from '../../contracts/names.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { Task } from '../../contracts/spec/task.js';
import { requireFitting } from '../../contracts/spec/taskProblems.js';
import {
  listHeadBytes,
  orListInstead,
  readImageFolder,
  requireClasses,
  requireGroups,
  TextColumn,
} from '../../learning/dataset/index.js';
import { readStart } from '../../storage/objects/localFile.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { absentSource } from './absentSource.js';
import { isDecisions } from './labelsFile.js';
import { leftOutNotes } from './leftOut.js';
import { listNamed, requireList } from './localList.js';
import { listFolder, type FolderListing } from './localFolder.js';
import { factsOf } from './pathFacts.js';
import { uploadFolder } from './uploadFolder.js';
import type { UploadedFolder, UploadOptions } from './uploadFolder.js';

export interface Source {
  uri: string;
  /** A name for the model, when the source says one better than its URI does. */
  name: string | undefined;
  /** What was uploaded; undefined for a source that was in object storage already. */
  upload: UploadedFolder | undefined;
  /** What a run on it has to remember of the upload; undefined as `upload` is. */
  given: RunSource | undefined;
}

/**
 * Reports a mistyped source before anything is started or connected for it.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND when it is neither an s3:// address nor there, GW_SOURCE_UNREADABLE.
 */
export async function requireSource(source: string): Promise<void> {
  if (source.startsWith('s3://')) return;
  if ((await factsOf(source)) !== undefined) return;
  throw await absentSource(
    source,
    isListFile(source) ? 'list of images' : 'folder',
    'Give a folder with one folder per class, a list of images (.csv, .jsonl), or s3://bucket/prefix.',
  );
}

/**
 * Refuses a local folder or list of images that nothing can be learned from, as far as its names say so: by the rules of the
 * ingest, before anything is started, connected or uploaded for it.
 *
 * @param groupBy pattern of paths that belong together
 * @param task as the spec says
 * @throws GraftworkError as {@link requireSource} and {@link requireList}; GW_DATASET_EMPTY, GW_DATASET_INVALID
 */
export async function requireTrainable(source: string, groupBy?: string, task?: Task): Promise<void> {
  await requireSource(source);
  if (source.startsWith('s3://')) return;
  const paths = isListFile(source)
    ? pathsOf((await requireList(resolve(source), task)).pictures)
    : await pathsIn(source);
  if (groupBy !== undefined) requireGroups(paths(), groupBy, source);
}

/**
 * Refuses settings that the task of the pictures has no use for, as far as this machine knows it: a list in a bucket is read by the ingest.
 *
 * @throws GraftworkError GW_SPEC_INVALID naming each field; as {@link requireList}
 */
export async function requireFittingSource(source: string, spec: RunSpec): Promise<void> {
  if (source.startsWith('s3://')) return;
  const { task } = spec.dataset;
  requireFitting(spec, isListFile(source) ? (await requireList(resolve(source), task)).task : task);
}

function pathsOf(pictures: Iterable<{ path: string }>): () => string[] {
  return () => Array.from(pictures, ({ path }) => path);
}

/** Those of its pictures, by the rules of the ingest; worked out when they are asked for. */
async function pathsIn(folder: string): Promise<() => string[]> {
  const { files, others } = await listClassFolders(folder, folder);
  return () => pathsOf(readImageFolder(TextColumn.from(files.map(({ path }) => path)), others).candidates)();
}

/** @param source as the person wrote it @throws GraftworkError GW_DATASET_EMPTY, GW_DATASET_INVALID, as {@link listFolder} */
async function listClassFolders(folder: string, source: string): Promise<FolderListing> {
  const listing = await withoutDecisions(await listFolder(folder));
  const paths = listing.files.map(({ path }) => path);
  try {
    requireClasses(readImageFolder(TextColumn.from(paths), listing.others), source);
    return listing;
  } catch (thrown) {
    const readHead = (path: string): Promise<Uint8Array> => readStart(join(folder, path), listHeadBytes);
    throw await orListInstead(thrown, paths, readHead, (path) => `npx graftwork train ${inShell(join(source, path))}`);
  }
}

/** Decisions about labels go up by themselves: the folder stays the same folder when they change. */
async function withoutDecisions(listing: FolderListing): Promise<FolderListing> {
  const own = listing.files.find(({ path }) => path === decisionsFileName);
  if (own === undefined || !(await isDecisions(own.file))) return listing;
  return { ...listing, files: listing.files.filter((file) => file !== own) };
}

/** The name that a model has of its source unless a person gives one; undefined where the source has none that would do. */
export function nameOfSource(source: string): string | undefined {
  return nameFrom(basename(placeOfSource(source)));
}

/** The local folder of a source: itself, or that of the list. */
export function placeOfSource(source: string): string {
  const path = resolve(source);
  return isListFile(path) ? dirname(path) : path;
}

/**
 * The source's address in object storage; a local folder goes up first. Of a local list of images only the list and the pictures
 * that it names go up, at their places in its folder.
 *
 * @throws GraftworkError as {@link uploadFolder} and, before anything goes up, as {@link requireTrainable}
 */
export async function bringSource(store: ObjectStore, source: string, options: UploadOptions): Promise<Source> {
  if (source.startsWith('s3://')) return { uri: source, name: undefined, upload: undefined, given: undefined };
  await requireSource(source);
  const path = resolve(source);
  const isList = isListFile(path);
  let near: string[] = [];
  const upload = await uploadFolder(store, placeOfSource(path), {
    from: source,
    list: async () => {
      if (!isList) return listClassFolders(path, source);
      const listing = await listNamed(path);
      near = listing.near;
      return listing;
    },
    ...options,
  });
  const uri = isList ? `${upload.uri}/${basename(path)}` : upload.uri;
  const notes = leftOutNotes(upload.leftOut);
  return {
    uri,
    name: nameOfSource(source),
    upload,
    given: {
      ...{ format: 1, uri, from: source },
      ...(notes.length === 0 ? {} : { notes }),
      ...(near.length === 0 ? {} : { near }),
    },
  };
}
