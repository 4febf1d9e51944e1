/** Features that lie in shards: brought into memory, or read from their files as training needs them. */
import type { FeatureKind } from '../../contracts/spec/activationCache.js';
import type { Plan } from '../../contracts/spec/plan.js';
import {
  FeaturesInMemory,
  readFeatures,
  StoredFeatures,
  type FeatureBlock,
  type StoredArray,
  type StoredBlock,
} from '../../learning/features/index.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import { FeatureShards } from './featureShards.js';
import { shardsFor, type OpenOptions, type OpenSplit } from './openSplit.js';

export function storedFeatures(
  dependencies: ActivityDependencies,
  plan: Plan,
  kind: FeatureKind,
  tier: 'memory' | 'disk',
  { signal, halvings, cleanup, opened }: OpenOptions,
): OpenSplit {
  const shards = new FeatureShards(dependencies, plan, signal, halvings);
  cleanup.add(() => shards[Symbol.dispose]());
  return async (use) => {
    const inMemory: FeatureBlock[] = [];
    const onDisk: StoredBlock[] = [];
    let all: StoredArray | undefined;
    for (const { shard, start } of shardsFor(use, plan)) {
      const { file, array } = await shards.open(shard, kind);
      all = array;
      const { count } = shard;
      if (tier === 'disk') {
        cleanup.add(() => file.close());
        onDisk.push({ start, count, file, offset: array.begin });
      } else {
        try {
          inMemory.push({ start, count, data: await readFeatures(file, array) });
        } finally {
          await file.close();
        }
      }
      opened();
    }
    if (all === undefined) return null;
    const { shape, views, dtype } = all;
    return tier === 'disk'
      ? new StoredFeatures(shape, views, dtype, onDisk)
      : new FeaturesInMemory(shape, views, inMemory);
  };
}
