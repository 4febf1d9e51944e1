/** Dataset versions in the bucket: immutable, the manifest written last, so that a version that shows is complete. */
import { createHash, type Hash } from 'node:crypto';
import type { z } from 'zod';
import {
  datasetManifestSchema,
  duplicateGroupSchema,
  imageEntrySchema,
  quarantinedSchema,
} from '../../contracts/data/dataset.js';
import type { DatasetManifest, DuplicateGroup, ImageEntry, Quarantined } from '../../contracts/data/dataset.js';
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { DatasetSightings } from './datasetSightings.js';
import { fromJsonLines } from '../objects/jsonLines.js';
import { readPieces } from '../objects/objectPieces.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { isStoredList, writeVersion, type DatasetVersion, type ListDigest } from './writeVersion.js';

export interface ListedVersion {
  version: string;
  manifest: DatasetManifest;
}

const versionPattern = /^datasets\/([0-9a-f]{64})\/manifest\.json$/;

export class Datasets {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  /**
   * Writes a version and returns its manifest. Of one that is there only what is missing or damaged is written; where else it was
   * met is said beside it (`DatasetSightings`). One that is retired is never written again.
   *
   * @throws GraftworkError as `writeVersion`
   */
  async write(version: DatasetVersion): Promise<DatasetManifest> {
    return writeVersion(this.store, version);
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
      `Pictures of dataset version ${version} were forgotten, so no run trains on it any more.`,
      { remedy: `Start the run again: it ingests ${manifest.uri} without them, as a new version.` },
    );
  }

  /** @throws GraftworkError GW_CORRUPT */
  async findManifest(version: string): Promise<DatasetManifest | undefined> {
    return this.store.getJsonIfPresent(objectKeys.datasetManifest(version), datasetManifestSchema);
  }

  /**
   * The full version that begins with these hex digits.
   * @throws GraftworkError GW_DATASET_NOT_FOUND when there is none, or more than one
   */
  async resolve(beginning: string): Promise<string> {
    const matches: string[] = [];
    if (/^[0-9a-f]{1,64}$/.test(beginning)) {
      for await (const version of this.versions(beginning)) matches.push(version);
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
    return this.each(version, objectKeys.datasetImages(version), 'imagesSha256', imageEntrySchema);
  }

  /** The images of a version, in their order. @throws as `eachImage` */
  async images(version: string): Promise<ImageEntry[]> {
    return collect(this.eachImage(version));
  }

  /** @throws as `eachImage` */
  async quarantined(version: string): Promise<Quarantined[]> {
    const key = objectKeys.datasetQuarantine(version);
    return collect(this.each(version, key, 'quarantineSha256', quarantinedSchema));
  }

  /** @throws as `eachImage` */
  async duplicates(version: string): Promise<DuplicateGroup[]> {
    const key = objectKeys.datasetDuplicates(version);
    return collect(this.each(version, key, 'duplicatesSha256', duplicateGroupSchema));
  }

  /** Where the version was met, the latest first. @throws GraftworkError GW_S3_… */
  async sightings(version: string): Promise<DatasetSighting[]> {
    return new DatasetSightings(this.store).readable(version);
  }

  /**
   * Checks the lists of files put aside and of duplicates, which a run never reads.
   * @throws GraftworkError GW_CORRUPT when one of them is damaged or gone
   */
  async requireSideLists(manifest: DatasetManifest): Promise<void> {
    const { version, quarantineSha256, duplicatesSha256 } = manifest;
    for (const [key, digest] of [
      [objectKeys.datasetQuarantine(version), quarantineSha256],
      [objectKeys.datasetDuplicates(version), duplicatesSha256],
    ] as const) {
      if (await isStoredList(this.store, key, digest)) continue;
      throw damagedList(`${this.store.uri(key)} is not the list that its manifest names.`, manifest);
    }
  }

  private async *each<T>(version: string, key: string, digest: ListDigest, schema: z.ZodType<T>): AsyncGenerator<T> {
    const manifest = await this.manifest(version);
    const uri = this.store.uri(key);
    const hash = createHash('sha256');
    const pieces = readPieces(this.store, key);
    try {
      yield* fromJsonLines(hashed(pieces, hash), schema, uri);
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError) || thrown.code !== 'GW_CORRUPT') throw thrown;
      throw damagedList(thrown.message, manifest, thrown);
    }
    const found = hash.digest('hex');
    // The version may just have been healed, from another address, between the two reads.
    if (found === manifest[digest] || found === (await this.manifest(version))[digest]) return;
    throw damagedList(`${uri} is not the list that its manifest names.`, manifest);
  }

  /**
   * All versions, newest first.
   *
   * @param onDamaged called for each version whose manifest is damaged, which is left out then
   * @throws GraftworkError GW_CORRUPT, unless there is `onDamaged`
   */
  async list(onDamaged?: (version: string, error: GraftworkError) => void): Promise<ListedVersion[]> {
    const listed: ListedVersion[] = [];
    for await (const version of this.versions('')) {
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

  private async *versions(beginning: string): AsyncGenerator<string> {
    for await (const { key } of this.store.list(`datasets/${beginning}`)) {
      const version = versionPattern.exec(key)?.[1];
      if (version !== undefined) yield version;
    }
  }
}

function damagedList(message: string, { uri, redactions }: DatasetManifest, cause?: unknown): GraftworkError {
  const otherwise = 'put it back from a backup of the bucket';
  return new GraftworkError('GW_CORRUPT', message, {
    remedy:
      redactions === undefined
        ? `A run on ${uri} writes the list again if the pictures there are still the same. If not, ${otherwise}.`
        : `Pictures of this version were forgotten, so no run writes the list again: ${otherwise}.`,
    ...(cause === undefined ? {} : { cause }),
  });
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
