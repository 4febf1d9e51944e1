import { GraftworkError } from '../../contracts/errors.js';
import type { Backbone } from './backbone.js';
import { didYouMean } from './didYouMean.js';

/** Position of a stage in `backbone.stages`. @throws GW_STAGE_UNKNOWN, naming the nearest stages. */
export function stageIndex(backbone: Pick<Backbone, 'name' | 'stages'>, name: string): number {
  const index = backbone.stages.findIndex((stage) => stage.name === name);
  if (index >= 0) return index;
  const names = backbone.stages.map((stage) => stage.name);
  throw new GraftworkError('GW_STAGE_UNKNOWN', `${backbone.name} has no stage named '${name}'.`, {
    remedy: `${didYouMean(name, names)}All stages: ${names.join(', ')}.`,
  });
}
