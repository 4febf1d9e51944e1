/** Activities of the gpu pool: each hands its job to an engine process and reports on it. */
import type { GpuActivities } from '../contracts/activities.js';
import {
  evaluateInputSchema,
  featuresInputSchema,
  predictInputSchema,
  trainStageInputSchema,
} from '../contracts/trainingActivities.js';
import {
  chooseAugmentationInputSchema,
  rankSourceInputSchema,
  searchFineTunesInputSchema,
  searchHeadsInputSchema,
} from '../contracts/choosingActivities.js';
import { compareToProductionInputSchema, measureDriftInputSchema } from '../contracts/promotionActivities.js';
import type { Engine, EngineJobName, EngineJobs } from './engine.js';
import { observed } from './observed.js';

export function createGpuActivities({ engine }: { engine: Engine }): GpuActivities {
  const run = <Name extends EngineJobName>(
    job: Name,
    input: EngineJobs[Name]['input'],
  ): Promise<EngineJobs[Name]['output']> => observed((callbacks, caller) => engine.run(job, input, caller, callbacks));
  return {
    chooseAugmentation: (input) => run('chooseAugmentation', chooseAugmentationInputSchema.parse(input)),
    computeFeatures: (input) => run('computeFeatures', featuresInputSchema.parse(input)),
    trainStage: (input) => run('trainStage', trainStageInputSchema.parse(input)),
    evaluateModel: (input) => run('evaluateModel', evaluateInputSchema.parse(input)),
    predictImages: (input) => run('predictImages', predictInputSchema.parse(input)),
    rankSource: (input) => run('rankSource', rankSourceInputSchema.parse(input)),
    searchFineTunes: (input) => run('searchFineTunes', searchFineTunesInputSchema.parse(input)),
    searchHeads: (input) => run('searchHeads', searchHeadsInputSchema.parse(input)),
    compareToProduction: (input) => run('compareToProduction', compareToProductionInputSchema.parse(input)),
    measureDrift: (input) => run('measureDrift', measureDriftInputSchema.parse(input)),
  };
}
