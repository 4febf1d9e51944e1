/** Whether there is anything to retrain on, and where from. */
import type { PlanRetrainingInput, PlanRetrainingOutput } from '../../contracts/activities/promotionActivities.js';
import type { DatasetReference } from '../../contracts/data/dataset.js';
import type { ModelCard, ModelReference } from '../../contracts/models/modelCard.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import { retrainingRecordSchema, type RetrainRequest, type WarmStart } from '../../contracts/models/retraining.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { dtypeOf } from '../../contracts/spec/computeSpec.js';
import { modelSource, referencedModel } from '../../contracts/spec/sources/sources.js';
import { autoSource } from '../../contracts/spec/undecided.js';
import { contentKey } from '../../storage/objects/contentKey.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { modelLineage, type ModelLineage } from '../../storage/registry/lineage.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { seenByModel } from '../../storage/registry/seenByModel.js';
import { undefinedIfCorrupt } from '../../storage/objects/undefinedIfCorrupt.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { withHealedVersion, type DatasetVersionOf } from '../ingest/healedVersion.js';

/** @throws GraftworkError GW_CORRUPT when the card of the version in production is not that of the model that was put there */
export async function planRetraining(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { request, dataset }: PlanRetrainingInput,
  { signal }: { signal: AbortSignal },
): Promise<PlanRetrainingOutput> {
  const { store } = dependencies;
  const { spec } = request;
  const settings = settingsOf(request);
  const record = await store
    .getJsonIfPresent(objectKeys.retraining(spec.name), retrainingRecordSchema)
    .catch(undefinedIfCorrupt);
  const before = record?.datasetVersion ?? null;
  if (before === dataset.version && record?.settings === settings) {
    return {
      unchanged: true,
      reason: `nothing has changed since ${record.run}`,
      before,
      settings,
      spec,
      warmStart: null,
    };
  }
  const production = (await new ModelRegistry(store).serving(spec.name))?.card;
  if (record === undefined && production !== undefined && isMadeOf(production, dataset, spec)) {
    const reason = `${production.name}@${production.version} is in production and was trained on the same pictures with the same settings`;
    return { unchanged: true, reason, before: dataset.version, settings, spec, warmStart: null };
  }
  const warmStart = await chooseStart(dependencies, request, dataset, production, signal);
  return {
    unchanged: false,
    reason: reasonFor(before, dataset, record?.settings === settings),
    // Drift is what has changed since the model that serves was made.
    before: production?.dataset.version ?? before,
    settings,
    spec: warmStart.model === null ? spec : warmSpec(spec, modelSource(warmStart.model)),
    warmStart,
  };
}

/** A change of who decides about production, or of who is notified, needs no new training. */
function settingsOf({ spec, warmStart }: Pick<RetrainRequest, 'spec' | 'warmStart'>): string {
  const { promotion, ...training } = spec;
  return contentKey('retraining/2', { spec: training, warmStart });
}

/** Before a schedule's first retraining the model in production may be just what it would make. */
function isMadeOf(model: ModelCard, { version }: DatasetReference, spec: RunSpec): boolean {
  const digest = ({ compute: _, ...made }: RunSpec): string => settingsOf({ spec: made, warmStart: false });
  const sameFormat = spec.compute?.dtype === 'auto' || dtypeOf(spec) === dtypeOf(model.spec);
  return model.dataset.version === version && digest(model.spec) === digest(spec) && sameFormat;
}

function reasonFor(before: string | null, { version }: DatasetReference, sameSettings: boolean): string {
  if (before === null) return 'the first training';
  if (before !== version) return 'the data has changed';
  return sameSettings ? 'asked for' : 'the settings have changed';
}

/** From the model in production, unless that would spoil the test or is not what was asked for. */
async function chooseStart(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  { spec, warmStart }: RetrainRequest,
  dataset: DatasetReference,
  production: ModelCard | undefined,
  signal: AbortSignal,
): Promise<WarmStart> {
  const cold = (reason: string): WarmStart => ({ model: null, reason });
  if (!warmStart) return cold('the schedule trains from the source each time');
  if (production === undefined) return cold('nothing is in production yet');
  if (!dataset.classes.some((name) => production.classes.includes(name))) {
    return cold('the model in production has none of these classes');
  }
  if (production.task !== dataset.task) return cold('the model in production is of another task');
  const model = { name: production.name, version: production.version };
  const named = `${model.name}@${model.version}`;
  if (isAnother(spec.backbone, production)) {
    return cold(`the schedule asks for ${spec.backbone.name}, but ${named} is a ${production.backbone.name}`);
  }
  const forgotten = await forgottenBehind(dependencies.store, model);
  if (forgotten !== undefined) return cold(`${forgotten} learned from a picture that has since been forgotten`);
  const leaked = await leakedPictures(dependencies, production, { datasetVersion: dataset.version, spec }, signal);
  if (leaked > 0) {
    return cold(`${named} was trained on ${leaked} of the test pictures, so its test would not be honest`);
  }
  return { model, reason: `${named} is in production` };
}

/** A network that was named, and is not the one that serves. Registered models are sources of any network. */
function isAnother({ name }: RunSpec['backbone'], { backbone }: ModelCard): boolean {
  return name !== autoSource && referencedModel(name) === undefined && name !== backbone.name;
}

/** The model, or the one of those it was made from, that has learnt from a picture which must be forgotten. */
async function forgottenBehind(store: ObjectStore, model: ModelReference): Promise<string | undefined> {
  const datasets = new Datasets(store);
  let lineage: ModelLineage | null = await modelLineage(store, model);
  for (; lineage !== null; lineage = lineage.source.parent) {
    const manifest = await datasets.findManifest(lineage.dataset.version).catch(undefinedIfCorrupt);
    const learnt = manifest?.redactions?.some(({ split }) => split !== 'test') ?? false;
    if (learnt) return `${lineage.name}@${lineage.version}`;
  }
  return undefined;
}

/**
 * Test pictures that a model was trained on, and that this data set does not train on itself: a picture which lies in both splits
 * is a leak of the data set itself, and is reported as such.
 */
async function leakedPictures(
  dependencies: Pick<ActivityDependencies, 'store' | 'log'>,
  model: ModelCard,
  version: DatasetVersionOf,
  signal: AbortSignal,
): Promise<number> {
  const seen = await seenByModel(dependencies.store, model, {
    signal,
    onGone: (name, reason) =>
      dependencies.log.warn({ model: name, reason }, "a model's training pictures are no longer known"),
  });
  return withHealedVersion(dependencies, version, signal, async () => {
    const tested = new Set<string>();
    const own = new Set<string>();
    for await (const { split, sha256 } of new Datasets(dependencies.store).eachImage(version.datasetVersion)) {
      if (seen.has(sha256)) (split === 'test' ? tested : own).add(sha256);
    }
    return [...tested].filter((sha256) => !own.has(sha256)).length;
  });
}

/** The production model's network and, for classes that stay, its classifier's rows; its own input settings come with it. */
export function warmSpec(spec: RunSpec, source: string): RunSpec {
  const { undecided, ...rest } = spec;
  // The source and what is chosen with it are decided; the rest stays open.
  const open = undecided?.filter((what) => what !== 'unfreeze');
  return {
    ...rest,
    backbone: { name: source },
    head: { ...spec.head, reuseRows: true },
    ...(open === undefined || open.length === 0 ? {} : { undecided: open }),
  };
}
