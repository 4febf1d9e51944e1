/** The picture itself, where a person or the client put it, and what is remembered of the file. */
import { GraftworkError } from '../../contracts/errors.js';
import pMap from 'p-map';
import { z } from 'zod';
import { oddPicturesSchema } from '../../contracts/data/dataset.js';
import { isOwnKey } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { parseS3Uri, s3Uri } from '../s3/s3Uri.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';
import type { Change } from './changes.js';
import { digestOf, holdsContent, type Content } from './contentMatch.js';
import type { Sighting } from './sightings.js';

const readsAtOnce = 16;

/** As much of a part of the inspections as says which files it is about. */
const inspectionsSchema = z.object({
  files: z.array(
    z.object({ bucket: z.string(), key: z.string(), result: z.object({ sha256: z.string().optional() }) }),
  ),
});

/** Parts of what is remembered of a source's files. The files of a part that goes are inspected again by the next ingest. */
export async function findInspectionTraces(
  store: ObjectStore,
  { digests }: Content,
  addresses: ReadonlySet<string>,
): Promise<Change[]> {
  const changes: Change[] = [];
  await pMap(
    store.list('datasets/inspections/'),
    async ({ key }) => {
      const part = await store.getJsonIfPresent(key, inspectionsSchema).catch(undefinedIfCorrupt);
      const isAbout = ({ bucket, key, result }: z.infer<typeof inspectionsSchema>['files'][number]): boolean =>
        digests.has(result.sha256 ?? '') || addresses.has(s3Uri(bucket, key));
      if (part?.files.some(isAbout) !== false) changes.push({ kind: 'inspections', bucket: store.bucket, key });
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}

/** The pointer from a listing to its version; it names pictures that are odd. */
const listingSchema = z.object({ version: z.string(), ...oddPicturesSchema.shape });

/** Pointers that give the picture as an example. Their versions are retired, so nobody follows them any more. */
export async function findListingTraces(store: ObjectStore, sightings: readonly Sighting[]): Promise<Change[]> {
  const changes: Change[] = [];
  if (sightings.length === 0) return changes;
  await pMap(
    store.list('datasets/listings/'),
    async ({ key }) => {
      const pointer = await store.getJsonIfPresent(key, listingSchema).catch(undefinedIfCorrupt);
      const { version: pointed, ...odd } = pointer ?? {};
      const named = new Set(Object.values(odd).flatMap((pictures) => pictures?.examples ?? []));
      const isNamed = sightings.some(
        ({ version, image }) => version === pointed && image !== null && named.has(image.path),
      );
      if (isNamed) changes.push({ kind: 'datasets', bucket: store.bucket, key });
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}

/** Copies in folders that the client uploaded: ours to delete, whether they were ever ingested or not. */
export async function findUploadTraces(
  store: ObjectStore,
  content: Content,
  addresses: ReadonlySet<string>,
): Promise<Change[]> {
  const changes: Change[] = [];
  await pMap(
    store.list('uploads/'),
    async (object) => {
      if (!addresses.has(store.uri(object.key)) && !(await holdsContent(store, object, content))) return;
      changes.push({ kind: 'uploads', bucket: store.bucket, key: object.key });
    },
    { concurrency: readsAtOnce },
  );
  return changes;
}

export interface SourceTraces {
  changes: Change[];
  /** Addresses that cannot be looked at any more, and why: the picture may still be there. */
  closed: { uri: string; failure: GraftworkError }[];
}

/** What a bucket answers that belongs to somebody else by now, or is gone. */
const closedCodes = new Set<string>(['GW_S3_CREDENTIALS', 'GW_S3_BUCKET_MISSING', 'GW_S3_REGION']);

/** The picture at its addresses outside of the uploads, where its bytes are still those that were sought. */
export async function findSourceTraces(
  store: ObjectStore,
  { digests }: Content,
  addresses: ReadonlySet<string>,
): Promise<SourceTraces> {
  const changes: Change[] = [];
  const closed: SourceTraces['closed'] = [];
  for (const address of addresses) {
    const { bucket, key } = parseS3Uri(address);
    if (bucket === store.bucket && (isOwnKey(key) || key.startsWith('uploads/'))) continue;
    const source = store.at(bucket);
    try {
      const found = await digestOf(source, key).catch(undefinedIfMissing);
      if (found !== undefined && digests.has(found.sha256)) {
        changes.push({ kind: 'sources', bucket, key, etag: found.etag });
      }
    } catch (thrown) {
      if (!(thrown instanceof GraftworkError && closedCodes.has(thrown.code))) throw thrown;
      closed.push({ uri: address, failure: thrown });
    }
  }
  return { changes, closed };
}
