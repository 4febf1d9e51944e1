/** Classifies images that lie in the bucket with a registered model. */
import type { PredictInput, PredictOutput } from '../contracts/activities.js';
import { engineWork } from './activityProxies.js';

export async function predictImages(input: PredictInput): Promise<PredictOutput> {
  return engineWork.predictImages.executeWithOptions({ summary: `${input.model.name}@${input.model.version}` }, [
    input,
  ]);
}
