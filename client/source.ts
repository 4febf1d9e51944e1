/** What a person may name as a source of images: an address in object storage, a local folder, or a local manifest. */
import { basename, dirname, resolve } from 'node:path';
import { GraftworkError } from '../contracts/errors.js';
import { isListFile } from '../contracts/listFile.js';
import { nameFrom } from '../contracts/names.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { requireList } from './localList.js';
import { factsOf } from './pathFacts.js';
import { uploadFolder } from './uploadFolder.js';
import type { UploadedFolder, UploadOptions } from './uploadFolder.js';

export interface Source {
  uri: string;
  /** A name for the model, when the source says one better than its URI does. */
  name: string | undefined;
  /** What was uploaded; undefined for a source that was in object storage already. */
  upload: UploadedFolder | undefined;
}

/**
 * Tells a mistyped source before anything is started or connected for it.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND when it is neither an s3:// address nor there, GW_SOURCE_UNREADABLE.
 */
export async function requireSource(source: string): Promise<void> {
  if (source.startsWith('s3://')) return;
  if ((await factsOf(source)) !== undefined) return;
  throw new GraftworkError('GW_SOURCE_NOT_FOUND', `There is no folder ${source}.`, {
    remedy: 'Give a folder of pictures sorted into one folder per class, or s3://bucket/prefix.',
  });
}

/**
 * The source's address in object storage; a local folder goes up first. Of a local list of images the whole
 * folder around it goes up, since the list's paths are relative to it.
 *
 * @throws GraftworkError as {@link uploadFolder} and, before anything goes up, as {@link requireList}
 */
export async function bringSource(store: ObjectStore, source: string, options: UploadOptions): Promise<Source> {
  if (source.startsWith('s3://')) return { uri: source, name: undefined, upload: undefined };
  await requireSource(source);
  const path = resolve(source);
  const manifest = isListFile(path);
  const folder = manifest ? dirname(path) : path;
  if (manifest) await requireList(path);
  const upload = await uploadFolder(store, folder, options);
  return {
    uri: manifest ? `${upload.uri}/${basename(path)}` : upload.uri,
    name: nameFrom(basename(folder)),
    upload,
  };
}
