/** What a registered model was made of: read from its card, the version of its data, and the cards of the models before it. */
import type { DatasetManifest } from '../../contracts/data/dataset.js';
import type { Evaluation } from '../../contracts/data/evaluation.js';
import type { DatasetSighting } from '../../contracts/data/datasetSighting.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { referencedModel } from '../../contracts/spec/sources/sources.js';
import { DatasetSightings } from '../datasets/datasetSightings.js';
import { Datasets } from '../datasets/datasets.js';
import { ModelRegistry, parseModelReference } from './modelRegistry.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { undefinedIfCorrupt } from '../objects/undefinedIfCorrupt.js';

/** Origin of the weights that a run started from. */
export interface WeightsLineage {
  backbone: string;
  /** Digest of the weights' file, or of the parent model's parameters. */
  sha256: string;
  /** Place that they were fetched from: a package, an address, `model:name@version`. */
  from: string;
  license: string;
  /**
   * Origin of that model in turn. null when the weights are not those of a registered model. Also null when the registry no longer
   * has that model, or has another in its place.
   */
  parent: ModelLineage | null;
}

export interface ModelLineage extends Pick<
  ModelCard,
  'name' | 'version' | 'createdAt' | 'run' | 'parameters' | 'stages' | 'spec' | 'versions'
> {
  dataset: ModelCard['dataset'] & {
    classes: string[];
    /** Time at which the version was made. null when the version itself is gone or damaged. */
    createdAt: string | null;
    /** Addresses at which the version was met, latest first, with the model's own. May be empty for versions made by 0.1.0. */
    sightings: Pick<DatasetSighting, 'uri' | 'from' | 'firstAt' | 'lastAt'>[];
    /** Number of pictures of the version that were forgotten since. */
    forgotten: number;
  };
  source: WeightsLineage;
  /** Content keys. null on the cards of older runs. */
  keys: { plan: string; evaluation: string } | null;
  test: Pick<Evaluation, 'top1' | 'interval' | 'count' | 'multiLabel'>;
}

/**
 * @throws GraftworkError GW_MODEL_NOT_FOUND; GW_CORRUPT when the model's own card is damaged. Of parents and data that are
 * gone or damaged the card itself says what they were.
 */
export async function modelLineage(store: ObjectStore, { name, version }: ModelReference): Promise<ModelLineage> {
  return lineageOf(store, await new ModelRegistry(store).card(name, version));
}

async function lineageOf(store: ObjectStore, card: ModelCard): Promise<ModelLineage> {
  const { name, version, createdAt, run, parameters, stages, spec, versions, evaluation, backbone } = card;
  const manifest = await new Datasets(store).findManifest(card.dataset.version).catch(undefinedIfCorrupt);
  const sightings = (await new DatasetSightings(store).readable(card.dataset.version)).map(
    ({ uri, from, firstAt, lastAt }) => {
      return { uri, ...(from === undefined ? {} : { from }), firstAt, lastAt };
    },
  );
  return {
    ...{ name, version, createdAt, run, parameters, stages, spec, versions },
    dataset: { ...card.dataset, classes: card.classes, ...stateOf(manifest), sightings },
    source: {
      backbone: backbone.name,
      sha256: backbone.sha256,
      from: backbone.source,
      license: backbone.license,
      parent: await parentOf(store, card),
    },
    keys: card.keys ?? null,
    test: {
      ...{ top1: evaluation.top1, interval: evaluation.interval, count: evaluation.count },
      ...(evaluation.multiLabel === undefined ? {} : { multiLabel: evaluation.multiLabel }),
    },
  };
}

function stateOf(manifest: DatasetManifest | undefined): { createdAt: string | null; forgotten: number } {
  return { createdAt: manifest?.createdAt ?? null, forgotten: manifest?.redactions?.length ?? 0 };
}

/** A parent is older than its child, so this ends; another model under the parent's name and number is no parent. */
async function parentOf(store: ObjectStore, { backbone, createdAt }: ModelCard): Promise<ModelLineage | null> {
  const reference = backbone.weights === undefined ? undefined : referencedModel(backbone.weights);
  if (reference === undefined) return null;
  const { name, version } = parseModelReference(reference);
  // A card names the very version; anything else is no parent of it.
  if (typeof version !== 'number') return null;
  const parent = await new ModelRegistry(store).find(name, version).catch(undefinedIfCorrupt);
  const isIt = parent?.parameters.sha256 === backbone.sha256 && parent.createdAt < createdAt;
  return isIt ? lineageOf(store, parent) : null;
}
