import type { ScheduleSpec } from '../../contracts/spec/scheduleSpec.js';
import { oneCycle } from './oneCycle.js';
import { plateauReductions } from './plateau.js';

export interface ScheduleLength {
  /** Highest rate. */
  peak: number;
  /** Steps of linear warm-up that are asked for; may be 0 or a fraction. */
  warmupSteps: number;
  /** Steps of the whole stage, warm-up included. */
  totalSteps: number;
  stepsPerEpoch: number;
}

/**
 * The learning rate of one optimizer step.
 *
 * Warm-up rises linearly so that step 0 already moves (1/warmupSteps of the peak, as in Goyal et al. 2017) and reaches the
 * peak on its last step. It takes at most half of the steps before the last: a stage of one epoch with one of warm-up would otherwise
 * end at its peak, and a shorter one never reach it. `cosine` (Loshchilov & Hutter 2017) then falls to `finalShare`·peak at `totalSteps`; `step`
 * multiplies by `factor` every `everyEpochs` epochs counted from the beginning of the stage, as torch's StepLR; `plateau`
 * multiplies by `factor` when the losses stop falling, as torch's ReduceLROnPlateau. `one-cycle` has its own rise instead of
 * the warm-up.
 * @param step counted from 0
 * @param losses of the epochs before the step's: what `plateau` goes by. The others need none
 */
export function learningRate(
  schedule: ScheduleSpec,
  length: ScheduleLength,
  step: number,
  losses: readonly number[],
): number {
  const { peak, totalSteps, stepsPerEpoch } = length;
  const warmupSteps = Math.min(length.warmupSteps, mostWarmup(totalSteps));
  if (schedule.kind === 'one-cycle') return peak * oneCycle(schedule, totalSteps, step);
  if (step < warmupSteps) return peak * Math.min(1, (step + 1) / warmupSteps);
  switch (schedule.kind) {
    case 'constant':
      return peak;
    case 'cosine': {
      const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
      const share = 0.5 * (1 + Math.cos(Math.PI * progress));
      return peak * (schedule.finalShare + (1 - schedule.finalShare) * share);
    }
    case 'step':
      return peak * schedule.factor ** Math.floor(step / stepsPerEpoch / schedule.everyEpochs);
    case 'plateau':
      return peak * Math.max(schedule.finalShare, schedule.factor ** plateauReductions(losses, schedule));
  }
}

/** Steps that a warm-up may take; may be a fraction. */
function mostWarmup(totalSteps: number): number {
  return Math.max(0, (totalSteps - 1) / 2);
}
