/** The complete spec of runs on what a person names as a source. */
import { basename, posix, resolve } from 'node:path';
import { GraftworkError } from '../../contracts/errors.js';
import { withoutListExtension } from '../../contracts/spec/sources/listFile.js';
import { resolveSpec, unnamed } from '../../contracts/spec/recipes.js';
import type { RunSpec, UserSpec } from '../../contracts/spec/runSpec.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { traced } from '../../telemetry/traced.js';
import type { TrainOptions } from './options.js';
import type { GivenSource } from './startRun.js';
import { bringLabels, labelsBeside, requireLabels } from '../folders/labelsFile.js';
import {
  bringSource,
  nameOfSource,
  placeOfSource,
  requireFittingSource,
  requireSource,
  requireTrainable,
} from '../folders/source.js';

/** Stands for the address of a folder that is not yet in a bucket. */
const uploaded = 's3://to-be/uploaded';

/**
 * What is known to be wrong before anything is started, connected or uploaded: a spec that is not valid, a network or stage
 * that is not there, a folder without classes.
 *
 * @throws GraftworkError GW_SPEC_INVALID, GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_SOURCE_…, GW_DATASET_EMPTY, GW_DATASET_INVALID
 */
export async function checkRequest(source: string, spec: UserSpec): Promise<void> {
  const { dataset, ...rest } = specToBe(source, spec);
  await requireNames({ dataset, ...rest });
  if (spec.dataset?.labels !== undefined) await requireLabels(spec.dataset.labels);
  await requireTrainable(source, dataset.groupBy, dataset.task);
  await requireFittingSource(source, { dataset, ...rest });
}

/**
 * Names of a spec that can be looked up here and now: all but those of a registered model's network.
 * @throws GraftworkError GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_SPEC_INVALID
 */
export async function requireNames(spec: RunSpec): Promise<void> {
  // Describes every network: what lists runs need not load it.
  const { checkSpecAlone } = await import('../../activities/plan/checkSpec.js');
  checkSpecAlone(spec);
}

/** The spec as it will be, but for the address of what is yet to be uploaded. @throws GraftworkError GW_SPEC_INVALID */
function specToBe(source: string, given: UserSpec): RunSpec {
  const labels = given.dataset?.labels;
  const spec = labels === undefined || labels.startsWith('s3://') ? given : withLabels(given, `${uploaded}/labels`);
  if (source.startsWith('s3://')) return resolveSpec(withSource(spec, source, undefined));
  const name = nameOfSource(source);
  if (spec.name === undefined && name === undefined) throw unnamed(basename(resolve(source)));
  return resolveSpec(withSource(spec, uploaded, name));
}

/** What a run's model is called after its source, where that is not simply the source's own name. */
export function derivedName(source: string, spec: UserSpec): { name: string; from: string } | undefined {
  if (spec.name !== undefined) return undefined;
  const path = source.startsWith('s3://') ? withoutListExtension(source.replace(/\/+$/, '')) : placeOfSource(source);
  const [from, { name }] = [posix.basename(path), specToBe(source, spec)];
  return name === from.toLowerCase() ? undefined : { name, from };
}

/**
 * The spec of a run on these images, once they are in object storage, and what the run has to remember of an upload.
 * @throws GraftworkError GW_SPEC_INVALID, GW_BACKBONE_UNKNOWN, GW_STAGE_UNKNOWN, GW_MODEL_NOT_FOUND, before anything is
 * uploaded; as `bringSource`
 */
export async function bringSpec(
  store: ObjectStore,
  source: string,
  { spec = {}, onUploaded, ...upload }: Omit<TrainOptions, 'id'>,
): Promise<{ spec: RunSpec; given: GivenSource | undefined }> {
  const { checkSpecWithStore } = await import('../../activities/plan/checkSpec.js');
  await requireSource(source);
  const asked = specToBe(source, spec);
  await checkSpecWithStore({ store }, { spec: asked });
  await requireFittingSource(source, asked);
  const brought = await traced('bring source', {}, () =>
    bringSource(store, source, {
      ...(upload.onUploadProgress === undefined ? {} : { onProgress: upload.onUploadProgress }),
      ...(upload.signal === undefined ? {} : { signal: upload.signal }),
    }),
  );
  onUploaded?.(brought.upload);
  const given = brought.given && { store, source: brought.given };
  const labels = spec.dataset?.labels ?? (await labelsBeside(source));
  const complete = labels === undefined ? spec : withLabels(spec, await bringLabels(store, labels));
  return { spec: resolveSpec(withSource(complete, brought.uri, brought.name)), given };
}

/** The spec of the runs that a schedule starts. @throws GraftworkError GW_SPEC_INVALID, GW_USAGE */
export function recurringSpec(source: string, spec: UserSpec): RunSpec {
  if (!source.startsWith('s3://')) {
    throw new GraftworkError('GW_USAGE', `${source} is not in a bucket, so a schedule could not see changes to it.`, {
      remedy: `Copy the pictures into a bucket with \`graftwork datasets sync ${source} s3://bucket/prefix\`, and give that address.`,
    });
  }
  const labels = spec.dataset?.labels;
  if (labels !== undefined && !labels.startsWith('s3://')) {
    throw new GraftworkError('GW_USAGE', `${labels} is not in a bucket, so a schedule could not see changes to it.`, {
      remedy: 'Put it into the bucket as review.csv beside the pictures, and leave out --labels.',
    });
  }
  return resolveSpec(withSource(spec, source, undefined));
}

function withLabels(spec: UserSpec, labels: string): UserSpec {
  return { ...spec, dataset: { ...spec.dataset, labels } };
}

function withSource(spec: UserSpec, uri: string, name: string | undefined): UserSpec {
  return {
    ...spec,
    ...(spec.name === undefined && name !== undefined ? { name } : {}),
    dataset: { ...spec.dataset, uri },
  };
}
