/** What a source says of a network's published weights before they are read. */
import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from '../backbones/architecture.js';
import { parseWeightLocation } from './location.js';
import { lookUpSource, type SourceOptions } from './weightSource.js';

/**
 * The digest that the file of a network's published weights will have: `resolveWeights` with it fetches that file and no other.
 *
 * @returns undefined where the source does not say
 * @throws GraftworkError GW_WEIGHTS_NOT_FOUND, also for a licence that has to be accepted first; GW_WEIGHTS_UNAVAILABLE;
 * GW_WEIGHTS_REFUSED
 */
export async function announcedDigest(
  backbone: Backbone,
  options: Pick<SourceOptions, 'home' | 'environment' | 'signal'>,
): Promise<string | undefined> {
  if (backbone.weights === undefined) {
    throw new GraftworkError('GW_WEIGHTS_NOT_FOUND', `${backbone.name} has no published weights.`);
  }
  return (await lookUpSource(parseWeightLocation(backbone.weights), { backbone, ...options })).announced;
}
