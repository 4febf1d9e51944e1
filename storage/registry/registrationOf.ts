import type { ModelCard } from '../../contracts/models/modelCard.js';
import { contentKey } from '../objects/contentKey.js';

/**
 * What makes a model's registration the one it is, as a digest: the run, the parameters and their evaluation. A run that is
 * reset after its source has changed makes other parameters, and they are another model.
 */
export function registrationOf({
  run,
  parameters,
  keys,
  evaluation,
}: Pick<ModelCard, 'run' | 'parameters' | 'keys' | 'evaluation'>): string {
  return contentKey('registration/1', {
    run,
    parameters: parameters.sha256,
    // Older cards do not name the evaluation, but have its figures.
    evaluation: keys?.evaluation ?? contentKey('figures/1', evaluation),
  });
}
