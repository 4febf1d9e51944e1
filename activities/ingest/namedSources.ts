/** Failures of an ingest name a folder as the person does, not the address that its upload made of it. */
import { GraftworkError } from '../../contracts/errors.js';
import { sourceNames } from '../../storage/datasets/sourceNames.js';
import type { ActivityDependencies } from '../shared/dependencies.js';

/** An upload, and the path of a file in it. */
const uploadAddress = /s3:\/\/[^/\s]+\/uploads\/[0-9a-f]{64}(?:\/[^\s,:;]*[^\s,:;.)])?/g;

/** @throws what the work throws, its message with names */
export async function withSourceNames<T>(
  { store }: Pick<ActivityDependencies, 'store'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw thrown instanceof GraftworkError ? await named(store, thrown) : thrown;
  }
}

async function named(store: ActivityDependencies['store'], failure: GraftworkError): Promise<GraftworkError> {
  const addresses = failure.message.match(uploadAddress);
  if (addresses === null) return failure;
  try {
    const nameOf = await sourceNames(store, addresses);
    const message = failure.message.replace(uploadAddress, nameOf);
    return GraftworkError.fromJSON({ ...failure.toJSON(), message }, failure.cause);
  } catch {
    // The failure counts, not that its names cannot be had.
    return failure;
  }
}
