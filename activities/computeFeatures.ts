/** The frozen network's activations for some shards of a plan. */
import type { ShardsInput, ShardsOutput } from '../contracts/activities.js';
import { objectKeys } from '../contracts/objectKeys.js';
import type { FeatureShard, Plan } from '../contracts/plan.js';
import { FoldedNetwork, getBackbone } from '../learning/backbones/index.js';
import { computeFeatures as compute, encodeFeatures } from '../learning/features/index.js';
import { decodePixelShard } from '../learning/images/pixelShard.js';
import { readSplits, type SplitImages } from './splitImages.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { backboneParameters } from './networkParameters.js';
import { readPlan } from './planStore.js';
import { ShardProgress } from './shardProgress.js';

/** Images in one forward pass: large enough that per-operation overhead does not count. */
const batchSize = 32;

export async function computeFeatures(
  dependencies: ActivityDependencies,
  { plan: digest, from, to }: ShardsInput,
  _caller: Caller,
  callbacks: WorkCallbacks,
): Promise<ShardsOutput> {
  const began = performance.now();
  const { store, cache } = dependencies;
  const plan = await readPlan(store, digest);
  const shards = plan.features.slice(from, to);
  const missing: FeatureShard[] = [];
  for (const shard of shards) if (!(await store.exists(objectKeys.features(shard.key)))) missing.push(shard);

  if (missing.length > 0) {
    const splits = await readSplits(store, plan.datasetVersion);
    using network = new FoldedNetwork(
      getBackbone(plan.backbone.name),
      await backboneParameters(dependencies, plan.backbone, callbacks.signal),
    );
    const total = missing.reduce((sum, shard) => sum + shard.count * shard.views, 0);
    const report = new ShardProgress('features', total, callbacks.progress);
    for (const shard of missing) {
      const pieces = await featuresOf(dependencies, plan, shard, splits, network, callbacks.signal, (done) =>
        report.at(done),
      );
      await cache.store(objectKeys.features(shard.key), Buffer.concat(pieces));
      report.finished(shard.count * shard.views);
    }
  }
  const hits = shards.length - missing.length;
  return {
    cache: { hits, misses: missing.length, reason: missing.length === 0 ? 'all found' : 'computed' },
    seconds: (performance.now() - began) / 1000,
  };
}

async function featuresOf(
  { cache }: ActivityDependencies,
  plan: Plan,
  shard: FeatureShard,
  splits: SplitImages,
  network: FoldedNetwork,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Uint8Array[]> {
  const object = objectKeys.pixels(shard.pixels);
  const { pixels } = decodePixelShard(await cache.fetch(object), object);
  const images = splits[shard.split].slice(shard.start, shard.start + shard.count).map((image) => image.sha256);
  const features = await compute(network, pixels, {
    input: plan.input,
    views: shard.views,
    augmentation: plan.augmentation,
    seed: plan.spec.seed,
    images,
    cut: plan.cut,
    batchSize,
    onProgress,
    signal,
  });
  return encodeFeatures(features);
}
