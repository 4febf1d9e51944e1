/** Registered models as sources: those of the most similar tasks first, and none that has seen these very pictures. */
import type { ImageEntry } from '../../contracts/data/dataset.js';
import type { SkippedSource, TaskEmbedding } from '../../contracts/models/ranking.js';
import { modelSource, type SourceName } from '../../contracts/spec/sources/sources.js';
import { similarity } from '../../learning/transferability/index.js';
import { Datasets } from '../../storage/datasets/datasets.js';
import { ModelRegistry } from '../../storage/registry/modelRegistry.js';
import { TransferRecords } from '../../storage/registry/transferRecords.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { whyLost } from '../shared/lostObject.js';
import { readScores } from './sourceScores.js';

/** Models looked at unasked: each costs a forward pass of the sample. */
const mostModels = 8;
/** Share of the sample's pictures that a model may have been trained on. */
const mostSeen = 0.05;

export interface RegisteredSources {
  found: (SourceName & { similarity: number | null })[];
  skipped: SkippedSource[];
  /** Models of less similar tasks, which are not looked at unless they are named. */
  leftOut: string[];
}

/**
 * The latest version of each model.
 *
 * @param sample the pictures that will be looked at
 * @param embeddedBy content key of the probe's ranking; null: nothing is known of similarity
 */
export async function registeredSources(
  dependencies: ActivityDependencies,
  sample: readonly Pick<ImageEntry, 'sha256'>[],
  embeddedBy: string | null,
): Promise<RegisteredSources> {
  const { store, log } = dependencies;
  const registry = new ModelRegistry(store);
  const embeddings = await embeddingsByModel(dependencies);
  const own = embeddedBy === null ? null : ((await readScores(dependencies, embeddedBy))?.embedding ?? null);
  const models = (await registry.list()).map((model) => {
    const source = modelSource(model);
    const theirs = embeddings.get(source);
    return { ...model, source, similarity: own !== null && theirs !== undefined ? similarity(own, theirs) : null };
  });
  models.sort((a, b) => (b.similarity ?? -1) - (a.similarity ?? -1));
  const sources: RegisteredSources = { found: [], skipped: [], leftOut: [] };
  for (const { name, version, source, similarity: alike } of models) {
    if (sources.found.length === mostModels) {
      sources.leftOut.push(source);
      continue;
    }
    try {
      const card = await registry.card(name, version);
      const seen = await shareSeen(dependencies, card.dataset.version, sample);
      if (seen <= mostSeen) sources.found.push({ name: source, similarity: alike });
      else sources.skipped.push(flattered(source, seen));
    } catch (thrown) {
      const reason = whyLost(thrown);
      log.warn({ model: source, reason }, "a model's card is damaged: the model is not ranked");
      sources.skipped.push({ source, reason, remedy: 'Train the model again.' });
    }
  }
  return sources;
}

async function embeddingsByModel({ store, log }: ActivityDependencies): Promise<Map<string, TaskEmbedding>> {
  const records = await new TransferRecords(store).list((record, thrown) =>
    log.warn({ record, reason: whyLost(thrown) }, 'a record of an earlier run is damaged: it is ignored'),
  );
  return new Map(
    records.flatMap(({ model, embedding }) => (embedding === null ? [] : [[modelSource(model), embedding] as const])),
  );
}

/** Share of the sample that a dataset version has among its training or validation pictures. */
async function shareSeen(
  { store }: ActivityDependencies,
  version: string,
  sample: readonly Pick<ImageEntry, 'sha256'>[],
): Promise<number> {
  const wanted = new Set(sample.map(({ sha256 }) => sha256));
  const trained = new Set<string>();
  try {
    for await (const { split, sha256 } of new Datasets(store).eachImage(version)) {
      if (split !== 'test' && wanted.has(sha256)) trained.add(sha256);
    }
  } catch (thrown) {
    // The pictures of a version that is damaged or gone are unknown.
    whyLost(thrown);
    return 0;
  }
  return sample.filter(({ sha256 }) => trained.has(sha256)).length / Math.max(1, sample.length);
}

function flattered(source: string, seen: number): SkippedSource {
  return {
    source,
    reason: `it was trained on ${Math.round(100 * seen)} % of these pictures, which would flatter its scores`,
    remedy: `\`--backbone ${source}\` starts from it all the same.`,
  };
}
