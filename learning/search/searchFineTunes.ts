/** The search for a fine-tuning step's rate: short fine-tunes from the same trained head. */
import type { FineTuneSettings } from '../../contracts/run/choices.js';
import type { FineTuneTraining } from '../../contracts/spec/stageSpec.js';
import type { Outcomes } from '../training/judging/pairedComparison.js';
import { shortened } from './shortened.js';
import { searchSettings, type Found } from './searchSettings.js';

/** Rates as multiples of the recipe's, which a decade around it spans. */
const rateFactors = [1, 1 / 3, 3];
/** Shares of the step's epochs in the two rounds, and the least of them that says anything. */
const shares = [0.25, 0.5];
const leastEpochs = 2;

export interface FineTuneSearchOptions {
  training: FineTuneTraining;
  /** Fine-tunes; undefined where that diverged. */
  train: (training: FineTuneTraining) => Promise<Outcomes | undefined>;
  /** Whether another trial may begin. */
  mayGoOn: () => boolean;
}

/** Rates that are worth trying, the step's own first; none where a range test is to find it. */
export function fineTuneCandidates({ learningRate }: FineTuneTraining): FineTuneSettings[] {
  if (learningRate === 'auto') return [];
  return rateFactors.map((factor) => ({ learningRate: Number((learningRate * factor).toPrecision(2)) }));
}

/** Epochs of each round, in rising order: never as many as the step itself, which would leave nothing to be saved. */
export function fineTuneRounds(epochs: number): number[] {
  const counts = shares.map((share) => Math.max(leastEpochs, Math.round(epochs * share)));
  return [...new Set(counts)].filter((count) => count < epochs);
}

/** Whether there is anything to try: not where a range test is to find the rate, nor where the step is short itself. */
export function hasFineTunes(training: FineTuneTraining): boolean {
  return fineTuneCandidates(training).length > 0 && fineTuneRounds(training.epochs).length > 0;
}

/** @returns undefined when there is nothing to search */
export async function searchFineTunes({
  training,
  train,
  mayGoOn,
}: FineTuneSearchOptions): Promise<Found<FineTuneSettings> | undefined> {
  if (!hasFineTunes(training)) return undefined;
  return searchSettings({
    candidates: fineTuneCandidates(training),
    epochsOfRounds: fineTuneRounds(training.epochs),
    train: (settings, epochs) => train({ ...shortened(training, epochs), ...settings }),
    mayGoOn,
    noun: 'rates',
    text: ({ learningRate }) => `rate ${learningRate}`,
  });
}
