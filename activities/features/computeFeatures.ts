/** The frozen network's activations for some shards of a plan. */
import type { FeaturesInput, ShardsOutput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { FeatureShard } from '../../contracts/spec/plan.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { Caller, WorkCallbacks } from '../shared/engine.js';
import { FeatureShards } from './featureShards.js';
import { readPlan } from '../plan/planStore.js';
import { oneBehind } from '../shared/oneBehind.js';
import { ShardProgress } from '../shared/shardProgress.js';

export async function computeFeatures(
  dependencies: ActivityDependencies,
  { plan: digest, from, to, halvings }: FeaturesInput,
  _caller: Caller,
  { progress, signal }: WorkCallbacks,
): Promise<ShardsOutput> {
  const began = performance.now();
  const { store, cache } = dependencies;
  const plan = await readPlan(cache, digest);
  const shards = plan.features.slice(from, to);
  const looks = shards.reduce((sum, { count, views }) => sum + count * views, 0);
  const report = new ShardProgress('features', picturesIn(shards), progress, dependencies.measure, looks);
  const missing: FeatureShard[] = [];
  for (const shard of shards) {
    if (await store.exists(objectKeys.features(shard.key))) report.found(shard.count, shard.views);
    else missing.push(shard);
  }

  using features = new FeatureShards(dependencies, plan, signal, halvings);
  await oneBehind(
    missing,
    (shard) => features.compute(shard, (looks) => report.at(looks, shard.views)),
    (shard, file) => {
      report.finished(shard.count, shard.views);
      return features.store(shard, file);
    },
  );
  const hits = shards.length - missing.length;
  dependencies.measure('results', hits, { stage: 'features', outcome: 'found' });
  dependencies.measure('results', missing.length, { stage: 'features', outcome: 'made' });
  return {
    cache: { hits, misses: missing.length, reason: missing.length === 0 ? 'all found' : 'computed' },
    pictures: picturesIn(shards),
    seconds: (performance.now() - began) / 1000,
  };
}

function picturesIn(shards: readonly FeatureShard[]): number {
  return shards.reduce((sum, { count }) => sum + count, 0);
}
