/** Tests a registered model on the labelled pictures of a source. */
import type { EvaluateOnPicturesOutput, LabelPicturesInput } from '../contracts/activities/evaluationActivities.js';
import { engineWork, shardWork } from './activityProxies.js';
import { persistently } from './persistently.js';

export async function evaluateOnSource(input: LabelPicturesInput): Promise<EvaluateOnPicturesOutput> {
  const { model } = input;
  const summary = `${model.name}@${model.version}`;
  const { key } = await persistently(() => shardWork.labelPictures.executeWithOptions({ summary }, [input]));
  return persistently((halvings) =>
    engineWork.evaluateOnPictures.executeWithOptions({ summary }, [{ model, pictures: key, halvings }]),
  );
}
