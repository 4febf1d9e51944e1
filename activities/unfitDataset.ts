/** Data sets that cannot be trained on, refused with what was found. */
import type { Quarantined } from '../contracts/dataset.js';
import { GraftworkError } from '../contracts/errors.js';
import type { DatasetSpec } from '../contracts/runSpec.js';

/** Files named in a message. */
const named = 5;

/** @throws GraftworkError GW_DATASET_EMPTY, GW_DATASET_TOO_MANY_BAD, GW_DATASET_INVALID */
export function refuseUnfit(
  { uri, quarantine }: DatasetSpec,
  usable: number,
  quarantined: readonly Quarantined[],
  classes: readonly string[],
): void {
  if (usable === 0) {
    throw new GraftworkError('GW_DATASET_EMPTY', `There is no usable image at ${uri}${examples(quarantined)}.`, {
      remedy: 'Put JPEG, PNG, GIF, WebP, TIFF or AVIF files into one folder per class.',
    });
  }
  // What was forgotten is put aside on purpose.
  const bad = quarantined.filter(({ reason }) => reason !== 'forgotten');
  const share = bad.length / (usable + bad.length);
  if (share > quarantine.maxShare) {
    throw new GraftworkError(
      'GW_DATASET_TOO_MANY_BAD',
      `${bad.length} of ${usable + bad.length} files at ${uri} cannot be used (at most ${percent(quarantine.maxShare)} may be)${examples(bad)}.`,
      { remedy: 'Mend or delete them, or raise dataset.quarantine.maxShare.' },
    );
  }
  if (classes.length < 2) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `The images at ${uri} are all of one class (“${classes[0] ?? ''}”); a classifier needs at least two.`,
      { remedy: 'Give the folder that holds the class folders.' },
    );
  }
}

function examples(quarantined: readonly Quarantined[]): string {
  if (quarantined.length === 0) return '';
  const list = quarantined.slice(0, named).map(({ path, reason, detail }) => `${path} (${reason}: ${detail})`);
  return `: ${list.join('; ')}${quarantined.length > named ? `; and ${quarantined.length - named} more` : ''}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
