/** The parameters that a run's network begins with: the published ones, or a registered model's. */
import {
  getBackbone,
  featureParameters,
  type Backbone,
  type NamedArrays,
} from '../../learning/backbones/architecture.js';
import { GraftworkError } from '../../contracts/errors.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { modelSource, referencedModel } from '../../contracts/spec/sources/sources.js';
import { resolveWeights, type ResolvedWeights } from '../../learning/weights/index.js';
import { parseS3Uri } from '../../storage/s3/s3Uri.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { readCard, requireArchitecture, type WeightsOf } from './sourceBackbone.js';

type Dependencies = Pick<ActivityDependencies, 'store' | 'home' | 'log'>;

/** @throws GraftworkError GW_WEIGHTS_…, GW_MODEL_NOT_FOUND */
export async function findWeights(
  dependencies: Dependencies,
  backbone: Backbone,
  { weights, sha256 }: Pick<WeightsOf, 'weights' | 'sha256'>,
  signal?: AbortSignal,
): Promise<ResolvedWeights> {
  const { store, home, log } = dependencies;
  const model = weights === undefined ? undefined : referencedModel(weights);
  if (model !== undefined) return modelWeights(dependencies, backbone, model, sha256, signal);
  return resolveWeights({
    backbone,
    source: weights,
    sha256,
    home,
    warn: (fields, message) => log.warn(fields, message),
    readObject: (uri, most) => {
      const { bucket, key } = parseS3Uri(uri);
      return store.at(bucket).get(key, { most });
    },
    ...(signal ? { signal } : {}),
  });
}

/** A registered model's parameters: the object under its card's digest, kept on local disk as other weights are. */
async function modelWeights(
  dependencies: Dependencies,
  backbone: Backbone,
  model: string,
  expected: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ResolvedWeights> {
  const card = await readCard(dependencies.store, model);
  requireArchitecture(card, backbone);
  const source = modelSource(card);
  const { sha256 } = card.parameters;
  if (expected !== undefined && expected !== sha256) {
    throw new GraftworkError('GW_WEIGHTS_REFUSED', `The sha256 of ${source} is ${sha256}, not ${expected}.`, {
      remedy: 'Correct the expected digest, or leave it out.',
    });
  }
  const weights = dependencies.store.uri(objectKeys.modelParameters(sha256));
  const found = await findWeights(dependencies, backbone, { weights, sha256 }, signal);
  return { ...found, source, licence: card.backbone.license };
}

/**
 * The source backbone's parameters without its classifier, from this machine's cache or the weights' source.
 *
 * @throws GraftworkError GW_WEIGHTS_REFUSED when the source holds other weights than when the run was planned
 */
export async function backboneParameters(
  dependencies: Dependencies,
  planned: WeightsOf,
  signal?: AbortSignal,
): Promise<NamedArrays> {
  const wanted = new Set(featureParameters(getBackbone(planned.name)).map((spec) => spec.name));
  const parameters = await sourceParameters(dependencies, planned, signal);
  return new Map([...parameters].filter(([name]) => wanted.has(name)));
}

/** The same with whatever else the source holds: its classifier, where it has one. */
export async function sourceParameters(
  dependencies: Dependencies,
  planned: WeightsOf,
  signal?: AbortSignal,
): Promise<NamedArrays> {
  return (await findWeights(dependencies, getBackbone(planned.name), planned, signal)).parameters;
}
