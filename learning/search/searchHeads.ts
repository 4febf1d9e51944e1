/** Successive halving over a head's settings; the recipe's own stay unless validation clearly favours others. */
import type { HeadSearch, HeadSettings, HeadTrial } from '../../contracts/choices.js';
import type { HeadSpec } from '../../contracts/runSpec.js';
import { compare } from '../training/pairedComparison.js';
import { headCandidates, withSettings } from './headCandidates.js';
import type { HeadOutcome } from './headOutcome.js';
import { rounds, successiveHalving } from './successiveHalving.js';

/** Fewer epochs say nothing. */
const leastEpochs = 4;
/** Standard errors by which the loss has to be less: the best of a dozen on a few dozen pictures is lucky, too. */
const clearly = 1;

export interface HeadSearchOptions {
  head: HeadSpec;
  /** Trains a head; undefined for one that diverged. */
  train: (head: HeadSpec) => Promise<HeadOutcome | undefined>;
  /** Whether another trial may begin. */
  mayGoOn: () => boolean;
}

export type HeadsFound = Pick<HeadSearch, 'chosen' | 'changed' | 'reason' | 'trials'>;

/** @returns undefined when there is nothing to search: the rate is to be found by a range test */
export async function searchHeads({ head, train, mayGoOn }: HeadSearchOptions): Promise<HeadsFound | undefined> {
  const candidates = headCandidates(head);
  const [own] = candidates;
  if (own === undefined) return undefined;
  const trials: HeadTrial[] = [];
  const outcomes = new Map<string, HeadOutcome>();
  const keyOf = (settings: HeadSettings, epochs: number): string => JSON.stringify([settings, epochs]);
  const best = await successiveHalving(
    candidates,
    rounds(candidates.length, head.epochs, leastEpochs),
    async (settings, epochs) => {
      if (!mayGoOn()) return undefined;
      const warmupEpochs = (head.warmupEpochs * epochs) / head.epochs;
      const outcome = await train(withSettings({ ...head, epochs, warmupEpochs }, settings));
      if (outcome === undefined) return { loss: Infinity };
      outcomes.set(keyOf(settings, epochs), outcome);
      const loss = mean(outcome.losses);
      trials.push({ settings, epochs, top1: mean(outcome.correct.map(Number)), loss });
      return { loss };
    },
  );
  const stay = (reason: string): HeadsFound => ({ chosen: own, changed: false, reason, trials });
  if (best === undefined) return stay('as the recipe has it: there was no time to try others');
  const { candidate, epochs } = best;
  const before = outcomes.get(keyOf(own, epochs));
  const after = outcomes.get(keyOf(candidate, epochs));
  if (candidate === own || before === undefined || after === undefined) {
    return stay(`as the recipe has it: the least validation loss of ${candidates.length} heads`);
  }
  if (before.correct.every(Boolean)) {
    // Their losses tell only how far apart the classes are, which at the best temperature is no loss at all.
    return stay('as the recipe has it: it recognises every validation picture, so there is nothing to gain');
  }
  const { loss, top1 } = compare(before, after);
  const told = `${settingsText(candidate)}: validation loss ${mean(after.losses).toFixed(3)} instead of ${mean(before.losses).toFixed(3)}`;
  if (loss.score <= -clearly && top1.mean >= 0) {
    return { chosen: candidate, changed: true, reason: `${told}, the least of ${candidates.length} heads`, trials };
  }
  const doubt = top1.mean < 0 ? 'but it recognises fewer pictures' : 'which is within its standard error';
  return stay(`as the recipe has it: the best of ${candidates.length} others is no clear gain (${told}, ${doubt})`);
}

export function settingsText({ learningRate, weightDecay, labelSmoothing }: HeadSettings): string {
  return `rate ${learningRate}, weight decay ${weightDecay}, label smoothing ${labelSmoothing}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
