/** Shards over a pool: a bounded number of activities, whatever the number of shards. */
import type { ShardsOutput } from '../contracts/activities.js';
import type { CacheUse } from '../contracts/result.js';

export interface ShardRange {
  from: number;
  to: number;
}

/** Shards of one activity when there are few: small enough to spread, large enough that starting it costs nothing. */
const leastShards = 4;
/** Activities of one fan-out: keeps a run over 100,000 images (1,600 shards) far below 2,000 events. */
const mostActivities = 100;

/** `count` shards as consecutive ranges. */
export function shardRanges(count: number): ShardRange[] {
  const size = Math.max(leastShards, Math.ceil(count / mostActivities));
  const ranges: ShardRange[] = [];
  for (let from = 0; from < count; from += size) ranges.push({ from, to: Math.min(count, from + size) });
  return ranges;
}

/** One line about what was found and what was made. */
export function cacheReason(hits: number, misses: number): string {
  if (misses === 0) return 'all found from an earlier run';
  if (hits === 0) return 'computed';
  return `${hits} found from an earlier run, ${misses} computed`;
}

/** Starts all ranges at once (the task queue holds back what the pool cannot take) and adds up what they did. */
export async function fanOut(count: number, start: (range: ShardRange) => Promise<ShardsOutput>): Promise<CacheUse> {
  const outputs = await Promise.all(shardRanges(count).map(start));
  const hits = outputs.reduce((sum, output) => sum + output.cache.hits, 0);
  const misses = outputs.reduce((sum, output) => sum + output.cache.misses, 0);
  return { hits, misses, reason: cacheReason(hits, misses) };
}
