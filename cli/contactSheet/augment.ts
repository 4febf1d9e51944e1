/** A contact sheet of augmented pictures. Local ones need neither Temporal nor a store. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sheetExtensions, sheetFormat } from '../../contracts/run/contactSheet.js';
import type { ContactSheet, ContactSheetRequest, SheetFormat } from '../../contracts/run/contactSheet.js';
import { GraftworkError, type SerializedError } from '../../contracts/errors.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri, s3Uri } from '../../storage/s3/s3Uri.js';
import { undefinedIfMissing } from '../../storage/objects/undefinedIfMissing.js';
import { choosePictures } from './choosePictures.js';
import { listedFiles, listedObjects } from '../../client/folders/listedPictures.js';
import { listFolder } from '../../client/folders/localFolder.js';
import { localPictures, noPictures, skippedFrom, storedPictures } from '../../client/folders/pictureFiles.js';
import { objectsBelow } from '../../client/runs/predictionImages.js';
import { requireSource } from '../../client/folders/source.js';
import { requirePlaceFor } from '../base/writeWhole.js';

/** A program of its own, so that the client never loads TensorFlow. */
const program = fileURLToPath(new URL('../../worker/contactSheet/main.js', import.meta.url));

export interface ContactSheetOptions {
  spec: RunSpec;
  /** Rows at most. */
  images: number;
  /** Columns. */
  views: number;
  /** File to write. */
  out: string;
}

/**
 * Draws the first `views` views of some pictures of a local folder or list, as training with `spec` makes them.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_MANIFEST_INVALID, GW_IMAGE_UNREADABLE, GW_BACKBONE_UNKNOWN,
 * GW_USAGE when `out` cannot be written, or has an extension of no sheet
 */
export async function augmentLocal(source: string, options: ContactSheetOptions): Promise<ContactSheet> {
  const format = formatOf(options.out);
  await requireSource(source);
  await requirePlaceFor(options.out);
  const pictures = isListFile(source) ? await listedFiles(resolve(source)) : await folderPictures(source);
  const chosen = choosePictures(pictures, options.images);
  const there = chosen.flatMap(({ path, file }) => (file === undefined ? [] : [{ name: path, file: resolve(file) }]));
  if (there.length === 0) throw noneThere(source, chosen);
  const sheet = await drawn(there, format, options);
  const missing = chosen.filter(({ file }) => file === undefined);
  return { ...sheet, unreadable: [...sheet.unreadable, ...missing.map(({ path }) => ({ path, reason: missingHere }))] };
}

async function folderPictures(folder: string): Promise<{ path: string; file: string | undefined; group?: string }[]> {
  const { files, leftOut } = await listFolder(folder);
  const found = await localPictures(files);
  if (found.pictures.length === 0) throw noPictures(folder, [...found.skipped, ...skippedFrom(leftOut)]);
  return found.pictures;
}

/** The same of pictures in object storage. @throws as `augmentLocal`, and a GW_S3_… code */
export async function augmentStored(
  store: ObjectStore,
  uri: string,
  options: ContactSheetOptions,
): Promise<ContactSheet> {
  const format = formatOf(options.out);
  await requirePlaceFor(options.out);
  const { bucket, key } = parseS3Uri(uri);
  const there = store.at(bucket);
  const chosen = choosePictures(
    isListFile(key) && (await there.exists(key))
      ? await listedObjects(there, key)
      : await prefixPictures(there, key, uri),
    options.images,
  );
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-sheet-'));
  try {
    const pictures: ContactSheetRequest['pictures'] = [];
    const missing: ContactSheet['unreadable'] = [];
    for (const [index, { path, places }] of chosen.entries()) {
      const file = join(folder, String(index));
      const found = await firstThere(store, places);
      if (found === undefined) missing.push({ path, reason: 'there is no such object' });
      else {
        await writeFile(file, found.bytes);
        pictures.push({ name: s3Uri(found.bucket, found.key), file });
      }
    }
    if (pictures.length === 0) throw noneThere(uri, chosen);
    const sheet = await drawn(pictures, format, options);
    return { ...sheet, unreadable: [...sheet.unreadable, ...missing] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface StoredChoice {
  path: string;
  group?: string;
  places: { bucket: string; key: string }[];
}

async function prefixPictures(store: ObjectStore, key: string, uri: string): Promise<StoredChoice[]> {
  const found = await storedPictures(store, await objectsBelow(store, key));
  if (found.pictures.length === 0) throw noPictures(uri, found.skipped);
  return found.pictures.map(({ path, key: object }) => ({ path, places: [{ bucket: store.bucket, key: object }] }));
}

async function firstThere(
  store: ObjectStore,
  places: StoredChoice['places'],
): Promise<{ bucket: string; key: string; bytes: Buffer } | undefined> {
  for (const { bucket, key } of places) {
    const bytes = await store.at(bucket).get(key).catch(undefinedIfMissing);
    if (bytes !== undefined) return { bucket, key, bytes };
  }
  return undefined;
}

const missingHere = 'it is not in the folder of the list';

function noneThere(list: string, pictures: readonly { path: string }[]): GraftworkError {
  const [first] = pictures;
  return new GraftworkError(
    'GW_DATASET_EMPTY',
    first === undefined
      ? `${list} names no training picture.`
      : `${list} names no picture that is there, for example ${first.path}.`,
    {
      remedy:
        "Write paths relative to the folder of the list. For pictures in a bucket, give the list's s3:// address.",
    },
  );
}

function formatOf(out: string): SheetFormat {
  const format = sheetFormat(extname(out));
  if (format !== undefined) return format;
  throw new GraftworkError('GW_USAGE', `A sheet cannot be written as ${extname(out)}: ${out}.`, {
    remedy: `Use one of ${sheetExtensions.join(', ')} in the name of --out.`,
  });
}

async function drawn(
  pictures: ContactSheetRequest['pictures'],
  format: SheetFormat,
  { spec, views, out }: ContactSheetOptions,
): Promise<ContactSheet> {
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
  let answer: { sheet: ContactSheet } | { error: SerializedError } | undefined;
  child.once('message', (message) => (answer = message as typeof answer));
  const request: ContactSheetRequest = { spec, pictures, views, out: resolve(out), format };
  child.send(request);
  await once(child, 'exit');
  if (answer === undefined) {
    throw new GraftworkError(
      'GW_ENGINE_DIED',
      `The program that draws contact sheets ended without an answer.\n${said}`,
    );
  }
  if ('error' in answer) throw GraftworkError.fromJSON(answer.error);
  return answer.sheet;
}
