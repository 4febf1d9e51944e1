/** Who trains, who validates, who tests. */
import { GraftworkError } from '../../../contracts/errors.js';
import type { DatasetManifest, DrawnShare, Split } from '../../../contracts/data/dataset.js';
import type { DatasetSpec } from '../../../contracts/spec/sources/datasetSpec.js';
import { quoted } from '../folders/className.js';
import { indexContents, indexGroups, type Drawable, type DrawSettings, type Pool } from './draw.js';
import { numbered, type Sequence } from '../columns/sequence.js';
import type { Together } from './groups.js';

export interface Splittable extends Drawable {
  /** As the source says; null for all when it says nothing. */
  split: Split | null;
}

/** A draw, and what is taken out before: another validation share leaves the test as it is. */
export interface NamedDraw extends DrawSettings {
  /** Share of the test that is drawn before validation; null: none is. */
  testShare: number | null;
  /** Where groups of the source are kept together: the pattern that finds them, or null for a column of a list. */
  groupBy?: string | null;
}

/** What is drawn together, beside copies. */
export interface DrawnTogether extends Together {
  /** As in {@link NamedDraw}; left out where the source has no groups. */
  groupBy?: string | null;
}

/** Draws from a pool. @returns for each image whether it is drawn: 1, else 0 */
export type Drawing = (pool: Pool, draw: NamedDraw) => Promise<Uint8Array>;

export interface SplitAssignment {
  /** In the order of the images. */
  splits: Split[];
  origin: DatasetManifest['splitOrigin'];
  drawn: NonNullable<DatasetManifest['drawn']>;
}

/** What a source's splits are drawn by, unless a person says `dataset.splits.seed`. */
export const usualSplitSeed = 0;

/**
 * Splits the source has are taken as they are, with one exception: beside `train` alone, whatever the other one is called
 * is the test split, because a split that chose the epoch can no longer judge the result. What is missing is drawn, class by
 * class: the test from the only split, validation from train.
 *
 * @param splitNames what the source calls its splits
 * @param together what no drawn split may tear apart; left out: copies alone
 * @throws GraftworkError GW_DATASET_INVALID when there is no train split, a class has no image in it, or one group has all images of
 * which the test is drawn
 */
export async function assignSplits(
  images: Sequence<Splittable>,
  { test, validation, seed = usualSplitSeed }: DatasetSpec['splits'],
  splitNames: Partial<Record<Split, string>>,
  drawing: Drawing,
  together?: DrawnTogether,
): Promise<SplitAssignment> {
  const splits = Array.from(images, ({ split }): Split => split ?? 'train');
  const present = new Set(splits);
  const named = (split: Split) =>
    splitNames[split] === undefined ? 'all images' : `“${splitNames[split]}” of the source`;
  const origin = { train: named('train'), validation: named('validation'), test: named('test') };
  const drawn: SplitAssignment['drawn'] = { seed };
  const groupBy = together?.groupBy;
  const pool = {
    ...{ images, contents: indexContents(images) },
    ...(together === undefined ? {} : { together: together.first }),
    ...(groupBy === undefined ? {} : { groups: indexGroups(images) }),
  };
  const drawFromTrain = async (into: DrawSettings['into'], share: number, from: string): Promise<void> => {
    const among = Uint8Array.from(splits, (split) => (split === 'train' ? 1 : 0));
    const testShare = into === 'validation' ? (drawn.test?.share ?? null) : null;
    const settings = { into, share, seed, testShare, ...(groupBy === undefined ? {} : { groupBy }) };
    const isIn = share === 0 ? new Uint8Array(splits.length) : await drawing({ ...pool, among }, settings);
    for (const [row, is] of isIn.entries()) if (is === 1) splits[row] = into;
    const real = { share, count: countOnes(isIn), of: countOnes(among) };
    drawn[into] = real;
    origin[into] = originText(real, from);
  };

  if (present.size === 1) {
    const [only = 'train'] = present;
    splits.fill('train');
    if (groupBy !== undefined) requireGroups(images, together?.first);
    origin.train = named(only);
    await drawFromTrain('test', test, origin.train);
    await drawFromTrain('validation', validation, 'the rest');
  } else if (!present.has('train')) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      'The source has images for validation and test, but none for training.',
      {
        remedy: 'Name one of the folders train, or give the class folders without splits.',
      },
    );
  } else if (present.size === 2) {
    const other: Split = present.has('test') ? 'test' : 'validation';
    splits.forEach((split, index) => {
      if (split === other) splits[index] = 'test';
    });
    origin.test = named(other);
    await drawFromTrain('validation', validation, origin.train);
  }
  requireTrain(images, splits);
  if (together !== undefined && together.alike > 0 && (drawn.test ?? drawn.validation) !== undefined) {
    drawn.alike = together.alike;
  }
  return { splits, origin, drawn };
}

/** The real share comes first where it is another one than was asked for: small classes give at least one picture. */
function originText({ share, count, of }: DrawnShare, from: string): string {
  if (share === 0) return 'none';
  const real = Math.round((100 * count) / Math.max(1, of));
  return real === Math.round(100 * share)
    ? `${percent(share)} of ${from}, class by class (${count} of ${of})`
    : `${real} % of ${from}, class by class (${count} of ${of}; asked for: ${percent(share)})`;
}

function countOnes(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

/** @throws GraftworkError GW_DATASET_INVALID when everything is of one group */
function requireGroups(images: Sequence<Splittable>, first: Uint32Array | undefined): void {
  if (first === undefined || first.length < 2 || first.some((row) => row !== 0)) return;
  const name = images.at(0)?.group;
  const which = name === undefined ? 'belong together' : `are of the group ${quoted(name)}`;
  throw new GraftworkError(
    'GW_DATASET_INVALID',
    `All ${images.length} images ${which}, or are copies of such images, so no test can be drawn from them.`,
    { remedy: 'Group the pictures by something of which there are several, with dataset.groupBy or the column group.' },
  );
}

function requireTrain(images: Sequence<Splittable>, splits: readonly Split[]): void {
  const trains = new Map<string, boolean>();
  for (const [row, { className, tags = [className] }] of numbered(images)) {
    for (const name of tags) trains.set(name, splits[row] === 'train' || trains.get(name) === true);
  }
  // Pictures without labels may all be tested.
  const [untrained] = [...trains].find(([name, does]) => name !== '' && !does) ?? [];
  if (untrained === undefined) return;
  throw new GraftworkError('GW_DATASET_INVALID', `Class ${quoted(untrained)} has no usable image to train on.`, {
    remedy: 'Add images of the class to the train split, or remove the class.',
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
