/** The cached features and the labels a stage trains on, brought into memory. */
import type { Plan } from '../contracts/plan.js';
import type { Progress } from '../contracts/training.js';
import { FeaturesInMemory, type FeatureBlock } from '../learning/features/index.js';
import type { LabelledFeatures } from '../learning/training/index.js';
import type { ActivityDependencies } from './dependencies.js';
import { FeatureShards } from './featureShards.js';
import { readSplits } from './splitImages.js';

export interface LoadOptions {
  stage: string;
  progress: (progress: Progress) => void;
  signal: AbortSignal;
  /** How often the number of images in one pass has been halved, where features have to be made again. */
  halvings: number;
}

export interface StageFeatures {
  train: LabelledFeatures;
  validation: LabelledFeatures | null;
}

/** @param kind `pooled` for a head, `cut` for fine-tuning */
export async function loadFeatures(
  dependencies: ActivityDependencies,
  plan: Plan,
  kind: 'pooled' | 'cut',
  { stage, progress, signal, halvings }: LoadOptions,
): Promise<StageFeatures> {
  const splits = await readSplits(dependencies, plan, signal);
  using stored = new FeatureShards(dependencies, plan, signal, halvings);
  let loaded = 0;
  const load = async (split: 'train' | 'validation'): Promise<LabelledFeatures | null> => {
    const shards = plan.features.filter((shard) => shard.split === split);
    const blocks: FeatureBlock[] = [];
    let shape: readonly number[] = [];
    for (const shard of shards) {
      signal.throwIfAborted();
      const array = (await stored.read(shard))[kind];
      if (array === null) throw new RangeError(`the shard ${shard.key} holds no ${kind} features`);
      shape = array.shape;
      blocks.push({ start: shard.start, count: shard.count, data: array.data });
      progress({ stage, done: ++loaded, total: plan.features.length, unit: 'shards' });
    }
    if (blocks.length === 0) return null;
    const views = shards[0]?.views ?? 1;
    return {
      features: new FeaturesInMemory(shape, views, blocks),
      labels: splits[split].map((image) => image.label),
    };
  };
  const train = await load('train');
  if (train === null) throw new RangeError('the plan has no training features');
  return { train, validation: await load('validation') };
}
