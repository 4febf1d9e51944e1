/** Successive halving over settings; the recipe's own stay unless validation clearly favours others. */
import type { MissingTrials, Search, Trial } from '../../contracts/run/choices.js';
import { compare, type Outcomes } from '../training/judging/pairedComparison.js';
import { successiveHalving } from './successiveHalving.js';

/** Standard errors by which the loss has to be less: the best of a dozen on a few dozen pictures is lucky, too. */
const clearly = 1;

/** Validation pictures below which no difference between trainings would be believed. */
export const leastPictures = 10;

/** What a trial makes of each validation picture. */
export interface TrialOutcome extends Outcomes {
  /** The probability of each label, where a trial of several labels a picture keeps them. */
  readonly scores?: readonly (readonly number[])[] | undefined;
}

/**
 * A training with some settings; undefined: it diverged. `late`: there was no time for it. `missing`: somebody else has to make it,
 * and the search then names it.
 */
export type Attempt = TrialOutcome | undefined | 'late' | 'missing';

export interface SettingsSearch<Settings> {
  /** The recipe's own first; all different. */
  candidates: readonly Settings[];
  /** Epochs of each round. */
  epochsOfRounds: readonly number[];
  train: (settings: Settings, epochs: number) => Promise<Attempt>;
  /** What candidates are called in a reason: `heads`. */
  noun: string;
  text: (settings: Settings) => string;
  /** Whether a picture has any number of labels: then a right likeliest label is not all there is to gain. @default false */
  severalLabels?: boolean;
}

export type Found<Settings> = Pick<Search<Settings>, 'chosen' | 'changed' | 'reason' | 'trials'>;

/** @returns undefined when there are no candidates; the missing trials of a round where there are some */
export async function searchSettings<Settings>({
  candidates,
  epochsOfRounds,
  train,
  noun,
  text,
  severalLabels = false,
}: SettingsSearch<Settings>): Promise<Found<Settings> | MissingTrials<Settings> | undefined> {
  const [own] = candidates;
  if (own === undefined) return undefined;
  const trials: Trial<Settings>[] = [];
  const missing: MissingTrials<Settings>['missing'] = [];
  const outcomes = new Map<string, Outcomes>();
  const keyOf = (settings: Settings, epochs: number): string => JSON.stringify([settings, epochs]);
  const best = await successiveHalving(candidates, epochsOfRounds, async (settings, epochs) => {
    const outcome = await train(settings, epochs);
    if (outcome === 'missing') missing.push({ settings, epochs });
    if (outcome === 'missing' || outcome === 'late') return undefined;
    if (outcome === undefined) return { loss: Infinity };
    outcomes.set(keyOf(settings, epochs), outcome);
    const loss = mean(outcome.losses);
    trials.push({ settings, epochs, top1: mean(outcome.correct.map(Number)), loss });
    return { loss };
  });
  if (missing.length > 0) return { missing };
  const stay = (reason: string): Found<Settings> => ({ chosen: own, changed: false, reason, trials });
  if (best === undefined) return stay("the recipe's own: no time to try others");
  const { candidate, epochs } = best;
  const before = outcomes.get(keyOf(own, epochs));
  const after = outcomes.get(keyOf(candidate, epochs));
  if (after === undefined) return stay(`the recipe's own: training diverged with each of ${candidates.length} ${noun}`);
  if (candidate === own) return stay(`the recipe's own: the lowest validation loss of ${candidates.length} ${noun}`);
  const found = `${text(candidate)}: validation loss ${mean(after.losses).toFixed(3)}`;
  if (before === undefined) {
    const reason = `${found}, the lowest of ${candidates.length} ${noun}; with the recipe's own, training diverged`;
    return { chosen: candidate, changed: true, reason, trials };
  }
  if (!severalLabels && before.correct.every(Boolean)) {
    // Their losses show only how far apart the classes are, which at the best temperature is no loss at all.
    return stay("the recipe's own: it recognises every validation picture, so there is nothing to gain");
  }
  const { loss, top1 } = compare(before, after);
  const told = `${found} instead of ${mean(before.losses).toFixed(3)}`;
  if (loss.score <= -clearly && top1.mean >= 0) {
    return { chosen: candidate, changed: true, reason: `${told}, the lowest of ${candidates.length} ${noun}`, trials };
  }
  const fewer = severalLabels
    ? 'but the likeliest label of fewer pictures is right'
    : 'but it recognises fewer pictures';
  const doubt = top1.mean < 0 ? fewer : 'which is within its standard error';
  return stay(`the recipe's own: the best of ${candidates.length} others is no clear gain (${told}, ${doubt})`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
