/** Data sets that cannot be trained on, refused with what was found. */
import type { Quarantined } from '../../contracts/data/dataset.js';
import { GraftworkError } from '../../contracts/errors.js';
import type { DatasetSpec } from '../../contracts/spec/sources/datasetSpec.js';
import { quoted } from '../../learning/dataset/folders/className.js';
import { onePictureEach } from '../../learning/dataset/folders/requireClasses.js';
import type { Sequence } from '../../learning/dataset/columns/sequence.js';
import type { Splittable } from '../../learning/dataset/splits/splits.js';
import { takenFormats } from '../../learning/images/formats/imageFormat.js';
import type { FileLabels } from './labelledFiles.js';

/** Files named in a message. */
const named = 5;

/**
 * @param usable number of usable images
 * @param labels of these images, of a single-label or a multi-label source
 * @throws GraftworkError GW_DATASET_EMPTY, GW_DATASET_TOO_MANY_BAD, GW_DATASET_INVALID
 */
export function refuseUnfit(
  { uri, quarantine }: DatasetSpec,
  usable: number,
  quarantined: readonly Quarantined[],
  { classes, unusable, labelSets }: Pick<FileLabels, 'classes' | 'unusable' | 'labelSets'>,
): void {
  if (usable === 0) {
    throw new GraftworkError('GW_DATASET_EMPTY', `There is no usable image at ${uri}${examples(quarantined)}.`, {
      remedy: `Put ${takenFormats} files into one folder per class.`,
    });
  }
  // What was forgotten or dropped is put aside on purpose.
  const bad = quarantined.filter(({ reason }) => reason !== 'forgotten' && reason !== 'dropped');
  const share = bad.length / (usable + bad.length);
  if (share > quarantine.maxShare) {
    throw new GraftworkError(
      'GW_DATASET_TOO_MANY_BAD',
      `${bad.length} of ${usable + bad.length} files at ${uri} cannot be used (at most ${percent(quarantine.maxShare)} may be)${examples(bad)}.`,
      { remedy: 'Repair or delete them, or raise dataset.quarantine.maxShare.' },
    );
  }
  if (classes.length >= 2) return;
  const lost =
    unusable.length === 0
      ? ''
      : ` None of ${unusable.slice(0, named).map(quoted).join(', ')} can be used${examples(bad)}.`;
  const [only] = classes;
  if (labelSets === undefined) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      `All usable images at ${uri} are of one class (“${only ?? ''}”). A classifier needs at least two.${lost}`,
      { remedy: `Add pictures of another class, as ${takenFormats} files.` },
    );
  }
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    only === undefined
      ? `No usable image at ${uri} has a label.${lost}`
      : `The usable images at ${uri} have only one label (“${only}”). A task of several labels needs at least two.${lost}`,
    {
      remedy:
        only === undefined
          ? 'Write the labels of each picture into the list, or check which column or field holds them.'
          : `Add pictures with another label. Or give the pictures with and without “${only}” two classes, in a column label.`,
    },
  );
}

/** @throws GraftworkError GW_DATASET_INVALID when there is one picture only, again and again */
export function refuseCopies({ uri }: DatasetSpec, images: Sequence<Pick<Splittable, 'sha256'>>): void {
  const first = images.at(0)?.sha256;
  for (let index = 1; index < images.length; index += 1) if (images.at(index)?.sha256 !== first) return;
  if (images.length < 2) return;
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `All ${images.length} images at ${uri} are copies of one picture, so a classifier cannot learn to separate the classes.`,
    { remedy: 'Check how the folder was filled. Each class needs pictures of its own.' },
  );
}

/** Why no image is left to test with. */
export function withoutTest(
  { uri, splits }: DatasetSpec,
  images: Iterable<Pick<Splittable, 'sha256' | 'className' | 'tags' | 'group'>>,
): GraftworkError {
  if (splits.test === 0) {
    return new GraftworkError('GW_DATASET_INVALID', `${uri} has no test split, and dataset.splits.test is 0.`, {
      remedy: 'Raise dataset.splits.test, or put pictures into a folder named test.',
    });
  }
  const contents = new Map<string, Set<string>>();
  let hasGroups = false;
  for (const { className, tags = [className], sha256, group } of images) {
    hasGroups ||= group !== undefined;
    // A picture of several labels may have none.
    for (const name of tags) if (name !== '') contents.set(name, (contents.get(name) ?? new Set()).add(sha256));
  }
  if ([...contents.values()].every(({ size }) => size === 1)) return onePictureEach(contents.size, uri);
  if (hasGroups) {
    return new GraftworkError(
      'GW_DATASET_INVALID',
      `The groups at ${uri} are too large: no image is left for the test.`,
      { remedy: 'A class is tested when it has pictures of two groups or more. Use smaller groups, or add pictures.' },
    );
  }
  return new GraftworkError(
    'GW_DATASET_INVALID',
    `The classes at ${uri} are too small: no image is left for the test.`,
    {
      remedy: 'Add images, or raise dataset.splits.test.',
    },
  );
}

function examples(quarantined: readonly Quarantined[]): string {
  if (quarantined.length === 0) return '';
  const list = quarantined.slice(0, named).map(({ path, reason, detail }) => `${path} (${reason}: ${detail})`);
  return `: ${list.join('; ')}${quarantined.length > named ? `; and ${quarantined.length - named} more` : ''}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
