/** Trainings made shorter for a trial. Pure. */
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';

/** The same training in fewer epochs: its warm-up shrinks with it. */
export function shortened<Training extends Pick<HeadSpec, 'epochs' | 'warmupEpochs'>>(
  training: Training,
  epochs: number,
): Training {
  return { ...training, epochs, warmupEpochs: (training.warmupEpochs * epochs) / training.epochs };
}
