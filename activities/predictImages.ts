/** Classifies images of the bucket with a registered model. */
import type { PredictInput, PredictOutput } from '../contracts/trainingActivities.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { imagesToPredictSchema, type Predictions } from '../contracts/predictions.js';
import { topIndices } from '../learning/metrics/ranking.js';
import { ModelRegistry } from '../storage/modelRegistry.js';
import { classifyImages } from './classifyImages.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { ShardProgress } from './shardProgress.js';

export async function predictImages(
  dependencies: ActivityDependencies,
  { model, images: listKey, topK, views, id, halvings }: PredictInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<PredictOutput> {
  const { store } = dependencies;
  const card = await new ModelRegistry(store).card(model.name, model.version);
  const { images } = await store.getJson(listKey, imagesToPredictSchema);
  const report = new ShardProgress('predict', images.length, progress, dependencies.measure);
  const predictions: Predictions['predictions'] = [];
  const unreadable: Predictions['unreadable'] = [];
  for await (const chunk of classifyImages(dependencies, card, images, { views, halvings, signal, missing: 'fail' })) {
    for (const { image, probabilities, reason } of chunk) {
      if (probabilities === undefined) {
        unreadable.push({ path: image.name, reason });
        continue;
      }
      const top = topIndices(probabilities, topK).map((label) => ({
        class: card.classes[label] ?? '',
        probability: probabilities[label] ?? 0,
      }));
      predictions.push({ path: image.name, top });
    }
    report.finished(chunk.length);
  }
  const key = objectKeys.predictionOutput(id);
  const output: Predictions = { format: 1, model, predictions, unreadable };
  await store.putJson(key, output);
  return { key, count: predictions.length, failed: unreadable.length };
}
