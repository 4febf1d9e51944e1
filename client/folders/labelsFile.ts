/** Decisions about labels in a local file: looked at before anything is started, and sent to where an ingest reads them. */
import { basename, dirname, join, resolve } from 'node:path';
import { decisionsFileName } from '../../contracts/data/labelDecisions.js';
import { GraftworkError } from '../../contracts/errors.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { decisionsHeadBytes, isDecisionsFile, OtherFolders, readLabelDecisions } from '../../learning/dataset/index.js';
import { readPieces, readStart, requireRegularFile } from '../../storage/objects/localFile.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { factsIfPath } from './pathFacts.js';
import { uploadFolder } from './uploadFolder.js';

const isRemote = (file: string): boolean => file.startsWith('s3://');

/** @throws GraftworkError GW_LABELS_INVALID naming the line, or when the file is not there; GW_SOURCE_UNREADABLE */
export async function requireLabels(file: string): Promise<void> {
  if (isRemote(file)) return;
  if ((await factsIfPath(file)) === undefined) {
    throw new GraftworkError('GW_LABELS_INVALID', `There is no review file ${file}.`, {
      remedy: 'Give the file that the review page saves, or leave out --labels.',
    });
  }
  await readLabelDecisions(readPieces(file), file);
}

/** The file of decisions that lies in a local folder, or beside a local list; undefined where there is none. */
export async function labelsBeside(source: string): Promise<string | undefined> {
  if (isRemote(source)) return undefined;
  const path = resolve(source);
  const facts = await factsIfPath(path);
  const place = facts?.isDirectory() === true ? path : dirname(path);
  const file = join(place, decisionsFileName);
  return file !== path && (await isDecisions(file)) ? file : undefined;
}

/** Whether a local path is a file of decisions, and no other table of that name. */
export async function isDecisions(file: string): Promise<boolean> {
  const isFile = (await factsIfPath(file))?.isFile() === true;
  return isFile && isDecisionsFile(await readStart(file, decisionsHeadBytes));
}

/** Its address in object storage; a local file goes up first. @throws GraftworkError as {@link requireLabels}, GW_S3_… */
export async function bringLabels(store: ObjectStore, file: string): Promise<string> {
  if (isRemote(file)) return file;
  await requireLabels(file);
  const bytes = await requireRegularFile(file);
  // Only in tables does a forgetting look for the rows of a picture.
  const path = isListFile(file) ? basename(file) : decisionsFileName;
  const { uri } = await uploadFolder(store, dirname(file), {
    from: dirname(file),
    list: () =>
      Promise.resolve({ files: [{ path, file, bytes }], others: new OtherFolders(), leftOut: [], unnamed: 0 }),
  });
  return `${uri}/${path}`;
}

/** Decisions in a local file; 0 where there is no such file, or it is another one. @throws GraftworkError GW_LABELS_INVALID */
export async function decisionsIn(file: string): Promise<number> {
  return (await isDecisions(file)) ? (await readLabelDecisions(readPieces(file), file)).length : 0;
}
