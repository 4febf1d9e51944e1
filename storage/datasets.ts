/** Dataset versions in the bucket: immutable, the manifest written last, so that a version that shows is complete. */
import { createHash, type Hash } from 'node:crypto';
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
import { fromJsonLines, toJsonLines } from './jsonLines.js';
import { readPieces } from './objectPieces.js';
import type { ObjectStore } from './objectStore.js';
import { undefinedIfCorrupt } from './undefinedIfCorrupt.js';

/** Fields of the manifest that vouch for the lists beside it. */
type ListDigest = 'imagesSha256' | 'quarantineSha256' | 'duplicatesSha256';

export interface DatasetVersion {
  /** Everything but the digests of the lists, which are worked out when they are written. */
  manifest: Omit<DatasetManifest, ListDigest>;
  /** Lists of any length; each may be gone through more than once, and is the same each time. */
  images: Iterable<ImageEntry>;
  quarantined: Iterable<Quarantined>;
  duplicates: Iterable<DuplicateGroup>;
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
   * address: then they are looked for where they were seen last. One that is retired is never written again.
   *
   * @param anew write it in any case, since something of it is damaged
   */
  async write({ manifest, images, quarantined, duplicates }: DatasetVersion, anew = false): Promise<DatasetManifest> {
    const { version } = manifest;
    const earlier = await this.findManifest(version).catch(undefinedIfCorrupt);
    if (earlier !== undefined && (isRetired(earlier) || (!anew && earlier.uri === manifest.uri))) return earlier;
    // One after the other, so that no more than one is on its way.
    const imagesSha256 = await this.#put(objectKeys.datasetImages(version), images);
    const quarantineSha256 = await this.#put(objectKeys.datasetQuarantine(version), quarantined);
    const duplicatesSha256 = await this.#put(objectKeys.datasetDuplicates(version), duplicates);
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

  /**
   * The manifest of a version that may be trained on.
   * @throws GraftworkError GW_DATASET_RETIRED when pictures of it were forgotten; GW_DATASET_NOT_FOUND
   */
  async trainable(version: string): Promise<DatasetManifest> {
    const manifest = await this.manifest(version);
    if (!isRetired(manifest)) return manifest;
    throw new GraftworkError(
      'GW_DATASET_RETIRED',
      `Pictures of dataset version ${version} were forgotten: nothing is trained on it any more.`,
      { remedy: `Start the run again: ${manifest.uri} is then ingested without them, as another version.` },
    );
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
   * The images of a version, in their order, without holding them. What is handed out is known to be right only when all of
   * it has been: a list that is not the one the manifest names is refused at its end.
   * @throws GraftworkError GW_DATASET_NOT_FOUND, GW_OBJECT_MISSING, GW_CORRUPT; GW_CONFLICT (worth trying again) when the
   * version is written anew meanwhile
   */
  eachImage(version: string): AsyncGenerator<ImageEntry> {
    return this.#each(version, objectKeys.datasetImages(version), 'imagesSha256', imageEntrySchema);
  }

  /** The images of a version, in their order. @throws as `eachImage` */
  async images(version: string): Promise<ImageEntry[]> {
    return collect(this.eachImage(version));
  }

  /** @throws as `eachImage` */
  async quarantined(version: string): Promise<Quarantined[]> {
    const key = objectKeys.datasetQuarantine(version);
    return collect(this.#each(version, key, 'quarantineSha256', quarantinedSchema));
  }

  /** @throws as `eachImage` */
  async duplicates(version: string): Promise<DuplicateGroup[]> {
    const key = objectKeys.datasetDuplicates(version);
    return collect(this.#each(version, key, 'duplicatesSha256', duplicateGroupSchema));
  }

  /** @returns the digest of the list's bytes */
  async #put(key: string, entries: Iterable<unknown>): Promise<string> {
    let digest = '';
    const pieces = function* (): Generator<Buffer> {
      const hash = createHash('sha256');
      for (const piece of toJsonLines(entries)) {
        hash.update(piece);
        yield piece;
      }
      digest = hash.digest('hex');
    };
    await this.#store.putPieces(key, pieces, { contentType: 'application/x-ndjson' });
    return digest;
  }

  async *#each<T>(version: string, key: string, digest: ListDigest, schema: z.ZodType<T>): AsyncGenerator<T> {
    const manifest = await this.manifest(version);
    const uri = this.#store.uri(key);
    const hash = createHash('sha256');
    const pieces = readPieces(this.#store, key);
    yield* fromJsonLines(hashed(pieces, hash), schema, uri);
    const found = hash.digest('hex');
    // The version may just have been written anew for another address, between the two reads.
    if (found === manifest[digest] || found === (await this.manifest(version))[digest]) return;
    throw new GraftworkError('GW_CORRUPT', `${uri} is not the list its manifest names.`, {
      remedy: 'Start the run again: the source is ingested anew.',
    });
  }

  /**
   * All versions, newest first.
   *
   * @param onDamaged is told of versions whose manifest is damaged, which are left out then
   * @throws GraftworkError GW_CORRUPT, unless there is `onDamaged`
   */
  async list(onDamaged?: (version: string, error: GraftworkError) => void): Promise<ListedVersion[]> {
    const listed: ListedVersion[] = [];
    for await (const version of this.#versions('')) {
      try {
        const manifest = await this.findManifest(version);
        if (manifest !== undefined) listed.push({ version, manifest });
      } catch (thrown) {
        if (onDamaged === undefined || !(thrown instanceof GraftworkError) || thrown.code !== 'GW_CORRUPT')
          throw thrown;
        onDamaged(version, thrown);
      }
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

/** Whether pictures of a version were forgotten, so that nothing is trained on it any more. */
export function isRetired({ redactions }: Pick<DatasetManifest, 'redactions'>): boolean {
  return redactions !== undefined;
}

async function* hashed(pieces: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
