/** Folders as the person called them, not by the address that an upload made of them: in sightings, and in failures of an ingest. */
import { GraftworkError } from '../../contracts/errors.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { findRunSource } from '../../storage/datasets/runSources.js';
import { sourceNames } from '../../storage/datasets/sourceNames.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** An upload, and the path of a file in it. */
const uploadAddress = /s3:\/\/[^/\s]+\/uploads\/[0-9a-f]{64}(?:\/[^\s,:;]*[^\s,:;.)])?/g;

/** What a person gave the run as its images, where these were uploaded to this address for it. @throws GraftworkError GW_S3_… */
export async function givenSource(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: string,
  uri: string,
): Promise<RunSource | undefined> {
  const given = await findRunSource(store, run);
  return given?.uri === uri ? given : undefined;
}

/** @param run whose names count @throws what the work throws, its message with names */
export async function withSourceNames<T>(
  { store }: Pick<ActivityDependencies, 'store'>,
  run: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw thrown instanceof GraftworkError ? await named(store, thrown, run) : thrown;
  }
}

async function named(
  store: ActivityDependencies['store'],
  failure: GraftworkError,
  run: string,
): Promise<GraftworkError> {
  const addresses = failure.message.match(uploadAddress);
  if (addresses === null) return failure;
  try {
    const nameOf = await sourceNames(
      store,
      addresses.map((uri) => ({ uri, run })),
    );
    const message = failure.message.replace(uploadAddress, (uri) => nameOf(uri, run));
    return GraftworkError.fromJSON({ ...failure.toJSON(), message }, failure.cause);
  } catch {
    // The failure counts, not that its names cannot be had.
    return failure;
  }
}
