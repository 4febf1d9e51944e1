/** The complete spec of runs on what a person names as a source. */
import { GraftworkError } from '../contracts/errors.js';
import { resolveSpec } from '../contracts/recipes.js';
import type { RunSpec, UserSpec } from '../contracts/runSpec.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { traced } from '../telemetry/traced.js';
import type { TrainOptions } from './options.js';
import { bringSource } from './source.js';

/**
 * The spec of a run on these images, once they are in object storage.
 * @throws GraftworkError GW_SPEC_INVALID, before anything is uploaded; as `bringSource`
 */
export async function bringSpec(
  store: ObjectStore,
  source: string,
  { spec = {}, onUploaded, ...upload }: Omit<TrainOptions, 'id'>,
): Promise<RunSpec> {
  // A mistake in the spec is told before the upload.
  resolveSpec(withSource(spec, 's3://to-be/uploaded', undefined));
  const brought = await traced('bring source', {}, () =>
    bringSource(store, source, {
      ...(upload.onUploadProgress === undefined ? {} : { onProgress: upload.onUploadProgress }),
      ...(upload.signal === undefined ? {} : { signal: upload.signal }),
    }),
  );
  onUploaded?.(brought.upload);
  return resolveSpec(withSource(spec, brought.uri, brought.name));
}

/** The spec of the runs that a schedule starts. @throws GraftworkError GW_SPEC_INVALID, GW_USAGE */
export function recurringSpec(source: string, spec: UserSpec): RunSpec {
  if (!source.startsWith('s3://')) {
    throw new GraftworkError('GW_USAGE', `${source} is no address in a bucket: a schedule would see no change in it.`, {
      remedy: `Put the pictures into a bucket, \`graftwork datasets sync ${source} s3://bucket/prefix\`, and give that address.`,
    });
  }
  return resolveSpec(withSource(spec, source, undefined));
}

function withSource(spec: UserSpec, uri: string, name: string | undefined): UserSpec {
  return {
    ...spec,
    ...(spec.name === undefined && name !== undefined ? { name } : {}),
    dataset: { ...spec.dataset, uri },
  };
}
