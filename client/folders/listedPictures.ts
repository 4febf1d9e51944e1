/** The training pictures that a list of images names, on this machine or in a bucket, for a person to look at. */
import { looselyWritten } from '../../contracts/data/looselyWritten.js';
import { readManifest, type Candidate } from '../../learning/dataset/index.js';
import { readPieces as fileInPieces } from '../../storage/objects/localFile.js';
import { readPieces as objectInPieces } from '../../storage/objects/objectPieces.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import { listNamed } from './localList.js';

/** A line of a list. */
export interface ListedPicture {
  /** As the list has it. */
  path: string;
  /** Its class. */
  group: string;
}

/**
 * Those of a local list. Names that only look like the path are found too, as they are by the ingest.
 *
 * @returns without a file for a line whose picture is not in the list's folder: it is in a bucket, or missing
 * @throws GraftworkError GW_MANIFEST_INVALID naming the line, GW_DATASET_INVALID, GW_SOURCE_…
 */
export async function listedFiles(list: string): Promise<(ListedPicture & { file: string | undefined })[]> {
  const { files } = await listNamed(list);
  const exact = new Map(files.map(({ path, file }) => [path, file]));
  const loose = new Map(files.map(({ path, file }) => [looselyWritten(path), file]));
  const { candidates } = await readManifest(fileInPieces(list), list, (path) => Promise.resolve(exact.has(path)));
  return training(candidates).map((picture) => ({
    ...picture,
    file: exact.get(picture.path) ?? loose.get(looselyWritten(picture.path)),
  }));
}

/** Those of a list in a bucket, each with the places where it may lie. @throws GraftworkError as {@link listedFiles}, GW_S3_… */
export async function listedObjects(
  store: ObjectStore,
  list: string,
): Promise<(ListedPicture & { places: { bucket: string; key: string }[] })[]> {
  const folder = list.slice(0, list.lastIndexOf('/') + 1);
  const { candidates } = await readManifest(objectInPieces(store, list), store.uri(list), (path) =>
    store.exists(folder + path),
  );
  return training(candidates).map((picture) => {
    if (picture.path.startsWith('s3://')) return { ...picture, places: [parseS3Uri(picture.path)] };
    const { path } = picture;
    const forms = new Set([path, path.replaceAll('\\', '/'), path.normalize('NFC'), path.normalize('NFD')]);
    return { ...picture, places: [...forms].map((form) => ({ bucket: store.bucket, key: folder + form })) };
  });
}

/** Pictures of other splits are never varied. */
function training(candidates: Iterable<Candidate>): ListedPicture[] {
  const found: ListedPicture[] = [];
  for (const { path, className, split } of candidates)
    if (split === null || split === 'train') found.push({ path, group: className });
  return found;
}
