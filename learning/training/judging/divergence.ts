/** A training whose loss is no number any more: the parameters are spoilt from there on, those of earlier epochs are not. Pure. */
import { GraftworkError } from '../../../contracts/errors.js';
import { positionText } from '../../../contracts/spec/position.js';
import type { Divergence } from '../../../contracts/spec/stages/training.js';

/** For a person: `training diverged in epoch 3 after step 12 (learning rate 0.0500)`. */
export function divergenceText({ learningRate, ...position }: Divergence): string {
  return `training diverged ${positionText(position)} (learning rate ${learningRate.toPrecision(3)})`;
}

/** For a stage that has nothing to fall back on. */
export function notFinite(stage: string, divergence: Divergence): GraftworkError {
  return new GraftworkError(
    'GW_NOT_FINITE',
    `The loss of ${stage} became NaN or infinite: ${divergenceText(divergence)}.`,
    { remedy: 'Lower its learningRate, or lengthen its warmupEpochs.' },
  );
}
