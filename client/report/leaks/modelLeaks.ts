/** Test pictures of a registered model that training had seen as well: what a report says of its run, without the run. */
import type { ModelCard } from '../../../contracts/models/modelCard.js';
import { referencedModel } from '../../../contracts/spec/sources/sources.js';
import type { DatasetManifest, DuplicateGroup, Split } from '../../../contracts/data/dataset.js';
import { Datasets, isRetired } from '../../../storage/datasets/datasets.js';
import { readEvaluation, type EvaluationWithOutcomes } from '../../../storage/registry/evaluations.js';
import type { ObjectStore } from '../../../storage/objects/objectStore.js';
import { isDispensable } from './dispensable.js';
import { leaksIntoTest, type Leaks, type LeakSigns } from './leaks.js';
import { sourceLeaks, type SourceLeaks } from './sourceLeaks.js';

/** @throws GraftworkError GW_S3_…; what is merely gone leaves the answer open (`isWhole: false`) */
export async function modelLeaks(store: ObjectStore, card: ModelCard): Promise<Leaks> {
  const manifest = await ifThere(new Datasets(store).manifest(card.dataset.version));
  const signs: LeakSigns = {
    ...(await crossingGroups(store, manifest)),
    counted: manifest?.duplicates.acrossSplits ?? null,
    source: await ofSource(store, card, manifest),
  };
  const leaks = leaksIntoTest(signs, []);
  // The test without them is computed from the outcome of each picture, which is much to read.
  return leaks.paths.size === 0 ? leaks : leaksIntoTest(signs, await outcomesOf(store, card));
}

async function crossingGroups(
  store: ObjectStore,
  manifest: DatasetManifest | undefined,
): Promise<Pick<LeakSigns, 'groups' | 'splitOf'>> {
  const unknown = { groups: null, splitOf: new Map<string, Split>() };
  if (manifest === undefined || isRetired(manifest)) return unknown;
  const datasets = new Datasets(store);
  const groups = await ifThere(datasets.duplicates(manifest.version));
  const crossing = groups?.filter(({ acrossSplits }) => acrossSplits);
  if (crossing === undefined || crossing.length === 0) return { ...unknown, groups: crossing ?? null };
  const splitOf = await ifThere(splitsOf(datasets, manifest.version, crossing));
  return splitOf === undefined ? unknown : { groups: crossing, splitOf };
}

async function splitsOf(
  datasets: Datasets,
  version: string,
  groups: readonly DuplicateGroup[],
): Promise<Map<string, Split>> {
  const wanted = new Set(groups.flatMap(({ paths }) => paths));
  const found = new Map<string, Split>();
  for await (const { path, split } of datasets.eachImage(version)) if (wanted.has(path)) found.set(path, split);
  return found;
}

/** null where the model was made from published weights. */
async function ofSource(
  store: ObjectStore,
  { backbone }: ModelCard,
  manifest: DatasetManifest | undefined,
): Promise<SourceLeaks | null> {
  const model = backbone.weights === undefined ? undefined : referencedModel(backbone.weights);
  if (model === undefined) return null;
  const found = manifest && (await ifThere(sourceLeaks(store, model, manifest, () => undefined)));
  return found ?? { model, paths: new Set(), isWhole: false };
}

/** None where they are gone, or the card does not say where they are. */
async function outcomesOf(store: ObjectStore, { keys }: ModelCard): Promise<EvaluationWithOutcomes['outcomes']> {
  if (keys === undefined) return [];
  const stored = await ifThere(readEvaluation(store, keys.evaluation));
  return stored?.outcomes ?? [];
}

async function ifThere<T>(what: Promise<T>): Promise<T | undefined> {
  return what.catch((thrown: unknown) => {
    if (isDispensable(thrown)) return undefined;
    throw thrown;
  });
}
