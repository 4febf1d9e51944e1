/** Which files of a folder are pictures. Their content decides, as it does when a folder is ingested. */
import pMap from 'p-map';
import { GraftworkError } from '../../contracts/errors.js';
import type { SkippedFile } from '../../contracts/models/predictions.js';
import { isHiddenPicture, isLeftover, isNamedLikePicture } from '../../learning/dataset/index.js';
import { fileOfKind, sniffFormat, takenFormats } from '../../learning/images/formats/imageFormat.js';
import { readStart } from '../../storage/objects/localFile.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { reasonOf, type LeftOut } from './leftOut.js';
import type { LocalFile } from './localFolder.js';

/** What distinguishes a picture from another file lies in its first bytes. */
const headBytes = 4096;

/** Files looked into at once. */
const atOnce = 16;

/** A file or an object, by its path below the folder that a person named. */
export interface FileInFolder {
  path: string;
  bytes: number;
}

export interface SortedFiles<File extends FileInFolder> {
  pictures: File[];
  /** What is not read as a picture, with the reason; leftovers of an operating system are passed over. */
  skipped: SkippedFile[];
}

/** @throws GraftworkError GW_SOURCE_UNREADABLE */
export async function localPictures(files: readonly LocalFile[]): Promise<SortedFiles<LocalFile>> {
  return picturesAmong(files, ({ file }, length) => readStart(file, length));
}

/** The same of objects. @throws GraftworkError GW_S3_… */
export async function storedPictures<File extends FileInFolder & { key: string }>(
  store: ObjectStore,
  objects: readonly File[],
): Promise<SortedFiles<File>> {
  return picturesAmong(objects, ({ key }, length) => store.getRange(key, 0, length));
}

async function picturesAmong<File extends FileInFolder>(
  files: readonly File[],
  readHead: (file: File, length: number) => Promise<Uint8Array>,
): Promise<SortedFiles<File>> {
  const kept = files.filter(({ path }) => !isLeftover(path));
  const reasons = await pMap(
    kept,
    async (file) => {
      // Such a file is never skipped. If it cannot be read, the reason is reported.
      if (isNamedLikePicture(file.path)) return undefined;
      return file.bytes === 0 ? 'it has no bytes' : whyNoPicture(await readHead(file, Math.min(headBytes, file.bytes)));
    },
    { concurrency: atOnce },
  );
  return {
    pictures: kept.filter((_, index) => reasons[index] === undefined),
    skipped: [
      ...kept.flatMap(({ path }, index) => {
        const reason = reasons[index];
        return reason === undefined ? [] : [{ path, reason }];
      }),
      ...files.flatMap(({ path }) => (isHiddenPicture(path) ? [{ path, reason: reasonOf('hidden') }] : [])),
    ],
  };
}

/** Undefined for a picture, even one of a kind that is not taken: that is worth a message of its own. */
function whyNoPicture(head: Uint8Array): string | undefined {
  const sniffed = sniffFormat(head);
  if (sniffed.kind === 'unknown') return `the content is ${sniffed.looksLike}`;
  return sniffed.kind === 'document' ? fileOfKind(sniffed.name) : undefined;
}

/** What a walk through a folder left out, as skipped files. */
export function skippedFrom(leftOut: readonly LeftOut[]): SkippedFile[] {
  return leftOut.map(({ path, why }) => ({ path, reason: reasonOf(why) }));
}

/** @param skipped what the folder holds instead */
export function noPictures(source: string, skipped: readonly SkippedFile[]): GraftworkError {
  const [first] = skipped;
  const instead =
    first === undefined
      ? ''
      : ` ${skipped.length === 1 ? 'Its one file was skipped' : `All of its ${skipped.length} files were skipped`}: ${first.path} (${first.reason})${skipped.length > 1 ? ', …' : ''}.`;
  return new GraftworkError('GW_DATASET_EMPTY', `${source} has no pictures.${instead}`, {
    remedy: `Give a folder of ${takenFormats} files. Their names do not matter.`,
  });
}
