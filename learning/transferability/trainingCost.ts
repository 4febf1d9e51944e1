import type { Cost, StageScores } from '../../contracts/models/ranking.js';

/**
 * A forward and a backward pass of a trainable stage, in forward passes of the folded network: about 7 for the depthwise
 * convolutions of EfficientNet-Lite0 on two cores, fewer where convolutions are dense.
 */
const trainingPasses = 6;
/** A head's step on cached features, per image: some tens of microseconds whatever the network. */
const headSecondsPerImage = 5e-5;

/** What is to be trained, as far as it costs time. */
export interface TrainingPlan {
  counts: { train: number; validation: number; test: number };
  /** Views of each training picture whose features are computed. */
  views: number;
  headEpochs: number;
  /** All fine-tuning steps together. */
  fineTuneEpochs: number;
}

/**
 * Seconds that training would take on the machine that measured the stages: the frozen part once for every view, the
 * trainable suffix once an epoch, the test at the end. Reading and preprocessing pictures comes on top.
 *
 * @param trainable stages that are unfrozen, at the end of the network
 */
export function trainingCost(
  stages: readonly Pick<StageScores, 'secondsPerImage'>[],
  trainable: number,
  { counts, views, headEpochs, fineTuneEpochs }: TrainingPlan,
): Cost {
  const seconds = stages.map(({ secondsPerImage }) => secondsPerImage ?? 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const forward = sum(seconds);
  const suffix = trainable === 0 ? 0 : sum(seconds.slice(-trainable));
  const head =
    forward * (counts.train * views + counts.validation + counts.test) +
    headSecondsPerImage * headEpochs * counts.train;
  const epoch = suffix * (trainingPasses * counts.train + counts.validation);
  return { head, fineTune: head + (trainable === 0 ? 0 : fineTuneEpochs * epoch) };
}
