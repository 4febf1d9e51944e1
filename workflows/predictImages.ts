/** Classifies images that lie in the bucket with a registered model. */
import type { PredictOutput, PredictRequest } from '../contracts/activities/trainingActivities.js';
import { engineWork } from './activityProxies.js';
import { persistently } from './persistently.js';

export async function predictImages(input: PredictRequest): Promise<PredictOutput> {
  const summary = `${input.model.name}@${input.model.version}`;
  const { views = 1 } = input;
  return persistently((halvings) =>
    engineWork.predictImages.executeWithOptions({ summary }, [{ ...input, views, halvings }]),
  );
}
