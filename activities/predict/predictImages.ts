/**
 * Classifies images of the bucket with a registered model, in parts: each lies in the bucket before the next is begun, so that a
 * prediction that is preempted goes on with the part it was at.
 */
import type { PredictInput, PredictOutput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import {
  imagesToPredictSchema,
  predictionPartSchema,
  type ImagesToPredict,
  type PredictionPart,
  type StoredPredictions,
} from '../../contracts/models/predictions.js';
import type { Prediction } from '../../contracts/data/evaluation.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { setsOf, surestFirst, type SetOf } from '../../learning/metrics/answerSets.js';
import { topIndices } from '../../learning/metrics/ranking.js';
import { doubtOf } from '../../learning/metrics/trust/doubt.js';
import { givenLabels, plainThreshold } from '../../learning/metrics/multiLabel/decisions.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { chunkSize, classifyImages, type ClassifiedImage } from './classifyImages.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { ShardProgress } from '../shared/shardProgress.js';
import { findResult } from '../shared/storedResults.js';

/** Images in a part: some seconds of work on a CPU. Whole chunks, so that no chunk belongs to two parts. */
const partSize = 4 * chunkSize;

interface Part {
  /** Place of the first image in the list. */
  start: number;
  images: ImagesToPredict;
}

export async function predictImages(
  dependencies: ActivityDependencies,
  { model, images: listKey, topK, views, sets, id, halvings }: PredictInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<PredictOutput> {
  const { store } = dependencies;
  const card = await new ModelRegistry(store).card(model.name, model.version);
  const setOf = sets && setsOf(card, sets);
  const { images } = await store.getJson(listKey, imagesToPredictSchema);
  const report = new ShardProgress('predict', images.length, progress, dependencies.measure);
  const parts = partsOf(images);
  const missing: Part[] = [];
  let [count, failed] = [0, 0];
  const add = ({ predictions, unreadable }: PredictionPart): void => {
    count += predictions.length;
    failed += unreadable.length;
  };
  for (const part of parts) {
    signal.throwIfAborted();
    const earlier = await earlierPart(dependencies, id, part);
    if (earlier === undefined) {
      missing.push(part);
      continue;
    }
    add(earlier);
    report.found(part.images.length);
  }
  const wanted = missing.flatMap((part) => part.images);
  let [next, ...waiting] = missing;
  let made: ClassifiedImage[] = [];
  const options = { views, halvings, signal, missing: 'fail', of: images.length } as const;
  for await (const chunk of classifyImages(dependencies, card, wanted, options)) {
    made.push(...chunk);
    report.finished(chunk.length);
    if (next === undefined || made.length < next.images.length) continue;
    const part = answers(made, card, { topK, ...(setOf ? { setOf } : {}) });
    await store.putJson(objectKeys.predictionPart(id, next.start), part);
    add(part);
    [next, ...waiting] = waiting;
    made = [];
  }
  const key = objectKeys.predictionOutput(id);
  const output: StoredPredictions = { format: 2, model, parts: parts.map(({ start }) => start) };
  await store.putJson(key, output);
  return { key, count, failed };
}

function partsOf(images: ImagesToPredict): Part[] {
  return Array.from({ length: Math.ceil(images.length / partSize) }, (_, index) => {
    const start = index * partSize;
    return { start, images: images.slice(start, start + partSize) };
  });
}

/** What an earlier attempt left of a part; undefined where there is none, or it is of other images or damaged. */
async function earlierPart(
  dependencies: ActivityDependencies,
  id: string,
  { start, images }: Part,
): Promise<PredictionPart | undefined> {
  const place = {
    object: objectKeys.predictionPart(id, start),
    schema: predictionPartSchema,
    what: 'a part of a prediction',
  };
  const part = await findResult(dependencies, place);
  if (part === undefined) return undefined;
  const answered = [...part.predictions, ...part.unreadable].map(({ path }) => path).toSorted();
  const asked = images.map(({ name }) => name).toSorted();
  return answered.length === asked.length && answered.every((path, index) => path === asked[index]) ? part : undefined;
}

/** Of each label of a multi-label model. */
function thresholdsOf({ task, classes, calibration }: ModelCard): readonly number[] | undefined {
  if (task === undefined) return undefined;
  return calibration?.multiLabel?.thresholds ?? classes.map(() => plainThreshold);
}

function answers(
  classified: readonly ClassifiedImage[],
  card: ModelCard,
  { topK, setOf }: { topK: number; setOf?: SetOf },
): PredictionPart {
  const part: PredictionPart = { format: 1, predictions: [], unreadable: [] };
  const thresholds = thresholdsOf(card);
  const { classes, calibration } = card;
  for (const { image, probabilities, reason, notes, unlikeness } of classified) {
    if (probabilities === undefined) {
      part.unreadable.push({ path: image.name, reason });
      continue;
    }
    const named = (labels: readonly number[]): Prediction['top'] =>
      labels.map((label) => ({ class: classes[label] ?? '', probability: probabilities[label] ?? 0 }));
    part.predictions.push({
      path: image.name,
      top: named(topIndices(probabilities, topK)),
      ...(thresholds === undefined
        ? {}
        : { labels: named(surestFirst(givenLabels(probabilities, thresholds), probabilities)) }),
      ...(unlikeness === undefined ? {} : { unlikeness }),
      ...doubtOf(calibration, { confidence: Math.max(...probabilities), unlikeness }),
      ...(setOf === undefined ? {} : { set: named(setOf(probabilities)) }),
      ...(notes.length === 0 ? {} : { notes }),
    });
  }
  return part;
}
