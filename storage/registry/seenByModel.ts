/** Which pictures a model has learnt from: its own training and validation pictures, and those of the models it was made from. */
import type { ImageEntry } from '../../contracts/data/dataset.js';
import type { ModelCard } from '../../contracts/models/modelCard.js';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { referencedModel } from '../../contracts/spec/sources/sources.js';
import { Datasets } from '../datasets/datasets.js';
import { ModelRegistry } from './modelRegistry.js';
import type { ObjectStore } from '../objects/objectStore.js';

/** Generations looked at: what was learnt before them has been trained over many times. */
const mostGenerations = 30;

export interface SeenOptions {
  /** Called for what is not there any more: which model's pictures are left out, and why. */
  onGone: (model: string, reason: string) => void;
  signal?: AbortSignal;
}

/**
 * Digests of the pictures. A model tested on one of them has been asked for what it had been taught.
 *
 * @throws GraftworkError as {@link visitSeen}
 */
export async function seenByModel(store: ObjectStore, model: ModelCard, options: SeenOptions): Promise<Set<string>> {
  const seen = new Set<string>();
  await visitSeen(store, model, options, ({ sha256 }) => seen.add(sha256));
  return seen;
}

/**
 * Calls `visit` for each picture, perhaps more than once. What is not there any more (a data version that was deleted, an ancestor's
 * card) is left out, and `onGone` is called.
 *
 * @throws GraftworkError GW_S3_…; what the signal was aborted with
 */
export async function visitSeen(
  store: ObjectStore,
  model: ModelCard,
  { onGone, signal }: SeenOptions,
  visit: (image: ImageEntry) => void,
): Promise<void> {
  const registry = new ModelRegistry(store);
  const datasets = new Datasets(store);
  const versions = new Set<string>();
  let card: ModelCard | undefined = model;
  for (let generation = 0; card !== undefined && generation < mostGenerations; generation++) {
    const { name, version, dataset } = card;
    try {
      if (!versions.has(dataset.version)) {
        versions.add(dataset.version);
        for await (const image of datasets.eachImage(dataset.version)) {
          if (image.split !== 'test') visit(image);
          signal?.throwIfAborted();
        }
      }
      card = await parentOf(registry, card);
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      const { code, message } = asGraftworkError(thrown);
      if (!['GW_DATASET_NOT_FOUND', 'GW_MODEL_NOT_FOUND', 'GW_OBJECT_MISSING', 'GW_CORRUPT'].includes(code))
        throw thrown;
      onGone(`${name}@${version}`, message);
      break;
    }
  }
}

/** The registered model that another one was made from; undefined for one made from published weights. */
async function parentOf(registry: ModelRegistry, { backbone }: ModelCard): Promise<ModelCard | undefined> {
  const parent = backbone.weights === undefined ? undefined : referencedModel(backbone.weights);
  if (parent === undefined) return undefined;
  const { name, version } = await registry.resolve(parent);
  const card = await registry.card(name, version);
  if (card.parameters.sha256 === backbone.sha256) return card;
  throw new GraftworkError('GW_MODEL_NOT_FOUND', `${name}@${version} is another model than the one it was made from.`);
}
