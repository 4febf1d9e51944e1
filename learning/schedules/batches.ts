/** How an epoch's images are cut into batches. Pure. */
import type { FineTuneSpec } from '../../contracts/spec/stages/stageSpec.js';

export type Batching = Pick<FineTuneSpec, 'batchSize' | 'dropLast'>;

/** Full batches that an epoch has at least where it leaves out the rest: it is never more than an eighth of the images. */
const enoughBatches = 8;

/** @param count images of an epoch, ≥ 1 */
export function stepsPerEpoch(count: number, batching: Batching): number {
  const { batchSize } = batching;
  return leavesOutRest(count, batching) ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

/** Position in the epoch's order at which a step's batch begins; the end of the last batch for steps behind it. */
export function batchStart(step: number, count: number, batching: Batching): number {
  const steps = stepsPerEpoch(count, batching);
  const used = leavesOutRest(count, batching) ? steps * batching.batchSize : count;
  const start = hasEvenBatches(count, batching) ? Math.floor((step * count) / steps) : step * batching.batchSize;
  return Math.min(used, start);
}

/** How often a pass of so many images comes in an epoch, where larger batches go through in parts of `atOnce`. */
export function passesPerEpoch(count: number, batching: Batching, atOnce: number): ReadonlyMap<number, number> {
  const passes = new Map<number, number>();
  const add = (images: number, times: number): void => {
    if (images > 0 && times > 0) passes.set(images, (passes.get(images) ?? 0) + times);
  };
  for (let step = 0; step < stepsPerEpoch(count, batching); step++) {
    const size = batchStart(step + 1, count, batching) - batchStart(step, count, batching);
    add(atOnce, Math.floor(size / atOnce));
    add(size % atOnce, 1);
  }
  return passes;
}

function leavesOutRest(count: number, { batchSize, dropLast = false }: Batching): boolean {
  return dropLast && count >= enoughBatches * batchSize;
}

/**
 * Each batch is full and the last one takes the rest, as everywhere, unless that rest were less than half a batch. A few pictures
 * would then move the parameters as far as a whole batch does, in the direction of their noise (with 34 pictures, every other step
 * by two of them), so all batches are made about equally large instead.
 */
function hasEvenBatches(count: number, batching: Batching): boolean {
  const { batchSize } = batching;
  const rest = count % batchSize;
  return !leavesOutRest(count, batching) && count > batchSize && rest > 0 && rest < batchSize / 2;
}
