/** Some shards of a plan: photos in, squares of pixels out. */
import pMap from 'p-map';
import type { ShardsInput, ShardsOutput } from '../../contracts/activities/trainingActivities.js';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ActivityDependencies } from '../shared/dependencies.js';
import type { WorkCallbacks } from '../shared/engine.js';
import { oneBehind } from '../shared/oneBehind.js';
import { computePixelShard, storePixelShard } from './pixelShards.js';
import { readPlan } from '../plan/planStore.js';
import { readSplits } from '../plan/splitImages.js';

/**
 * Makes the shards `from` to `to` that are not there yet.
 * @throws GraftworkError GW_CORRUPT naming an image whose bytes are no longer those of the dataset version,
 * GW_OBJECT_MISSING, GW_S3_…
 */
export async function preprocessShards(
  dependencies: Pick<ActivityDependencies, 'store' | 'cache' | 'log' | 'measure'>,
  { plan: planDigest, from, to }: ShardsInput,
  { progress, signal }: Pick<WorkCallbacks, 'progress' | 'signal'>,
): Promise<ShardsOutput> {
  const began = Date.now();
  const { store, cache, measure } = dependencies;
  const plan = await readPlan(cache, planDigest);
  const shards = plan.pixels.slice(from, to);
  const there = await pMap(shards, ({ key }) => store.exists(objectKeys.pixels(key)), { concurrency: 16, signal });
  const missing = shards.filter((_shard, index) => there[index] !== true);
  const total = shards.reduce((sum, { count }) => sum + count, 0);
  let done = total - missing.reduce((sum, { count }) => sum + count, 0);
  const first = done;
  const report = (): void => {
    const imagesPerSecond = (done - first) / Math.max(0.001, (Date.now() - began) / 1000);
    progress({
      stage: 'preprocess',
      done,
      total,
      unit: 'images',
      ...(done === first ? {} : { imagesPerSecond, secondsLeft: (total - done) / imagesPerSecond }),
    });
  };
  report();
  if (missing.length > 0) {
    const splits = await readSplits(dependencies, plan, signal);
    const made = (): void => {
      done += 1;
      measure('images', 1, { stage: 'preprocess' });
      report();
    };
    await oneBehind(
      missing,
      (shard) => computePixelShard(dependencies, plan, shard, splits, { made, signal }),
      (shard, file) => storePixelShard(dependencies, shard, file),
    );
  }
  measure('results', shards.length - missing.length, { stage: 'preprocess', outcome: 'found' });
  measure('results', missing.length, { stage: 'preprocess', outcome: 'made' });
  return {
    cache: {
      hits: shards.length - missing.length,
      misses: missing.length,
      reason: reasonFor(shards.length, missing.length),
    },
    pictures: total,
    seconds: (Date.now() - began) / 1000,
  };
}

function reasonFor(all: number, missing: number): string {
  if (missing === 0) return 'the same pictures were preprocessed in the same way before';
  return missing === all ? 'these pictures are new' : 'some of these pictures are new';
}
