import type { Backbone } from './backbone.js';
import { featureParameters } from './declare.js';

/** Names of the stages with linear layers: they flatten the map, so they take one of the network's own size only (VGG). */
export function denseStages(backbone: Backbone): ReadonlySet<string> {
  return new Set(featureParameters(backbone).flatMap(({ stage, flattens }) => (flattens ? [stage] : [])));
}
