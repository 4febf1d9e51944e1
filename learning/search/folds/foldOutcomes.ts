/** Cross-validation of a fine-tuning step: what it makes of pictures that it was not trained on, fold by fold. */
import { setImmediate } from 'node:timers/promises';
import type { HeadSpec } from '../../../contracts/spec/stages/stageSpec.js';
import type { LabelledFeatures } from '../../training/index.js';
import { trainPlainHead } from '../../training/heads/plainHead.js';
import { outcomes } from '../../training/judging/outcomes.js';
import type { Outcomes, PairedOutcomes } from '../../training/judging/pairedComparison.js';
import { withInitialAdapters } from '../../training/stage/stageAdapters.js';
import { StageModel } from '../../training/stage/stageModel.js';
import { fineTuneOutcome, type FineTuneTrial } from '../fineTuneOutcome.js';
import { foldsOf } from '../../metrics/folds.js';
import { somePictures } from '../somePictures.js';
import { withHead } from '../withHead.js';

export interface FoldedTrial extends Omit<FineTuneTrial, 'validation'> {
  /** ≥ 2 */
  folds: number;
  /** For each picture, the first one of what is held out with it. @default each is alone */
  together?: ArrayLike<number>;
  head: HeadSpec;
  /** Pooled features of the pictures of `train`. */
  pooled: LabelledFeatures;
}

/**
 * For each fold a head is trained on the other folds, and fine-tuned from there; see {@link foldsOf}.
 *
 * @returns what the heads and the fine-tuned networks make of each picture of `train`, fold by fold; undefined where one diverged, or
 * where all pictures belong together
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function foldOutcomes(trial: FoldedTrial): Promise<PairedOutcomes | undefined> {
  const { together } = trial;
  if (together !== undefined && Array.from(together).every((first) => first === together[0])) return undefined;
  const found: PairedOutcomes[] = [];
  for (let fold = 0; fold < trial.folds; fold++) {
    const outcome = await foldOutcome(trial, fold);
    if (outcome === undefined) return undefined;
    found.push(outcome);
  }
  const joined = (side: keyof PairedOutcomes): Outcomes => ({
    correct: found.flatMap((outcome) => outcome[side].correct),
    losses: found.flatMap((outcome) => outcome[side].losses),
  });
  return { before: joined('before'), after: joined('after') };
}

async function foldOutcome(
  { folds, together, head: spec, pooled, ...trial }: FoldedTrial,
  fold: number,
): Promise<PairedOutcomes | undefined> {
  const { stage, backbone, classes, seed, mixing, signal, featuresAfter, train } = trial;
  const foldOf = foldsOf(train.labels, folds, together, train.sets);
  const isHeldOut = (index: number): boolean => foldOf[index] === fold;
  const isTrained = (index: number): boolean => !isHeldOut(index);
  const head = await trainPlainHead({
    ...{ backbone, classes, seed, signal, head: spec, train: somePictures(pooled, isTrained) },
    ...(mixing === undefined ? {} : { mixing }),
  });
  if (head === undefined) return undefined;
  const headed = withHead(trial.parameters, backbone, head);
  const { parameters } = withInitialAdapters({ stage, backbone, parameters: headed, seed });
  const validation = somePictures(train, isHeldOut);
  using model = new StageModel(stage, backbone, classes, parameters, featuresAfter);
  const atOnce = trial.atOnce ?? stage.training.batchSize;
  const before = await outcomes(validation, model, parameters, atOnce, async () => {
    await setImmediate();
    signal.throwIfAborted();
  });
  const after = await fineTuneOutcome({ ...trial, parameters, train: somePictures(train, isTrained), validation });
  return after && { before, after };
}
