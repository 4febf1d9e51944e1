/** Where training takes its features from: memory, local disk, or the frozen stages themselves. Pure. */
import type { CacheDecision, FeatureKind, PlanCache } from '../../contracts/spec/activationCache.js';
import type { Plan } from '../../contracts/spec/plan.js';
import type { CacheDtype } from '../../contracts/spec/runSpec.js';

const mebibyte = 1024 ** 2;

/**
 * Bytes a stage may hold in memory. Beyond it the operating system's page cache does as well, and gives its memory back
 * when something else needs it.
 */
export const memoryBudget = 256 * mebibyte;

const valueBytes: Record<CacheDtype, number> = { float32: 4, float16: 2 };

export interface FeatureSizes {
  /** Views of all training and validation images together. */
  readonly rows: number;
  /** Values of the pooled features of one view. */
  readonly pooled: number;
  /** Values at the cut; null when nothing is fine-tuned. */
  readonly cut: number | null;
  /** Of what is stored at the cut. */
  readonly dtype: CacheDtype;
  /** Bytes that may be stored on local disk. */
  readonly budget: number;
}

export function chooseCache({ rows, pooled, cut, dtype, budget }: FeatureSizes): PlanCache {
  const pooledBytes = rows * pooled * valueBytes.float32;
  return {
    pooled: inMemory(pooledBytes, 'float32', pooledBytes, budget) ?? onDisk(pooledBytes, 'float32', budget),
    cut: cut === null ? null : chooseForCut(rows * cut, pooledBytes, dtype, budget),
  };
}

/** Pooled features are stored in any case, so they count. */
function chooseForCut(values: number, pooledBytes: number, dtype: CacheDtype, budget: number): CacheDecision {
  const bytes = values * valueBytes[dtype];
  // In memory they are float32.
  const held = inMemory(bytes, dtype, values * valueBytes.float32, budget);
  if (held !== undefined) return held;
  if (bytes + pooledBytes <= budget) return onDisk(bytes, dtype, budget);
  const half = values * valueBytes.float16;
  const advice = dtype === 'float32' && half + pooledBytes <= budget ? `; float16 would fit` : '';
  return {
    tier: 'recompute',
    dtype: 'float32',
    bytes,
    budget,
    reason: `${size(bytes)} of activations as ${dtype} exceed the ${size(budget)} for local disk, so the frozen stages run for every batch${advice}`,
  };
}

/** @param held bytes in memory */
function inMemory(bytes: number, dtype: CacheDtype, held: number, diskBudget: number): CacheDecision | undefined {
  const budget = Math.min(memoryBudget, diskBudget);
  if (held > budget) return undefined;
  return {
    tier: 'memory',
    dtype,
    bytes,
    budget,
    reason: `${size(held)} fit the ${size(budget)} that a stage may hold in memory`,
  };
}

function onDisk(bytes: number, dtype: CacheDtype, budget: number): CacheDecision {
  const room =
    bytes <= budget
      ? `but fit the ${size(budget)} for local disk`
      : `and exceed the ${size(budget)} for local disk, where they are kept all the same`;
  return {
    tier: 'disk',
    dtype,
    bytes,
    budget,
    reason: `${size(bytes)} exceed what a stage may hold in memory, ${room}`,
  };
}

/** `1.5 GiB` */
function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** power;
  return `${scaled.toFixed(scaled < 10 && !Number.isInteger(scaled) ? 1 : 0)} ${units[power]}`;
}

/** Where a stage of the plan takes its features from. Older plans do not say. */
export function tierOf(plan: Pick<Plan, 'cache'>, kind: FeatureKind): CacheDecision['tier'] {
  return plan.cache?.[kind]?.tier ?? 'memory';
}

/** What feature shards hold beside the pooled features: the plan's cut, unless its activations are recomputed. */
export function storedCut(plan: Pick<Plan, 'cache' | 'cut'>): string | null {
  return tierOf(plan, 'cut') === 'recompute' ? null : plan.cut;
}

/** Views of all images that a plan's feature shards hold, computed already or not. */
export function viewsOf({ features }: Pick<Plan, 'features'>): number {
  return features.reduce((sum, { count, views }) => sum + count * views, 0);
}
