/** What may not be collected: everything that can be reached from models, dataset versions, recent plans and runs in progress. */
import pMap from 'p-map';
import { isListFile } from '../../contracts/spec/sources/listFile.js';
import { modelCardSchema } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { Plan } from '../../contracts/spec/plan.js';
import { DatasetSightings } from '../datasets/datasetSightings.js';
import { Datasets } from '../datasets/datasets.js';
import { ledgerAddress } from '../datasets/splitLedgers.js';
import { irreplaceable } from '../objects/irreplaceable.js';
import type { ObjectStore } from '../objects/objectStore.js';
import { ProductionPointers } from '../registry/productionPointer.js';
import { possibleStageKeys } from '../checkpoints/stageKeys.js';
import { readStoredPlan } from '../checkpoints/storedPlan.js';
import { undefinedIfMissing } from '../objects/undefinedIfMissing.js';

/** What Temporal knows of runs that have not ended. */
export interface RunsInProgress {
  /**
   * Every digest in their histories: of their data, plan, stages, model. Which is which does not matter, so nothing is
   * overlooked when a run learns to carry more.
   */
  digests: ReadonlySet<string>;
  /** Ids of predictions under way. */
  predictions: ReadonlySet<string>;
  /** When the earliest of them began, in milliseconds since 1970; undefined when there are none. */
  since: number | undefined;
}

/** Names of the units that are kept: digests, and ids of predictions. */
export interface Needed {
  plans: Set<string>;
  pixels: Set<string>;
  features: Set<string>;
  checkpoints: Set<string>;
  evaluations: Set<string>;
  models: Set<string>;
  predictions: Set<string>;
  uploads: Set<string>;
  /** Digests of the addresses of sources. */
  splits: Set<string>;
  rankings: Set<string>;
  /** What a search or a measurement found: a run carries it in its history, so these are kept for the next run only. */
  trials: Set<string>;
  augmentations: Set<string>;
}

const readsAtOnce = 16;
const digest = '[0-9a-f]{64}';
const cardPattern = /^models\/([^/]+)\/versions\/([1-9][0-9]*)\/card\.json$/;
const productionPattern = /^models\/([^/]+)\/production\.json$/;
const uploadPattern = new RegExp(`uploads/(${digest})`, 'g');

/**
 * @param keptSince what was written later is kept anyway; so is what a plan written later refers to
 * @throws GraftworkError GW_CORRUPT when what refers to others is damaged: nobody knows then what is still needed
 */
export async function markNeeded(store: ObjectStore, runs: RunsInProgress, keptSince: number): Promise<Needed> {
  const { digests } = runs;
  const needed: Needed = {
    plans: new Set(digests),
    pixels: new Set(digests),
    features: new Set(digests),
    checkpoints: new Set(digests),
    evaluations: new Set(digests),
    models: new Set(digests),
    uploads: new Set(digests),
    splits: new Set(),
    rankings: new Set(digests),
    trials: new Set(digests),
    augmentations: new Set(digests),
    predictions: new Set(runs.predictions),
  };
  await pMap(
    store.list('plans/'),
    async ({ key, modified }) => {
      const name = new RegExp(`^plans/(${digest})\\.json$`).exec(key)?.[1];
      if (name === undefined || (modified < keptSince && !digests.has(name))) return;
      // Another collection may have deleted it since it was listed.
      const plan = await readStoredPlan(store, name).catch(undefinedIfMissing);
      if (plan !== undefined) markPlan(needed, name, plan);
    },
    { concurrency: readsAtOnce },
  );
  await pMap(
    store.list(objectKeys.models),
    async ({ key }) => {
      const served = productionPattern.exec(key)?.[1];
      if (served !== undefined) await markServing(store, needed, served);
      const [found, name, version] = cardPattern.exec(key) ?? [];
      if (found === undefined) return;
      const card = await store
        .getJsonIfPresent(key, modelCardSchema)
        .catch(irreplaceable(`If you delete it, ${name}@${version} is no longer in the registry.`));
      // Deleted since it was listed.
      if (card === undefined) return;
      const { parameters, dataset, calibration, spec } = card;
      needed.models.add(parameters.sha256);
      if (calibration?.unlike !== undefined) needed.models.add(calibration.unlike.means);
      markSource(needed, dataset.uri);
      markUploads(needed, spec.dataset.labels ?? '');
    },
    { concurrency: readsAtOnce },
  );
  const datasets = new Datasets(store);
  const sightings = new DatasetSightings(store);
  await pMap(
    await datasets.list(),
    async ({ version, manifest }) => {
      markSource(needed, manifest.uri);
      markUploads(needed, manifest.decisions?.uri ?? '');
      for (const { uri } of await sightings.all(version)) markSource(needed, uri);
      // A manifest file may name images of any folder that was ever uploaded.
      if (isListFile(manifest.uri)) {
        for await (const { bucket, key } of datasets.eachImage(version)) {
          if (bucket === store.bucket) markUploads(needed, key);
        }
      }
    },
    { concurrency: readsAtOnce },
  );
  return needed;
}

/** Of a model whose card is gone, too: it may be put back from a backup. */
async function markServing(store: ObjectStore, { models }: Needed, name: string): Promise<void> {
  const production = await new ProductionPointers(store).read(name);
  if (production?.parameters !== undefined) models.add(production.parameters);
}

function markPlan(needed: Needed, name: string, plan: Plan): void {
  needed.plans.add(name);
  for (const { key } of plan.pixels) needed.pixels.add(key);
  for (const { key } of plan.features) needed.features.add(key);
  for (const key of possibleStageKeys(plan)) needed.checkpoints.add(key);
  markSource(needed, plan.spec.dataset.uri);
  markUploads(needed, plan.spec.dataset.labels ?? '');
}

/** A source that something was made of: its upload, and what is remembered of its splits. */
function markSource(needed: Needed, uri: string): void {
  markUploads(needed, uri);
  needed.splits.add(ledgerAddress(uri));
}

function markUploads({ uploads }: Needed, text: string): void {
  for (const [, name] of text.matchAll(uploadPattern)) if (name !== undefined) uploads.add(name);
}
