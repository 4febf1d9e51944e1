/** How long a fine-tune step is. Pure. */
import type { FineTuneSpec, FineTuneTraining } from '../../contracts/spec/stages/stageSpec.js';
import { stepsPerEpoch, type Batching } from './batches.js';

/** Steps that `auto` aims at, and the epochs it takes at least and at most. */
const aimedSteps = 250;
const [leastEpochs, mostEpochs] = [8, 32];
const leastTrial = 4;

type Length = Pick<FineTuneSpec, 'epochs'> & Batching;

/**
 * The epochs of a fine-tune step: with `auto` as many as 250 steps take, at least 8 and at most 32. Steps, not epochs, move
 * parameters: 8 epochs of 100 pictures are too few to change anything, and 8 of 1,000 are enough.
 * @param images training images, ≥ 1
 */
export function epochCount({ epochs, ...batching }: Length, images: number): number {
  if (epochs !== 'auto') return epochs;
  const wanted = Math.ceil(aimedSteps / stepsPerEpoch(images, batching));
  return Math.min(mostEpochs, Math.max(leastEpochs, wanted));
}

/**
 * The epochs of a step with `auto` that is tried, before it trains once more on all pictures: a third of them, at least 4. Whether
 * fine-tuning helps shows long before it is done.
 * @param images training images, ≥ 1
 */
export function trialEpochs(step: Length, images: number): number {
  return Math.max(leastTrial, Math.ceil(epochCount(step, images) / 3));
}

/** A step with its epochs counted. */
export function withEpochs(step: FineTuneSpec, images: number): FineTuneTraining {
  return { ...step, epochs: epochCount(step, images) };
}

/** The epochs of all steps together. */
export function totalEpochs(steps: readonly FineTuneSpec[], images: number): number {
  return steps.reduce((sum, step) => sum + epochCount(step, images), 0);
}
