/** How many activities of the cpu pool a worker takes at once. */

/** What an activity may need beside whole pictures, which have a budget of their own: a shard, its file, a plan. Bytes. */
const slotBytes = 512 * 2 ** 20;
/** One ingest must not keep everybody else waiting. */
const leastSlots = 2;

/**
 * @param cores each activity keeps two busy by itself: sharp has its own threads
 * @param memory bytes that the process may use
 */
export function cpuSlots(cores: number, memory: number): number {
  return Math.max(leastSlots, Math.min(Math.ceil(cores / 2), Math.floor(memory / slotBytes)));
}
