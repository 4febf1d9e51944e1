/** Who trains, who validates, who tests. */
import { createHash } from 'node:crypto';
import { GraftworkError } from '../../contracts/errors.js';
import type { DatasetManifest, Split } from '../../contracts/dataset.js';
import type { DatasetSpec } from '../../contracts/runSpec.js';
import { quoted } from './className.js';
import { numbered, type Sequence } from './sequence.js';

export interface Splittable {
  sha256: string;
  className: string;
  /** As the source says; null for all when it says nothing. */
  split: Split | null;
}

export interface SplitAssignment {
  /** In the order of the images. */
  splits: Split[];
  origin: DatasetManifest['splitOrigin'];
}

/**
 * Splits the source has are taken as they are, with one exception: beside `train` alone, whatever the other one is called
 * is the test split, because a split that chose the epoch can no longer judge the result. What is missing is carved: the
 * test from the only split, validation from train.
 *
 * @param splitNames what the source calls its splits
 * @throws GraftworkError GW_DATASET_INVALID when there is no train split, or a class has no image in it
 */
export function assignSplits(
  images: Sequence<Splittable>,
  shares: DatasetSpec['splits'],
  seed: number,
  splitNames: Partial<Record<Split, string>>,
): SplitAssignment {
  const splits = Array.from(images, ({ split }): Split => split ?? 'train');
  const present = new Set(splits);
  const named = (split: Split) =>
    splitNames[split] === undefined ? 'all images' : `“${splitNames[split]}” of the source`;
  const origin = { train: named('train'), validation: named('validation'), test: named('test') };

  if (present.size === 1) {
    const [only = 'train'] = present;
    splits.fill('train');
    carve(images, splits, 'test', shares.test, seed);
    carve(images, splits, 'validation', shares.validation, seed);
    origin.train = named(only);
    origin.test = `${percent(shares.test)} of ${origin.train}, by hash`;
    origin.validation = `${percent(shares.validation)} of the rest, by hash`;
  } else if (!present.has('train')) {
    throw new GraftworkError(
      'GW_DATASET_INVALID',
      'The source has images for validation and test, but none to train.',
      {
        remedy: 'Name one of the folders train, or give the class folders without splits.',
      },
    );
  } else if (present.size === 2) {
    const other: Split = present.has('test') ? 'test' : 'validation';
    splits.forEach((split, index) => {
      if (split === other) splits[index] = 'test';
    });
    carve(images, splits, 'validation', shares.validation, seed);
    origin.test = named(other);
    origin.validation = `${percent(shares.validation)} of ${origin.train}, by hash`;
  }
  requireTrain(images, splits);
  return { splits, origin };
}

/**
 * Moves a share of each class's `train` images to another split, by a hash of content and seed alone: an image keeps its
 * split while others come and go, and copies of an image stay together. Where chance has strayed too far (which happens
 * in small classes), the images nearest the threshold make up for it.
 */
function carve(images: Sequence<Splittable>, splits: Split[], into: Split, share: number, seed: number): void {
  if (share === 0) return;
  const classes = new Map<string, number[]>();
  const at = new Float64Array(splits.length);
  for (const [row, { className, sha256 }] of numbered(images)) {
    if (splits[row] !== 'train') continue;
    at[row] = hashed(`${seed} ${into} ${sha256}`);
    const members = classes.get(className);
    if (members === undefined) classes.set(className, [row]);
    else members.push(row);
  }
  const place = (member: number | undefined): number => at[member ?? -1] ?? 1;
  for (const members of classes.values()) {
    members.sort((a, b) => place(a) - place(b));
    // Where each content begins: copies have one hash and so stand together.
    const begins = Uint32Array.from(
      [...members.keys()].filter((index) => place(members[index]) !== place(members[index - 1])),
    );
    const chance = begins.filter((index) => place(members[index]) < share).length;
    const { least, most } = bounds(begins.length, share, into);
    const count = Math.min(Math.max(chance, least), most);
    for (const member of members.slice(0, begins[count])) splits[member] = into;
  }
}

/** Between half and one and a half times the share; a test image as soon as there are two, and always one left to train. */
function bounds(count: number, share: number, into: Split): { least: number; most: number } {
  const needed = into === 'test' ? 2 : 4;
  const least = count >= needed ? Math.max(1, Math.floor(count * share * 0.5)) : 0;
  const most = count >= needed ? Math.ceil(count * share * 1.5) : 0;
  return { least: Math.min(least, count - 1), most: Math.min(most, count - 1) };
}

/** Uniform in [0, 1). */
function hashed(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

function requireTrain(images: Sequence<Splittable>, splits: readonly Split[]): void {
  const trains = new Map<string, boolean>();
  for (const [row, { className }] of numbered(images)) {
    trains.set(className, splits[row] === 'train' || trains.get(className) === true);
  }
  const [untrained] = [...trains].find(([, does]) => !does) ?? [];
  if (untrained === undefined) return;
  throw new GraftworkError('GW_DATASET_INVALID', `Class ${quoted(untrained)} has no usable image to train on.`, {
    remedy: 'Add images of the class to the train split, or remove the class.',
  });
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
