/** Everything a report of a run is made of, fetched from the bucket and from Temporal. */
import type { z } from 'zod';
import { evaluateOutputSchema } from '../../../contracts/activities/trainingActivities.js';
import type {
  DatasetManifest,
  DuplicateGroup,
  ImageEntry,
  Quarantined,
  Split,
} from '../../../contracts/data/dataset.js';
import type { Evaluation } from '../../../contracts/data/evaluation.js';
import type { ModelCard } from '../../../contracts/models/modelCard.js';
import { planReferenceSchema, type Plan } from '../../../contracts/spec/plan.js';
import type { Production } from '../../../contracts/models/production.js';
import type { RunResult, StageReport } from '../../../contracts/run/result.js';
import type { RunSpec } from '../../../contracts/spec/runSpec.js';
import { referencedModel } from '../../../contracts/spec/sources/sources.js';
import { DatasetSightings, placesOf } from '../../../storage/datasets/datasetSightings.js';
import { Datasets, isRetired } from '../../../storage/datasets/datasets.js';
import { readEvaluation } from '../../../storage/registry/evaluations.js';
import { findEvaluation } from '../../../storage/registry/findEvaluation.js';
import { ModelRegistry } from '../../../storage/registry/modelRegistry.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';
import { readStoredPlan } from '../../../storage/checkpoints/storedPlan.js';
import { undefinedIfCorrupt } from '../../../storage/objects/undefinedIfCorrupt.js';
import { RunHandle } from '../../runs/runHandle.js';
import { sourceNameOf } from '../../../storage/datasets/sourceNames.js';
import type { TemporalConnection } from '../../connection/temporalConnection.js';
import { completeStages } from './completeStages.js';
import { figuresOf, figuresWithoutOutcomes, type Figures } from './figures.js';
import { readHistory, type ActivityRecord } from './history.js';
import { notingWhatIsGone, type IfThere } from './ifThere.js';
import { leaksIntoTest, type Leaks } from '../leaks/leaks.js';
import { surestMistakes, type Mistake } from './mistakes.js';
import { readRetraining, type Retraining } from './retraining.js';
import { sourceLeaks, type SourceLeaks } from '../leaks/sourceLeaks.js';
import { thumbnails, type Thumbnail } from './thumbnails.js';

export interface RunFacts {
  result: RunResult;
  /** When the run began, in milliseconds since 1970; null: Temporal no longer has the history. */
  startedAt: number | null;
  card: ModelCard | null;
  spec: RunSpec | null;
  /** The result's, with every epoch as far as these could be found. */
  stages: StageReport[];
  thinned: boolean;
  /** null: there was no test yet. */
  figures: Figures | null;
  manifest: DatasetManifest | null;
  duplicates: DuplicateGroup[];
  quarantined: Quarantined[];
  /** What of the model's name was in production when; null: nothing ever, or the run has no model. */
  production: Production | null;
  /** null: a person started the run, or Temporal no longer has the history that shows it. */
  retraining: Retraining | null;
  /** null: there was no test yet. */
  leaks: Leaks | null;
  /** Of the pictures in groups that cross splits, and of the mistakes. */
  splitOf: ReadonlyMap<string, Split>;
  mistakes: Mistake[];
  pictures: Map<string, Thumbnail>;
  /** null: Temporal no longer has the history. */
  activities: ActivityRecord[] | null;
  ui: string | undefined;
  /** What the person called the images. @default their address */
  source?: string;
  /** What could not be found. */
  notes: string[];
  /** When all this was so; milliseconds since 1970. */
  at: number;
}

export interface ReportSources {
  temporal: TemporalConnection;
  store: ObjectStore;
  /** Address of a run in the Temporal UI. */
  ui: (run: string) => string | undefined;
}

/**
 * @param withPictures whether the surest mistakes are fetched as pictures
 * @throws GraftworkError GW_RUN_NOT_FOUND, GW_TEMPORAL_UNREACHABLE, GW_S3_…; what is merely gone is a note
 */
export async function runFacts(
  { temporal, store, ui }: ReportSources,
  run: string,
  { withPictures }: { withPictures: boolean },
): Promise<RunFacts> {
  const notes: string[] = [];
  const ifThere = notingWhatIsGone(notes);
  const result = await new RunHandle(run, temporal, store).show();
  const history = await readHistory(temporal, run);
  const activities = history?.activities ?? null;
  const { model, dataset } = result;
  const registry = new ModelRegistry(store);
  const card = (model && (await ifThere(registry.card(model.name, model.version)))) ?? null;
  const datasets = new Datasets(store);
  const version = dataset?.version;
  const manifest = (version && (await ifThere(datasets.manifest(version)))) || null;
  const hasLists = version !== undefined && manifest !== null;
  const duplicates = (hasLists && (await ifThere(datasets.duplicates(version)))) || null;
  const quarantined = (hasLists && (await ifThere(datasets.quarantined(version)))) || [];
  const figures = await figuresOfRun(store, result, card, activities ?? [], ifThere);
  const mistakes = surestMistakes(figures?.outcomes ?? [], figures?.classes ?? []);
  const crossing = duplicates?.filter(({ acrossSplits }) => acrossSplits) ?? [];
  const wanted = new Set([...crossing.flatMap(({ paths }) => paths), ...mistakes.map(({ path }) => path)]);
  const found = (hasLists && (await ifThere(entriesOf(store, version, wanted)))) || null;
  const entries = found ?? new Map<string, ImageEntry>();
  const splitOf = new Map([...entries].map(([path, { split }]) => [path, split]));
  const canTell = duplicates !== null && found !== null && manifest !== null && !isRetired(manifest);
  const leaks =
    figures &&
    leaksIntoTest(
      {
        groups: canTell ? crossing : null,
        counted: dataset?.duplicates.acrossSplits ?? null,
        splitOf,
        source: await sourceOf(store, card, manifest, activities ?? [], ifThere, notes),
      },
      figures.outcomes,
    );
  const { stages, thinned } = await completeStages(result, activities ?? [], store, ifThere);
  return {
    result,
    startedAt: history?.startedAt ?? null,
    card,
    ...(dataset && { source: await sourceNameOf(store, dataset.uri, result.run) }),
    spec: card?.spec ?? history?.spec ?? null,
    stages,
    thinned,
    figures,
    manifest,
    duplicates: duplicates ?? [],
    quarantined,
    production: (model && (await productionOf(registry, model.name, ifThere))) ?? null,
    retraining: history?.parent ? await readRetraining(temporal, history.parent) : null,
    leaks,
    splitOf,
    mistakes,
    pictures: withPictures
      ? await thumbnails(
          store,
          mistakes.map(({ path }) => path),
          entries,
        )
      : new Map<string, Thumbnail>(),
    activities,
    ui: ui(run),
    notes,
    at: Date.now(),
  };
}

/** With a note where the card of the version in production is gone or another model's. */
async function productionOf(registry: ModelRegistry, name: string, ifThere: IfThere): Promise<Production | undefined> {
  const serving = await ifThere(registry.serving(name));
  return serving?.production ?? (await registry.production.read(name).catch(undefinedIfCorrupt));
}

/** The test's outcomes: at the key the history names, else wherever the card's figures come from. */
async function figuresOfRun(
  store: ObjectStore,
  { test, dataset }: RunResult,
  card: ModelCard | null,
  activities: readonly ActivityRecord[],
  ifThere: IfThere,
): Promise<Figures | null> {
  if (test === null || dataset === null) return null;
  const told: Evaluation = { format: 1, ...test };
  const key = lastAnswer(activities, 'evaluateModel', evaluateOutputSchema.pick({ key: true }).loose())?.key;
  const stored = (key && (await ifThere(readEvaluation(store, key)))) || (card && (await findEvaluation(store, card)));
  if (!stored) return figuresWithoutOutcomes(card?.evaluation ?? told, dataset.classes);
  return figuresOf(stored, dataset.classes, {
    "the run's result": told,
    'the model card': card?.evaluation ?? null,
  });
}

/** What the model that the run started from had met of the test; null where it started from published weights. */
async function sourceOf(
  store: ObjectStore,
  card: ModelCard | null,
  manifest: DatasetManifest | null,
  activities: readonly ActivityRecord[],
  ifThere: IfThere,
  notes: string[],
): Promise<SourceLeaks | null> {
  const backbone = card?.backbone ?? (await plannedBackbone(store, activities, ifThere));
  const { weights } = backbone ?? {};
  const model = weights === undefined ? undefined : referencedModel(weights);
  if (backbone !== undefined && model === undefined) return null;
  const found =
    model && manifest && (await ifThere(sourceLeaks(store, model, manifest, (message) => notes.push(message))));
  return found || { model: model ?? 'its source', paths: new Set(), isWhole: false };
}

/** Of a run without a card. */
async function plannedBackbone(
  store: ObjectStore,
  activities: readonly ActivityRecord[],
  ifThere: IfThere,
): Promise<Plan['backbone'] | undefined> {
  const planned = lastAnswer(activities, 'planRun', planReferenceSchema.pick({ digest: true }).loose());
  return planned && (await ifThere(readStoredPlan(store, planned.digest)))?.backbone;
}

function lastAnswer<T>(activities: readonly ActivityRecord[], type: string, schema: z.ZodType<T>): T | undefined {
  const last = activities.findLast((one) => one.type === type && one.outcome === 'completed');
  return schema.safeParse(last?.answer).data;
}

/** Each where its version was met last. */
async function entriesOf(
  store: ObjectStore,
  version: string,
  wanted: ReadonlySet<string>,
): Promise<Map<string, ImageEntry>> {
  const entries = new Map<string, ImageEntry>();
  if (wanted.size === 0) return entries;
  const roots = await new DatasetSightings(store).roots(version);
  for await (const entry of new Datasets(store).eachImage(version)) {
    if (wanted.has(entry.path)) entries.set(entry.path, { ...entry, ...placesOf(entry, roots)[0] });
  }
  return entries;
}
