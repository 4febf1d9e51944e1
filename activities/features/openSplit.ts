import type { Split } from '../../contracts/data/dataset.js';
import type { FeatureShard, Plan } from '../../contracts/spec/plan.js';
import type { FeatureSource } from '../../learning/features/index.js';
import type { ListedImage } from '../plan/imageList.js';
import type { SplitImages } from '../plan/splitImages.js';
import type { Cleanup } from '../shared/cleanup.js';

/** What features are for. */
export type Use = 'train' | 'validation' | 'test';

/** Opens the features for a use; null when there are no images for it. */
export type OpenSplit = (use: Use) => Promise<FeatureSource | null>;

/** A shard, and the position of its first image among those of its use. */
export interface PlacedShard {
  shard: FeatureShard;
  start: number;
}

/** The shards for a use, in order: where the stages train once more, the validation pictures train after the others. */
export function shardsFor(use: Use, { features, refit }: Pick<Plan, 'features' | 'refit'>): PlacedShard[] {
  const of = (split: Split): FeatureShard[] => features.filter((shard) => shard.split === split);
  if (refit !== true) return of(use).map((shard) => ({ shard, start: shard.start }));
  if (use === 'test') return of('test').map((shard) => ({ shard, start: shard.start }));
  if (use === 'validation') return [];
  const train = of('train');
  const images = train.reduce((sum, { count }) => sum + count, 0);
  return [
    ...train.map((shard) => ({ shard, start: shard.start })),
    ...of('validation').map((shard) => ({ shard, start: images + shard.start })),
  ];
}

/** The images for a use, in the order of `shardsFor`. */
export function imagesFor(use: Use, { refit }: Pick<Plan, 'refit'>, splits: SplitImages): ListedImage[] {
  if (refit !== true || use === 'test') return [...splits[use]];
  return use === 'train' ? [...splits.train, ...splits.validation] : [];
}

/** What every way to open them is given. */
export interface OpenOptions {
  signal: AbortSignal;
  /** How often the number of images in one pass has been halved, where features have to be made again. */
  halvings: number;
  /** Takes what has to be closed after training. */
  cleanup: Cleanup;
  /** Called for each shard. */
  opened: () => void;
}
