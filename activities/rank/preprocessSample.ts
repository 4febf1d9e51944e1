/** The pictures of a ranking's sample, prepared for sources that take them alike. */
import type { ShardsOutput } from '../../contracts/activities/trainingActivities.js';
import type { SampleInput } from '../../contracts/activities/choosingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { makeSampleShard, readSample, sampleShards } from './rankingSample.js';
import { ShardProgress } from '../shared/shardProgress.js';

/** @throws GraftworkError as `makePixelShard` */
export async function preprocessSample(
  dependencies: Pick<ActivityDependencies, 'store' | 'cache' | 'log' | 'measure'>,
  { sample: sampleOf, input }: SampleInput,
  { progress, signal }: Pick<WorkCallbacks, 'progress' | 'signal'>,
): Promise<ShardsOutput> {
  const began = performance.now();
  const { images: sample } = await readSample(dependencies, sampleOf, signal);
  const shards = sampleShards(sample, input);
  const report = new ShardProgress('preprocess', sample.length, progress, dependencies.measure);
  let misses = 0;
  for (const shard of shards) {
    if (!(await dependencies.store.exists(objectKeys.pixels(shard.key)))) {
      await makeSampleShard(dependencies, input, shard, sample, signal);
      misses += 1;
    }
    report.finished(shard.count);
  }
  return {
    cache: { hits: shards.length - misses, misses, reason: misses === 0 ? 'all found' : 'preprocessed' },
    seconds: (performance.now() - began) / 1000,
  };
}
