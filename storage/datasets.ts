/** Dataset versions in the bucket: immutable, the manifest written last, so that a version that shows is complete. */
import type { z } from 'zod';
import {
  datasetManifestSchema,
  duplicateGroupSchema,
  imageEntrySchema,
  quarantinedSchema,
} from '../contracts/dataset.js';
import type { DatasetManifest, DuplicateGroup, ImageEntry, Quarantined } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { sha256 } from './contentKey.js';
import { fromJsonLines, toJsonLines } from './jsonLines.js';
import type { ObjectStore } from './objectStore.js';
import { undefinedIfCorrupt } from './undefinedIfCorrupt.js';

/** Fields of the manifest that vouch for the lists beside it. */
type ListDigest = 'imagesSha256' | 'quarantineSha256' | 'duplicatesSha256';

export interface DatasetVersion {
  /** Everything but the digests of the lists, which are worked out when they are written. */
  manifest: Omit<DatasetManifest, ListDigest>;
  images: readonly ImageEntry[];
  quarantined: readonly Quarantined[];
  duplicates: readonly DuplicateGroup[];
}

export interface ListedVersion {
  version: string;
  manifest: DatasetManifest;
}

const versionPattern = /^datasets\/([0-9a-f]{64})\/manifest\.json$/;

export class Datasets {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Writes a version and returns its manifest. One that is there stays as it is, unless its images were found at another
   * address: then they are looked for where they were seen last.
   *
   * @param anew write it in any case, since something of it is damaged
   */
  async write({ manifest, images, quarantined, duplicates }: DatasetVersion, anew = false): Promise<DatasetManifest> {
    const { version } = manifest;
    const earlier = anew ? undefined : await this.findManifest(version).catch(undefinedIfCorrupt);
    if (earlier?.uri === manifest.uri) return earlier;
    const put = async (key: string, entries: readonly unknown[]): Promise<string> => {
      const lines = toJsonLines(entries);
      await this.#store.put(key, lines, { contentType: 'application/x-ndjson' });
      return sha256(lines);
    };
    const [imagesSha256, quarantineSha256, duplicatesSha256] = await Promise.all([
      put(objectKeys.datasetImages(version), images),
      put(objectKeys.datasetQuarantine(version), quarantined),
      put(objectKeys.datasetDuplicates(version), duplicates),
    ]);
    const complete: DatasetManifest = { ...manifest, imagesSha256, quarantineSha256, duplicatesSha256 };
    await this.#store.putJson(objectKeys.datasetManifest(version), complete);
    return complete;
  }

  /** @throws GraftworkError GW_DATASET_NOT_FOUND */
  async manifest(version: string): Promise<DatasetManifest> {
    const found = await this.findManifest(version);
    if (found !== undefined) return found;
    throw new GraftworkError('GW_DATASET_NOT_FOUND', `There is no dataset version ${version}.`, {
      remedy: '`graftwork datasets list` shows the versions there are.',
    });
  }

  /** @throws GraftworkError GW_CORRUPT */
  async findManifest(version: string): Promise<DatasetManifest | undefined> {
    return this.#store.getJsonIfPresent(objectKeys.datasetManifest(version), datasetManifestSchema);
  }

  /**
   * The full version that begins with these hex digits.
   * @throws GraftworkError GW_DATASET_NOT_FOUND when there is none, or more than one
   */
  async resolve(beginning: string): Promise<string> {
    const matches: string[] = [];
    if (/^[0-9a-f]{1,64}$/.test(beginning)) {
      for await (const version of this.#versions(beginning)) matches.push(version);
    }
    const [only] = matches;
    if (only !== undefined && matches.length === 1) return only;
    throw new GraftworkError(
      'GW_DATASET_NOT_FOUND',
      matches.length === 0
        ? `There is no dataset version “${beginning}”.`
        : `“${beginning}” begins ${matches.length} dataset versions: ${matches.slice(0, 3).join(', ')}${matches.length > 3 ? ', …' : ''}.`,
      { remedy: '`graftwork datasets list` shows the versions there are.' },
    );
  }

  /**
   * The images of a version, in their order.
   * @throws GraftworkError GW_DATASET_NOT_FOUND, GW_OBJECT_MISSING, GW_CORRUPT when the list is not the one the manifest
   * names
   */
  async images(version: string): Promise<ImageEntry[]> {
    return this.#list(version, objectKeys.datasetImages(version), 'imagesSha256', imageEntrySchema);
  }

  /** @throws as `images` */
  async quarantined(version: string): Promise<Quarantined[]> {
    return this.#list(version, objectKeys.datasetQuarantine(version), 'quarantineSha256', quarantinedSchema);
  }

  /** @throws as `images` */
  async duplicates(version: string): Promise<DuplicateGroup[]> {
    return this.#list(version, objectKeys.datasetDuplicates(version), 'duplicatesSha256', duplicateGroupSchema);
  }

  async #list<T>(version: string, key: string, digest: ListDigest, schema: z.ZodType<T>): Promise<T[]> {
    const manifest = await this.manifest(version);
    const bytes = await this.#store.get(key);
    const found = sha256(bytes);
    // The version may just have been written anew for another address, between the two reads.
    if (found === manifest[digest] || found === (await this.manifest(version))[digest]) {
      return fromJsonLines(bytes, schema, this.#store.uri(key));
    }
    throw new GraftworkError('GW_CORRUPT', `${this.#store.uri(key)} is not the list its manifest names.`, {
      remedy: 'Start the run again: the source is ingested anew.',
    });
  }

  /** All versions, newest first. */
  async list(): Promise<ListedVersion[]> {
    const listed: ListedVersion[] = [];
    for await (const version of this.#versions('')) {
      const manifest = await this.findManifest(version);
      if (manifest !== undefined) listed.push({ version, manifest });
    }
    return listed.toSorted((a, b) => (a.manifest.createdAt < b.manifest.createdAt ? 1 : -1));
  }

  async *#versions(beginning: string): AsyncGenerator<string> {
    for await (const { key } of this.#store.list(`datasets/${beginning}`)) {
      const version = versionPattern.exec(key)?.[1];
      if (version !== undefined) yield version;
    }
  }
}
