/** The parameters of a run's network: the published ones, with what training made of them laid over. */
import { getBackbone, featureParameters, type Backbone, type NamedArrays } from '../learning/backbones/architecture.js';
import { resolveWeights, type ResolvedWeights } from '../learning/weights/index.js';
import { parseS3Uri } from '../storage/s3Uri.js';
import type { ActivityDependencies } from './dependencies.js';

/** Which weights: the plan's, or a model card's. */
export interface WeightsOf {
  name: string;
  weights?: string | undefined;
  sha256?: string | undefined;
}

/** @throws GraftworkError GW_WEIGHTS_… */
export function findWeights(
  { store, home, log }: Pick<ActivityDependencies, 'store' | 'home' | 'log'>,
  backbone: Backbone,
  { weights, sha256 }: WeightsOf,
  signal?: AbortSignal,
): Promise<ResolvedWeights> {
  return resolveWeights({
    backbone,
    source: weights,
    sha256,
    home,
    warn: (fields, message) => log.warn(fields, message),
    readObject: (uri) => {
      const { bucket, key } = parseS3Uri(uri);
      return store.at(bucket).get(key);
    },
    ...(signal ? { signal } : {}),
  });
}

/**
 * The source backbone's parameters without its classifier, from this machine's cache or the weights' source.
 *
 * @throws GraftworkError GW_WEIGHTS_REFUSED when the source holds other weights than when the run was planned
 */
export async function backboneParameters(
  dependencies: Pick<ActivityDependencies, 'store' | 'home' | 'log'>,
  planned: WeightsOf,
  signal?: AbortSignal,
): Promise<NamedArrays> {
  const backbone = getBackbone(planned.name);
  const { parameters } = await findWeights(dependencies, backbone, planned, signal);
  const wanted = new Set(featureParameters(backbone).map((spec) => spec.name));
  return new Map([...parameters].filter(([name]) => wanted.has(name)));
}

/** Later layers win; the parameters they do not name keep their bytes. */
export function overlay(base: NamedArrays, layers: readonly NamedArrays[]): NamedArrays {
  return new Map([base, ...layers].flatMap((layer) => [...layer]));
}
