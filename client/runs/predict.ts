/** Classifies images with a registered model, on the workers. */
import type { z } from 'zod';
import { GraftworkError } from '../../contracts/errors.js';
import { issueText } from '../../contracts/issueText.js';
import { predictRequestSchema, type PredictRequest } from '../../contracts/activities/trainingActivities.js';
import { predictWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { Predictions, PredictionSets } from '../../contracts/models/predictions.js';
import { setsOf } from '../../learning/metrics/answerSets.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { readPredictions } from '../../storage/registry/predictions.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { runFailure } from '../connection/failures.js';
import { bringImages } from './predictionImages.js';
import { runSuffix } from './startRun.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

/**
 * @param sources image files, folders and s3:// addresses
 * @param options.topK classes per image, best first
 * @param options.views of each image whose probabilities are averaged
 * @param options.sets which set of classes to name beside them
 * @throws GraftworkError GW_USAGE, GW_SOURCE_NOT_FOUND, GW_DATASET_EMPTY, or what the worker met.
 */
export async function predictImages(
  { client }: TemporalConnection,
  store: ObjectStore,
  model: ModelReference,
  sources: readonly string[],
  { topK, views, sets }: { topK: number; views: number; sets?: PredictionSets },
): Promise<Predictions> {
  requireAnswerable(sources, { topK, views, sets });
  // The worker would refuse it as well, after the images are uploaded.
  if (sets !== undefined) setsOf(await new ModelRegistry(store).card(model.name, model.version), sets);
  const id = runSuffix();
  const { key: images, skipped } = await bringImages(store, id, sources);
  const input: PredictRequest = {
    model,
    images,
    topK,
    id,
    ...(views === 1 ? {} : { views }),
    ...(sets ? { sets } : {}),
  };
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
    const answers = { ...(await readPredictions(store, id)), ...(sets ? { sets } : {}) };
    return skipped.length === 0 ? answers : { ...answers, skipped };
  } catch (error) {
    throw runFailure(error, workflowId);
  }
}

const countsSchema = predictRequestSchema.pick({ topK: true, views: true, sets: true });

/**
 * The command line checks its own arguments; a worker would try a wrong number again and again.
 * @throws GraftworkError GW_USAGE
 */
export function requireAnswerable(sources: readonly string[], counts: z.input<typeof countsSchema>): void {
  if (sources.length === 0) {
    throw new GraftworkError('GW_USAGE', 'There is no image to predict.', {
      remedy: 'Give image files, folders of them, or s3://bucket/key.',
    });
  }
  const issue = countsSchema.safeParse(counts).error?.issues[0];
  if (issue === undefined) return;
  throw new GraftworkError('GW_USAGE', `${issue.path.join('.')}: ${issueText(issue, counts)}.`, {
    remedy: 'Give a number in this range.',
  });
}
