/** Classifies images with a registered model, on the workers. */
import type { PredictRequest } from '../contracts/trainingActivities.js';
import { predictWorkflowId, taskQueues, workflowTypes } from '../contracts/names.js';
import type { ModelReference } from '../contracts/modelCard.js';
import type { Predictions } from '../contracts/predictions.js';
import { readPredictions } from '../storage/predictions.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { runFailure } from './failures.js';
import { bringImages } from './predictionImages.js';
import { runSuffix } from './startRun.js';
import type { TemporalConnection } from './temporalConnection.js';

/**
 * @param sources image files, folders and s3:// addresses
 * @param options.topK classes per image, best first
 * @param options.views of each image whose probabilities are averaged
 * @throws GraftworkError GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, or what the worker met.
 */
export async function predictImages(
  { client }: TemporalConnection,
  store: ObjectStore,
  model: ModelReference,
  sources: readonly string[],
  { topK, views }: { topK: number; views: number },
): Promise<Predictions> {
  const id = runSuffix();
  const { key: images, skipped } = await bringImages(store, id, sources);
  const input: PredictRequest = { model, images, topK, id, ...(views === 1 ? {} : { views }) };
  const workflowId = predictWorkflowId(id);
  try {
    await client.workflow.execute(workflowTypes.predict, {
      workflowId,
      taskQueue: taskQueues.workflow,
      // What a prediction reads and makes lies under its id.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [input],
      staticSummary: `${model.name}@${model.version}`,
    });
    const answers = await readPredictions(store, id);
    return skipped.length === 0 ? answers : { ...answers, skipped };
  } catch (error) {
    throw runFailure(error, workflowId);
  }
}
