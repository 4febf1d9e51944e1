/** Classifies images of the bucket with a registered model. */
import pMap from 'p-map';
import type { PredictInput, PredictOutput } from '../contracts/activities.js';
import { asGraftworkError, GraftworkError } from '../contracts/errors.js';
import type { ModelCard } from '../contracts/modelCard.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { imagesToPredictSchema, type ImagesToPredict, type Predictions } from '../contracts/predictions.js';
import { runSpecSchema } from '../contracts/runSpec.js';
import { testTimeView } from '../learning/augmentation/index.js';
import { getBackbone, type NamedArrays } from '../learning/backbones/index.js';
import { inspectImage } from '../learning/images/inspectImage.js';
import { preprocessImage } from '../learning/images/preprocessImage.js';
import { topIndices } from '../learning/metrics/ranking.js';
import { Classifier } from '../learning/predict.js';
import { sha256 } from '../storage/contentKey.js';
import type { ContentCache } from '../storage/contentCache.js';
import { ModelRegistry } from '../storage/modelRegistry.js';
import type { ObjectStore } from '../storage/objectStore.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { imagesAtOnce, usualBatch } from './imagesAtOnce.js';
import { whyLost } from './lostObject.js';
import { readParameters } from './parameterObjects.js';
import { ShardProgress } from './shardProgress.js';

/** Images held in memory at once. */
const chunkSize = 64;
/** Images fetched and decoded at once. */
const concurrency = 4;

type Image = ImagesToPredict[number];
interface Decoded {
  image: Image;
  pixels: Uint8Array | undefined;
  sha256: string;
  reason: string;
}

export async function predictImages(
  { store, cache, measure }: ActivityDependencies,
  { model, images: listKey, topK, views, id, halvings }: PredictInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<PredictOutput> {
  const card = await new ModelRegistry(store).card(model.name, model.version);
  const { images } = await store.getJson(listKey, imagesToPredictSchema);
  const parameters = await readModel(cache, card);
  using classifier = new Classifier({
    backbone: getBackbone(card.backbone.name),
    parameters,
    input: card.input,
    classes: card.classes,
    batchSize: imagesAtOnce(usualBatch, halvings),
    images: images.length,
  });
  const { augmentation, seed } = card.spec;
  const report = new ShardProgress('predict', images.length, progress, measure);
  const predictions: Predictions['predictions'] = [];
  const unreadable: Predictions['unreadable'] = [];
  for (let start = 0; start < images.length; start += chunkSize) {
    signal.throwIfAborted();
    const chunk = await pMap(images.slice(start, start + chunkSize), (image) => decode(store, card, image), {
      concurrency,
    });
    const readable = chunk.filter((item): item is Decoded & { pixels: Uint8Array } => item.pixels !== undefined);
    for (const { image, pixels, reason } of chunk)
      if (pixels === undefined) unreadable.push({ path: image.name, reason });
    const probabilities = await classifier.classify(Buffer.concat(readable.map(({ pixels }) => pixels)), undefined, {
      views,
      view: (index, view) => testTimeView(augmentation, seed, readable[index]?.sha256 ?? index, view),
    });
    for (const [index, { image }] of readable.entries()) {
      const row = probabilities.subarray(index * card.classes.length, (index + 1) * card.classes.length);
      const top = topIndices(row, topK).map((label) => ({
        class: card.classes[label] ?? '',
        probability: row[label] ?? 0,
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

/** A registered model's parameters: nothing but another run can make them again. */
async function readModel(cache: ContentCache, { name, version, parameters }: ModelCard): Promise<NamedArrays> {
  try {
    return await readParameters(cache, objectKeys.modelParameters(parameters.sha256), parameters.sha256);
  } catch (thrown) {
    const reason = whyLost(thrown);
    throw new GraftworkError('GW_CORRUPT', `The parameters of ${name}@${version} are damaged or gone. ${reason}`, {
      remedy: 'Train the model again with the spec in its card: the same inputs give the same bytes at the same place.',
      cause: thrown,
    });
  }
}

/** The same limits and the same preprocessing as in training. */
async function decode(store: ObjectStore, { input, spec }: ModelCard, image: Image): Promise<Decoded> {
  const bytes = await store.at(image.bucket).get(image.key);
  const digest = sha256(bytes);
  const limits = runSpecSchema.shape.dataset.shape.quarantine.parse(spec.dataset.quarantine);
  const found = await inspectImage(bytes, limits);
  if ('reason' in found)
    return { image, sha256: digest, pixels: undefined, reason: `${found.reason}: ${found.detail}` };
  try {
    return { image, sha256: digest, pixels: await preprocessImage(bytes, input, image.name), reason: '' };
  } catch (thrown) {
    return { image, sha256: digest, pixels: undefined, reason: asGraftworkError(thrown).message };
  }
}
