/** By what a picture is known: addresses, paths, sizes, and the lists of persons that may name it. */
import type { DatasetManifest } from '../../contracts/data/dataset.js';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { DatasetSightings } from '../datasets/datasetSightings.js';
import type { ObjectStore } from '../objects/objectStore.js';
import type { Names } from './sideLists.js';
import type { FoundPicture, Sighting } from './sightings.js';

/** By what names the picture goes, everywhere and in one version. */
export function namesOf(
  sightings: readonly Sighting[],
  sought: ReadonlySet<string>,
): { addresses: Set<string>; of: (manifest: DatasetManifest) => Names } {
  const addresses = new Set(sought);
  const paths = new Map<string, Set<string>>();
  for (const { version, image, addresses: places } of sightings) {
    if (image === null) continue;
    for (const place of places) addresses.add(place);
    paths.set(version, (paths.get(version) ?? new Set()).add(image.path));
  }
  return { addresses, of: ({ version }) => ({ addresses, paths: paths.get(version) ?? new Set() }) };
}

/** @returns undefined when of one of the contents the size is not known */
export function sizesOf({ digests, sightings }: FoundPicture, given: ReadonlySet<number>): Set<number> | undefined {
  const seen = new Set(sightings.map(({ sha256 }) => sha256));
  if (given.size === 0 && [...digests].some((digest) => !seen.has(digest))) return undefined;
  return new Set([...given, ...sightings.map(({ bytes }) => bytes)]);
}

/** Lists of a person at the addresses where these versions were met, and files of decisions about labels that no upload has brought. */
export async function listFilesOf(store: ObjectStore, manifests: readonly DatasetManifest[]): Promise<string[]> {
  const uris = new Set(manifests.map(({ uri }) => uri));
  for (const { version } of manifests) {
    for (const { uri } of await new DatasetSightings(store).all(version)) uris.add(uri);
  }
  const uploads = store.uri('uploads/');
  const reviews = manifests.flatMap(({ decisions }) =>
    decisions === undefined || decisions.uri.startsWith(uploads) ? [] : [decisions.uri],
  );
  return [...new Set([...[...uris].filter(isListFile), ...reviews])];
}
