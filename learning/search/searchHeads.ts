/** The search for a head's settings. */
import type { HeadSettings, MissingTrials, WantedTrial } from '../../contracts/run/choices.js';
import type { HeadSpec } from '../../contracts/spec/stages/stageSpec.js';
import { headCandidates, withSettings } from './headCandidates.js';
import { searchSettings, type Attempt, type Found, type SettingsSearch } from './searchSettings.js';
import { shortened } from './shortened.js';
import { rounds } from './successiveHalving.js';

/** Fewer epochs say nothing. */
const leastEpochs = 4;

export interface HeadSearchOptions extends Pick<SettingsSearch<HeadSettings>, 'severalLabels'> {
  head: HeadSpec;
  train: (head: HeadSpec) => Promise<Attempt>;
}

/** @returns undefined when there is nothing to search (the rate is to be found by a range test); trials that are missing */
export async function searchHeads({
  head,
  train,
  ...task
}: HeadSearchOptions): Promise<Found<HeadSettings> | MissingTrials<HeadSettings> | undefined> {
  const candidates = headCandidates(head);
  return searchSettings({
    ...task,
    candidates,
    epochsOfRounds: rounds(candidates.length, head.epochs, leastEpochs),
    train: (settings, epochs) => train(headOfTrial(head, { settings, epochs })),
    noun: 'heads',
    text: settingsText,
  });
}

/** A head as a trial trains it. */
export function headOfTrial(head: HeadSpec, { settings, epochs }: WantedTrial<HeadSettings>): HeadSpec {
  return withSettings(shortened(head, epochs), settings);
}

function settingsText({ learningRate, weightDecay, labelSmoothing }: HeadSettings): string {
  return `rate ${learningRate}, weight decay ${weightDecay}, label smoothing ${labelSmoothing}`;
}
