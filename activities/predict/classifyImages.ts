/** Images of any bucket through a registered model, a chunk at a time: fetched, checked and prepared as its training had them. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { testTimeView } from '../../learning/augmentation/index.js';
import { getBackbone, type NamedArrays } from '../../learning/backbones/index.js';
import { Classifier } from '../../learning/inference/predict.js';
import { meansTensor, unlikeness } from '../../learning/metrics/trust/likeness.js';
import type { ContentCache } from '../../storage/cache/contentCache.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { imagesAtOnce, usualBatch } from '../shared/imagesAtOnce.js';
import { whyLost } from '../shared/lostObject.js';
import { readParameters } from '../backbone/parameterObjects.js';
import { isReadable, preparedImages, type ImageAt, type Missing, type PreparedImage } from './preparedImages.js';

/** Images held in memory at once. */
export const chunkSize = 64;

export interface ClassifiedImage extends Omit<PreparedImage, 'pixels'> {
  /** Of each class, in the order of the card's; undefined where the image cannot be read. */
  probabilities: Float32Array | undefined;
  /** How unlike the training pictures it is; undefined where the image cannot be read, or the model does not know. */
  unlikeness: number | undefined;
}

export interface ClassifyOptions {
  /** Views of each image whose probabilities are averaged; 1: the centre crop alone. */
  views: number;
  halvings: number;
  signal: AbortSignal;
  /** What to do about an object that is not there: an image given by hand must be; one of a data set may have been deleted. */
  missing: Missing;
  /** How many images there are in all, of which an earlier attempt may have done some. @default as many as are given */
  of?: number;
}

/** In chunks of `chunkSize`, the last of what is left. @throws GraftworkError GW_CORRUPT when the model's parameters are damaged or gone; GW_S3_…; GW_OBJECT_MISSING */
export async function* classifyImages(
  { store, cache }: Pick<ActivityDependencies, 'store' | 'cache'>,
  card: ModelCard,
  images: readonly ImageAt[],
  { views, halvings, signal, missing, of = images.length }: ClassifyOptions,
): AsyncGenerator<ClassifiedImage[]> {
  if (images.length === 0) return;
  using classifier = await openClassifier(cache, card, of, halvings);
  const means = await readMeans(cache, card);
  const { augmentation, seed, dataset } = card.spec;
  const how = { input: card.input, limits: dataset.quarantine };
  for (let start = 0; start < images.length; start += chunkSize) {
    signal.throwIfAborted();
    const chunk = await preparedImages(store, how, images.slice(start, start + chunkSize), missing);
    const readable = chunk.filter(isReadable);
    const distances: number[] = [];
    const all = await classifier.classify(
      Buffer.concat(readable.map(({ pixels }) => pixels)),
      undefined,
      { views, view: (index, view) => testTimeView(augmentation, seed, readable[index]?.sha256 ?? index, view) },
      means && ((features) => distances.push(unlikeness(features, means))),
    );
    let row = 0;
    yield chunk.map(({ pixels, ...item }) => {
      if (pixels === undefined) return { ...item, probabilities: undefined, unlikeness: undefined };
      const probabilities = all.subarray(row * card.classes.length, (row + 1) * card.classes.length);
      const distance = distances[row];
      row += 1;
      return { ...item, probabilities, unlikeness: distance };
    });
  }
}

/** The caller disposes of it. @param images about how many will be classified */
export async function openClassifier(
  cache: ContentCache,
  card: ModelCard,
  images: number,
  halvings: number,
): Promise<Classifier> {
  return new Classifier({
    backbone: getBackbone(card.backbone.name),
    parameters: await readModel(cache, card),
    input: card.input,
    classes: card.classes,
    task: card.task,
    batchSize: imagesAtOnce(usualBatch, halvings),
    images,
  });
}

/** What the model's training pictures look like; undefined where its card knows of nothing. */
async function readMeans(cache: ContentCache, card: ModelCard): Promise<Float32Array | undefined> {
  const { unlike } = card.calibration ?? {};
  return unlike && (await readOwn(cache, card, unlike.means)).get(meansTensor)?.data;
}

function readModel(cache: ContentCache, card: ModelCard): Promise<NamedArrays> {
  return readOwn(cache, card, card.parameters.sha256);
}

/** A registered model's parameters, or what lies beside them: nothing but another run can make them again. */
async function readOwn(cache: ContentCache, { name, version }: ModelCard, digest: string): Promise<NamedArrays> {
  try {
    return await readParameters(cache, objectKeys.modelParameters(digest), digest);
  } catch (thrown) {
    const reason = whyLost(thrown);
    throw new GraftworkError('GW_CORRUPT', `The parameters of ${name}@${version} are damaged or missing. ${reason}`, {
      remedy: 'Train the model again with the spec in its card: the same inputs write the same bytes to the same key.',
      cause: thrown,
    });
  }
}
