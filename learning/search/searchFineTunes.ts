/** The search for a fine-tuning step's rate: short fine-tunes from the same trained head. */
import type { FineTuneSettings, MissingTrials, WantedTrial } from '../../contracts/run/choices.js';
import type { FineTuneTraining } from '../../contracts/spec/stages/stageSpec.js';
import { shortened } from './shortened.js';
import { searchSettings, type Attempt, type Found, type SettingsSearch } from './searchSettings.js';

/** Rates as multiples of the recipe's, which a decade around it spans. */
const rateFactors = [1, 1 / 3, 3];
/** Shares of the step's epochs in the two rounds, and the least of them that says anything. */
const shares = [0.25, 0.5];
const leastEpochs = 2;

export interface FineTuneSearchOptions extends Pick<SettingsSearch<FineTuneSettings>, 'severalLabels'> {
  training: FineTuneTraining;
  train: (training: FineTuneTraining) => Promise<Attempt>;
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

/** A step as a trial trains it. */
export function trainingOfTrial(
  training: FineTuneTraining,
  { settings, epochs }: WantedTrial<FineTuneSettings>,
): FineTuneTraining {
  return { ...shortened(training, epochs), ...settings };
}

/** @returns undefined when there is nothing to search; trials that are missing */
export async function searchFineTunes({
  training,
  train,
  ...task
}: FineTuneSearchOptions): Promise<Found<FineTuneSettings> | MissingTrials<FineTuneSettings> | undefined> {
  if (!hasFineTunes(training)) return undefined;
  return searchSettings({
    ...task,
    candidates: fineTuneCandidates(training),
    epochsOfRounds: fineTuneRounds(training.epochs),
    train: (settings, epochs) => train(trainingOfTrial(training, { settings, epochs })),
    noun: 'rates',
    text: ({ learningRate }) => `rate ${learningRate}`,
  });
}
