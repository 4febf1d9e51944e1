/** The search for a head's settings. */
import type { HeadSettings } from '../../contracts/run/choices.js';
import type { HeadSpec } from '../../contracts/spec/stageSpec.js';
import { headCandidates, withSettings } from './headCandidates.js';
import type { Outcomes } from '../training/judging/pairedComparison.js';
import { searchSettings, type Found } from './searchSettings.js';
import { shortened } from './shortened.js';
import { rounds } from './successiveHalving.js';

/** Fewer epochs say nothing. */
const leastEpochs = 4;

export interface HeadSearchOptions {
  head: HeadSpec;
  /** Trains a head; undefined for one that diverged. */
  train: (head: HeadSpec) => Promise<Outcomes | undefined>;
  /** Whether another trial may begin. */
  mayGoOn: () => boolean;
}

/** @returns undefined when there is nothing to search: the rate is to be found by a range test */
export async function searchHeads({
  head,
  train,
  mayGoOn,
}: HeadSearchOptions): Promise<Found<HeadSettings> | undefined> {
  const candidates = headCandidates(head);
  return searchSettings({
    candidates,
    epochsOfRounds: rounds(candidates.length, head.epochs, leastEpochs),
    train: (settings, epochs) => train(withSettings(shortened(head, epochs), settings)),
    mayGoOn,
    noun: 'heads',
    text: settingsText,
  });
}

function settingsText({ learningRate, weightDecay, labelSmoothing }: HeadSettings): string {
  return `rate ${learningRate}, weight decay ${weightDecay}, label smoothing ${labelSmoothing}`;
}
