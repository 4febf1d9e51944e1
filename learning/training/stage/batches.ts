/**
 * How an epoch's images are cut into batches: each is full and the last one takes the rest, as everywhere, unless that rest were
 * less than half a batch. A few pictures would then move the parameters as far as a whole batch does, in the direction of their
 * noise (with 34 pictures, every other step by two of them), so all batches are made about equally large instead.
 */
function hasEvenBatches(count: number, batchSize: number): boolean {
  const rest = count % batchSize;
  return count > batchSize && rest > 0 && rest < batchSize / 2;
}

/** Position in the epoch's order at which a step's batch begins; `count` for steps behind the last one. */
export function batchStart(step: number, count: number, batchSize: number): number {
  const steps = Math.ceil(count / batchSize);
  const start = hasEvenBatches(count, batchSize) ? Math.floor((step * count) / steps) : step * batchSize;
  return Math.min(count, start);
}

/** How often a pass of so many images comes in an epoch, where larger batches go through in parts of `atOnce`. */
export function passesPerEpoch(count: number, batchSize: number, atOnce: number): ReadonlyMap<number, number> {
  const passes = new Map<number, number>();
  const add = (images: number, times: number): void => {
    if (images > 0 && times > 0) passes.set(images, (passes.get(images) ?? 0) + times);
  };
  for (let step = 0; step < Math.ceil(count / batchSize); step++) {
    const size = batchStart(step + 1, count, batchSize) - batchStart(step, count, batchSize);
    add(atOnce, Math.floor(size / atOnce));
    add(size % atOnce, 1);
  }
  return passes;
}
