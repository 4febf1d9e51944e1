/** Draws a share of each class's pictures, beside what was drawn before: who was in stays in, and who was out stays out. */
import { createHash } from 'node:crypto';
import { pictureIdDigits } from '../../../contracts/data/splitLedger.js';
import { RowIndex } from '../columns/rowIndex.js';
import type { Sequence } from '../columns/sequence.js';
import { ClassShares } from './classShares.js';
import { Units, type Unit } from './units.js';

export interface Drawable {
  sha256: string;
  className: string;
  /** Of a multi-label source: what its share is counted by, each label, or one empty name for a picture without any. */
  tags?: readonly string[];
  /** What it belongs to, as the source says. */
  group?: string | undefined;
}

/** Pictures to draw from. */
export interface Pool {
  images: Sequence<Drawable>;
  /** Finds the first image with some content, by its `pictureId`. */
  contents: RowIndex;
  /** For each image, the first row of what it is kept together with. Left out: copies of a picture alone are. */
  together?: Uint32Array;
  /** Finds the first image of a group of the source, by its `groupId`; left out where the source has none. */
  groups?: RowIndex;
  /** 1 for each image that takes part, else 0. */
  among: Uint8Array;
}

export interface DrawSettings {
  into: 'test' | 'validation';
  /** Of the pictures that take part; 0 to 1, exclusive. */
  share: number;
  seed: number;
}

/** A picture or a group that was drawn, or passed over, before. */
export interface Decided {
  /** As `pictureId` or `groupId` gives it. */
  id: string;
  isIn: boolean;
}

export interface DecidedBefore {
  pictures: Iterable<Decided>;
  groups?: Iterable<Decided>;
}

/** What a picture is remembered by: enough of its digest that no two of a billion pictures have the same. */
export function pictureId(sha256: string): string {
  return sha256.slice(0, pictureIdDigits);
}

/** What a group of the source is remembered by. */
export function groupId(name: string): string {
  return createHash('sha256').update(`group ${name}`).digest('hex').slice(0, pictureIdDigits);
}

export function indexGroups(images: Sequence<Drawable>): RowIndex {
  return new RowIndex(images.length, (row) => {
    const group = images.at(row)?.group;
    return group === undefined ? '' : groupId(group);
  });
}

export function indexContents(images: Sequence<Drawable>): RowIndex {
  return new RowIndex(images.length, (row) => pictureId(images.at(row)?.sha256 ?? ''));
}

/** What is decided about a content. */
const [undecided, out, taken] = [0, 1, 2];

/**
 * New pictures fill each class's quota in the order of a hash of content and seed; pictures with several labels as `ClassShares.stratified`
 * says. What is kept together is drawn together, in
 * whichever classes it is. Pictures that belong to known ones go with them; where those are on both sides, they are not drawn. Every
 * class keeps a picture that is not drawn: if a class has only drawn ones (the others are gone, or of another class now), the first
 * one is released with all that belongs to it.
 *
 * @returns for each image whether it is drawn: 1, else 0
 */
export function draw(pool: Pool, { into, share, seed }: DrawSettings, before: DecidedBefore): Uint8Array {
  const { images, contents, among } = pool;
  const state = new Uint8Array(images.length);
  const contentOf = (row: number): number => contents.first[row] ?? row;
  const isTaken = (row: number): boolean => state[contentOf(row)] === taken;
  const isOpen = ({ rows }: Unit): boolean => rows.every((row) => state[contentOf(row)] === undecided);
  const decide = ({ rows }: Unit, what: number): void => {
    for (const row of rows) state[contentOf(row)] ||= what;
  };
  for (const { id, isIn } of before.pictures) {
    const row = contents.find(id);
    if (row !== undefined) state[row] = isIn ? taken : out;
  }
  const units = new Units(pool, `${seed} ${into}`);
  for (const unit of units) {
    const known = [...unit.rows].filter((row) => state[contentOf(row)] !== undecided);
    if (known.length > 0) decide(unit, known.every(isTaken) ? taken : out);
  }
  for (const { id, isIn } of before.groups ?? []) {
    const row = pool.groups?.find(id);
    const unit = row === undefined ? undefined : units.of(row);
    if (unit !== undefined) decide(unit, isIn ? taken : out);
  }

  const shares = new ClassShares(units, { into, share }, isTaken, isOpen);
  const take = (unit: Unit): void => {
    decide(unit, taken);
    shares.take(unit);
  };
  if (units.haveSeveralLabels) {
    for (const { unit, isIn } of shares.stratified(units, isOpen)) {
      if (isIn) take(unit);
    }
  } else {
    for (const unit of units) if (isOpen(unit) && shares.hasRoomFor(unit)) take(unit);
    for (const unit of units) if (isOpen(unit) && shares.areNearerWith(unit)) take(unit);
  }
  for (const unit of shares.lightestOfUndrawn(isOpen)) take(unit);
  for (const unit of units) decide(unit, out);
  for (const { rows } of shares.foremostOfDrawnWhole()) for (const row of rows) state[contentOf(row)] = out;
  return Uint8Array.from(among, (takesPart, row) => (takesPart === 1 && isTaken(row) ? 1 : 0));
}
