/** The addresses at which dataset versions were met, one small object for each. */
import type { DatasetManifest, ImageEntry } from '../../contracts/data/dataset.js';
import { datasetSightingSchema, type DatasetSighting, type SourceRoot } from '../../contracts/data/datasetSighting.js';
import { looselyWritten } from '../../contracts/data/looselyWritten.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { contentKey } from '../objects/contentKey.js';
import { irreplaceable } from '../objects/irreplaceable.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { s3Uri, type S3Location } from '../s3/s3Uri.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** As much of an image as says where it lies. */
type Placed = Pick<ImageEntry, 'path' | 'bucket' | 'key'>;

export class DatasetSightings {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /**
   * Says that an ingest has just met the version at this address.
   * @param from what the person called it, for an upload: two folders of the same content are two sightings
   */
  async add(manifest: DatasetManifest, uri: string, root: SourceRoot | null, from?: string): Promise<void> {
    const name = from === undefined ? {} : { from };
    const key = objectKeys.datasetSighting(manifest.version, contentKey('dataset-sighting/1', { uri, ...name }));
    const earlier = await this.store.getJsonIfPresent(key, datasetSightingSchema).catch(undefinedIfCorrupt);
    const lastAt = new Date().toISOString();
    const firstAt = earlier?.firstAt ?? (uri === manifest.uri && from === undefined ? manifest.createdAt : lastAt);
    await this.store.putJson(key, { format: 1, uri, ...name, root, firstAt, lastAt } satisfies DatasetSighting);
  }

  /**
   * Those of a version, the latest first. Versions of 0.1.0 have none until they are met again.
   * @throws GraftworkError GW_CORRUPT when one of them is damaged: where the pictures lie is unknown then
   */
  async all(version: string): Promise<DatasetSighting[]> {
    const without = irreplaceable(
      'If you delete it, the address is unknown until the data is ingested from there again.',
    );
    return this.read(version, without);
  }

  /** As `all`, without those that are damaged. */
  async readable(version: string): Promise<DatasetSighting[]> {
    return this.read(version, undefinedIfCorrupt);
  }

  private async read(version: string, onCorrupt: (thrown: unknown) => undefined): Promise<DatasetSighting[]> {
    const found: DatasetSighting[] = [];
    for await (const { key } of this.store.list(objectKeys.datasetSightings(version))) {
      const sighting = await this.store.getJsonIfPresent(key, datasetSightingSchema).catch(onCorrupt);
      if (sighting !== undefined) found.push(sighting);
    }
    return found.toSorted((a, b) => (a.lastAt === b.lastAt ? 0 : a.lastAt < b.lastAt ? 1 : -1));
  }

  /** What stood before the paths of a version's pictures, the latest first, of those that are readable. */
  async roots(version: string): Promise<SourceRoot[]> {
    return rootsOf(await this.readable(version));
  }
}

export function rootsOf(sightings: readonly DatasetSighting[]): SourceRoot[] {
  return sightings.flatMap(({ root }) => root ?? []);
}

/**
 * Where a picture may lie: where its version was met last, and so on back, and where it lay when the version was made.
 * @param roots as `DatasetSightings.roots`
 */
export function placesOf(
  { path, bucket, key }: Placed,
  roots: readonly SourceRoot[],
): [latest: S3Location, ...S3Location[]] {
  const own = { bucket, key };
  // A path that is an address itself is the same wherever the version is met.
  const name = nameIn(key, path);
  const forms = name === undefined ? [] : formsOf(name, path);
  const others = roots.flatMap(({ bucket: there, prefix }) =>
    forms.map((form) => ({ bucket: there, key: prefix + form })),
  );
  const places = new Map([...others, own].map((place) => [s3Uri(place.bucket, place.key), place]));
  const [latest = own, ...rest] = places.values();
  return [latest, ...rest];
}

/** What stands before the paths of pictures; null where none has anything before it. */
export function rootOf(images: Iterable<Placed>): SourceRoot | null {
  for (const { path, bucket, key } of images) {
    const name = nameIn(key, path);
    if (name !== undefined) return { bucket, prefix: key.slice(0, key.length - name.length) };
  }
  return null;
}

/** The end of an object's key that the path means, which a list may write otherwise; undefined where it means none. */
function nameIn(key: string, path: string): string | undefined {
  if (key.endsWith(path)) return path;
  const parts = path.split(/[/\\]/).length;
  const name = new RegExp(`[^/\\\\]*(?:[/\\\\][^/\\\\]*){${parts - 1}}$`).exec(key)?.[0];
  return name !== undefined && looselyWritten(name) === looselyWritten(path) ? name : undefined;
}

/** How the picture may be called at another address, the likeliest first: accents are composed there or not. */
function formsOf(name: string, path: string): string[] {
  return [...new Set([name, path, name.normalize('NFC'), name.normalize('NFD')])];
}
