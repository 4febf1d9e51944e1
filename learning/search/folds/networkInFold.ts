/** A recipe in one fold: a head and the fine-tuning steps after it, trained without some pictures, and what it makes of those. */
import type { HeadSpec } from '../../../contracts/spec/stages/stageSpec.js';
import { trainPlainHead } from '../../training/heads/plainHead.js';
import type { LabelledFeatures } from '../../training/index.js';
import { fineTuned, fineTuneOutcome, networkLogits, type FineTuneTrial } from '../fineTuneOutcome.js';
import { logitsOf } from '../headLogits.js';
import { headOutcome } from '../headOutcome.js';
import { outcomeWithScores, scoredPictures } from '../labelOutcomes.js';
import type { TrialOutcome } from '../searchSettings.js';
import { somePictures } from '../somePictures.js';
import { withHead } from '../withHead.js';

export interface NetworkInFold extends Omit<FineTuneTrial, 'stage' | 'validation' | 'train' | 'atOnce' | 'onStep'> {
  head: HeadSpec;
  /** In order. */
  steps: readonly FineTuneTrial['stage'][];
  /** Pooled features of all pictures. */
  pooled: LabelledFeatures;
  /** Activations at the cut of the same pictures; null where there are no steps. */
  cut: LabelledFeatures | null;
  isHeldOut: (index: number) => boolean;
  /** Called for each step, with its images. */
  onStep: (images: number) => void;
  /** Images in one pass, for a batch of that size. */
  atOnce: (batchSize: number) => number;
}

/**
 * @param fold its `parameters` are those of the source's backbone
 * @returns outcomes of the pictures held out, in order, of several labels a picture with their scores; undefined where the training diverged
 * @throws GW_PREEMPTED when the signal is aborted
 */
export async function networkInFold({
  head: spec,
  steps,
  pooled,
  cut,
  isHeldOut,
  atOnce,
  ...training
}: NetworkInFold): Promise<TrialOutcome | undefined> {
  const isTrained = (index: number): boolean => !isHeldOut(index);
  const { backbone, classes, seed, mixing, signal, onStep } = training;
  const plain = {
    ...{ backbone, classes, seed, signal, onStep, head: spec, train: somePictures(pooled, isTrained) },
    ...(mixing === undefined ? {} : { mixing }),
  };
  const last = steps.at(-1);
  const held = somePictures(pooled, isHeldOut);
  const hasSets = pooled.sets !== undefined;
  if ((last === undefined || cut === null) && !hasSets) return headOutcome({ ...plain, validation: held });
  const head = await trainPlainHead(plain);
  if (head === undefined) return undefined;
  if (last === undefined || cut === null) {
    const all: Float32Array[] = [];
    const every = Array.from(held.labels, (_, index) => index);
    for await (const { logits } of logitsOf({ validation: held, classes, ...head }, every)) all.push(logits);
    return outcomeOf(all, held);
  }
  const train = somePictures(cut, isTrained);
  let parameters = withHead(training.parameters, backbone, head);
  const trial = (stage: FineTuneTrial['stage']) => ({
    ...{ ...training, stage, train, parameters },
    atOnce: atOnce(stage.training.batchSize),
  });
  for (const stage of steps.slice(0, -1)) {
    const trained = await fineTuned(trial(stage));
    if (trained === undefined) return undefined;
    parameters = trained;
  }
  const whole = { ...trial(last), validation: somePictures(cut, isHeldOut) };
  if (!hasSets) return fineTuneOutcome(whole);
  const trained = await fineTuned(whole);
  return trained && outcomeOf([await networkLogits(whole, trained)], held);
}

/** Of several labels a picture. */
function outcomeOf(logits: readonly Float32Array[], { labels, sets }: LabelledFeatures): TrialOutcome | undefined {
  if (!logits.every((rows) => rows.every(Number.isFinite))) return undefined;
  const joined = Float32Array.from(logits.flatMap((rows) => Array.from(rows)));
  return outcomeWithScores(scoredPictures(joined, Array.from(labels), sets));
}
