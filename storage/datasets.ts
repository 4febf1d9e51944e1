/** Dataset versions in the bucket: immutable, the manifest written last, so that a version that shows is complete. */
import { z } from 'zod';
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

export interface DatasetVersion {
  /** Everything but the digest of the image list, which is worked out when it is written. */
  manifest: Omit<DatasetManifest, 'imagesSha256'>;
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
   */
  async write({ manifest, images, quarantined, duplicates }: DatasetVersion): Promise<DatasetManifest> {
    const { version } = manifest;
    const earlier = await this.findManifest(version);
    if (earlier?.uri === manifest.uri) return earlier;
    const lines = toJsonLines(images);
    const complete: DatasetManifest = { ...manifest, imagesSha256: sha256(lines) };
    await Promise.all([
      this.#store.put(objectKeys.datasetImages(version), lines, { contentType: 'application/x-ndjson' }),
      this.#store.put(objectKeys.datasetQuarantine(version), toJsonLines(quarantined), {
        contentType: 'application/x-ndjson',
      }),
      this.#store.putJson(objectKeys.datasetDuplicates(version), duplicates),
    ]);
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
   * @throws GraftworkError GW_DATASET_NOT_FOUND, GW_CORRUPT when the list is not the one the manifest names
   */
  async images(version: string): Promise<ImageEntry[]> {
    const key = objectKeys.datasetImages(version);
    const manifest = await this.manifest(version);
    const bytes = await this.#store.get(key);
    // The version may just have been written anew for another address, between the two reads.
    const matches = async () => {
      const digest = sha256(bytes);
      return digest === manifest.imagesSha256 || digest === (await this.manifest(version)).imagesSha256;
    };
    if (await matches()) return fromJsonLines(bytes, imageEntrySchema, this.#store.uri(key));
    throw new GraftworkError('GW_CORRUPT', `${this.#store.uri(key)} is not the list its manifest names.`, {
      remedy: 'Delete the version’s objects and ingest the source again.',
    });
  }

  async quarantined(version: string): Promise<Quarantined[]> {
    const key = objectKeys.datasetQuarantine(version);
    return fromJsonLines(await this.#store.get(key), quarantinedSchema, this.#store.uri(key));
  }

  async duplicates(version: string): Promise<DuplicateGroup[]> {
    return this.#store.getJson(objectKeys.datasetDuplicates(version), z.array(duplicateGroupSchema));
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
