/** What stages left in the bucket: their results and trained parameters, at the content key of all that determines them. */
import type { Plan } from '../contracts/plan.js';
import { objectKeys } from '../contracts/objectKeys.js';
import { stageResultSchema, type StageResult } from '../contracts/training.js';
import type { NamedArrays } from '../learning/backbones/index.js';
import { contentKey } from '../storage/contentKey.js';
import type { ObjectStore } from '../storage/objectStore.js';
import type { ActivityDependencies } from './dependencies.js';
import { readParameters } from './parameterObjects.js';

/**
 * @param previous content keys of the kept stages before, in order
 * @param finishedBy the run in which a person ended the stage early: that is not what an undisturbed run gives, so it has a
 * key of its own; null for an undisturbed stage
 */
export function stageKey(plan: Plan, stage: number, previous: readonly string[], finishedBy: string | null): string {
  return contentKey('stage/1', {
    backbone: { name: plan.backbone.name, sha256: plan.backbone.sha256 },
    // The labels, and which image is in which split.
    dataset: plan.datasetVersion,
    features: plan.features.map((shard) => shard.key),
    cut: plan.cut,
    stage: plan.stages[stage],
    previous,
    seed: plan.spec.seed,
    finishedBy,
  });
}

export function readStageResult(store: ObjectStore, key: string): Promise<StageResult | undefined> {
  return store.getJsonIfPresent(objectKeys.stageResult(key), stageResultSchema);
}

/** Trained parameters of a stage that has ended. @throws GraftworkError GW_CORRUPT */
export async function readStageParameters({ cache, store }: ActivityDependencies, key: string): Promise<NamedArrays> {
  const result = await store.getJson(objectKeys.stageResult(key), stageResultSchema);
  return readParameters(cache, objectKeys.stageParameters(key, result.parameters), result.parameters);
}
