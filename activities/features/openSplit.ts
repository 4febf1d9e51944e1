import type { FeatureSource } from '../../learning/features/index.js';
import type { Cleanup } from '../shared/cleanup.js';

/** Opens a split's features; null when it has no images. */
export type OpenSplit = (split: 'train' | 'validation') => Promise<FeatureSource | null>;

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
