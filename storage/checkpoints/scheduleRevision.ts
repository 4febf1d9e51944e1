/** Which trainings have other rates than they once had, so that their results have keys of their own. */
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';

/**
 * Trainings whose warm-up may take more than half of their steps, and one cycles that may be a single step, were given other rates after
 * 0.1.0. Their number of steps is not known here, so some are among them whose rates stayed.
 *
 * @returns undefined for all others, whose keys are what they were
 */
export function scheduleRevision({
  epochs,
  warmupEpochs,
  schedule,
}: Pick<HeadSpec, 'epochs' | 'warmupEpochs' | 'schedule'>): 2 | undefined {
  const mayDiffer = schedule.kind === 'one-cycle' ? epochs === 1 : warmupEpochs > (epochs - 1) / 2;
  return mayDiffer ? 2 : undefined;
}
