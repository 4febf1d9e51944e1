/** A contact sheet of augmented pictures. Local folders need neither Temporal nor a store. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContactSheet, ContactSheetRequest } from '../../contracts/run/contactSheet.js';
import { GraftworkError, type SerializedError } from '../../contracts/errors.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri, s3Uri } from '../../storage/objects/s3Uri.js';
import { choosePictures } from './choosePictures.js';
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
 * Draws the first `views` views of some pictures of a local folder, as training with `spec` makes them.
 *
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, GW_IMAGE_UNREADABLE, GW_BACKBONE_UNKNOWN,
 * GW_USAGE when `out` cannot be written
 */
export async function augmentFolder(folder: string, options: ContactSheetOptions): Promise<ContactSheet> {
  await requireSource(folder);
  await requirePlaceFor(options.out);
  const { files, leftOut } = await listFolder(folder);
  const found = await localPictures(files);
  if (found.pictures.length === 0) throw noPictures(folder, [...found.skipped, ...skippedFrom(leftOut)]);
  const pictures = choosePictures(found.pictures, options.images).map(({ path, file }) => ({
    name: path,
    file: resolve(file),
  }));
  return drawn(pictures, options);
}

/** The same of pictures in object storage. @throws as `augmentFolder`, and a GW_S3_… code */
export async function augmentStored(
  store: ObjectStore,
  uri: string,
  options: ContactSheetOptions,
): Promise<ContactSheet> {
  await requirePlaceFor(options.out);
  const { bucket, key } = parseS3Uri(uri);
  const there = store.at(bucket);
  const found = await storedPictures(there, await objectsBelow(there, key));
  if (found.pictures.length === 0) throw noPictures(uri, found.skipped);
  const folder = await mkdtemp(join(tmpdir(), 'graftwork-sheet-'));
  try {
    const pictures: ContactSheetRequest['pictures'] = [];
    for (const [index, { key: object }] of choosePictures(found.pictures, options.images).entries()) {
      const file = join(folder, String(index));
      await writeFile(file, await there.get(object));
      pictures.push({ name: s3Uri(bucket, object), file });
    }
    return await drawn(pictures, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function drawn(
  pictures: ContactSheetRequest['pictures'],
  { spec, views, out }: ContactSheetOptions,
): Promise<ContactSheet> {
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2000)));
  let answer: { sheet: ContactSheet } | { error: SerializedError } | undefined;
  child.once('message', (message) => (answer = message as typeof answer));
  const request: ContactSheetRequest = { spec, pictures, views, out: resolve(out) };
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
