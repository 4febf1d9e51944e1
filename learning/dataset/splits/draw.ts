/** Draws a share of each class's pictures, beside what was drawn before: who was in stays in, and who was out stays out. */
import { createHash } from 'node:crypto';
import { pictureIdDigits } from '../../../contracts/data/splitLedger.js';
import { quotas } from './quotas.js';
import { RowIndex } from '../columns/rowIndex.js';
import { numbered, type Sequence } from '../columns/sequence.js';

export interface Drawable {
  sha256: string;
  className: string;
}

/** Pictures to draw from. */
export interface Pool {
  images: Sequence<Drawable>;
  /** Finds the first image with some content, by its `pictureId`. */
  contents: RowIndex;
  /** 1 for each image that takes part, else 0. */
  among: Uint8Array;
}

export interface DrawSettings {
  into: 'test' | 'validation';
  /** Of the pictures that take part; 0 to 1, exclusive. */
  share: number;
  seed: number;
}

/** A picture that was drawn, or passed over, before. */
export interface Decided {
  /** As `pictureId` gives it. */
  id: string;
  isIn: boolean;
}

/** What a picture is remembered by: enough of its digest that no two of a billion pictures have the same. */
export function pictureId(sha256: string): string {
  return sha256.slice(0, pictureIdDigits);
}

export function indexContents(images: Sequence<Drawable>): RowIndex {
  return new RowIndex(images.length, (row) => pictureId(images.at(row)?.sha256 ?? ''));
}

/** Contents with which a class gives at least one picture: the test comes first, validation when there is enough to train. */
const needed = { test: 2, validation: 4 } as const;

const [undecided, out, taken] = [0, 1, 2];

/** A class's contents in the order in which they are drawn, each with its number of copies. */
interface ClassContents {
  name: string;
  /** First rows. */
  contents: number[];
  copies: number[];
}

/**
 * New pictures fill each class's quota in the order of a hash of content and seed. Copies of a picture stay together, in whichever
 * classes they are. Every class keeps a picture that is not drawn: if a class has only drawn ones (the others are gone, or of
 * another class now), its first one is released.
 *
 * @returns for each image whether it is drawn: 1, else 0
 */
export function draw(pool: Pool, { into, share, seed }: DrawSettings, before: Iterable<Decided>): Uint8Array {
  const state = new Uint8Array(pool.images.length);
  for (const { id, isIn } of before) {
    const row = pool.contents.find(id);
    if (row !== undefined) state[row] = isIn ? taken : out;
  }
  const classes = classContents(pool, `${seed} ${into}`);
  const counts = classes.map(({ contents, copies }) => ({
    pictures: sum(copies),
    taken: sum(copies.filter((_count, index) => state[contents[index] ?? 0] === taken)),
    open: contents.filter((row) => state[row] === undecided).length,
    least: contents.length >= needed[into] ? 1 : 0,
    // Of one or two pictures a class can spare none.
    most: contents.length >= needed[into] ? Infinity : 0,
  }));
  const wanted = quotas(counts, share);
  for (const [index, ofClass] of classes.entries()) fill(state, ofClass, wanted[index] ?? 0);
  return Uint8Array.from(pool.among, (takesPart, row) =>
    takesPart === 1 && state[pool.contents.first[row] ?? 0] === taken ? 1 : 0,
  );
}

/** The smallest classes first: they have the least choice where a picture is of several classes. */
function classContents({ images, contents: { first }, among }: Pool, salt: string): ClassContents[] {
  const rows = new Map<string, number[]>();
  const place = new Float64Array(images.length).fill(-1);
  for (const [row, { className, sha256 }] of numbered(images)) {
    if (among[row] !== 1) continue;
    const content = first[row] ?? row;
    if (place[content] === -1) place[content] = hashed(`${salt} ${sha256}`);
    const members = rows.get(className);
    if (members === undefined) rows.set(className, [content]);
    else members.push(content);
  }
  const classes: ClassContents[] = [];
  for (const [name, members] of rows) {
    members.sort((a, b) => (place[a] ?? 0) - (place[b] ?? 0) || a - b);
    const contents = members.filter((content, index) => content !== members[index - 1]);
    const copies: number[] = [];
    for (const [index, content] of members.entries()) {
      if (content !== members[index - 1]) copies.push(0);
      copies[copies.length - 1] = (copies.at(-1) ?? 0) + 1;
    }
    classes.push({ name, contents, copies });
  }
  return classes.toSorted((a, b) => a.contents.length - b.contents.length || (a.name < b.name ? -1 : 1));
}

function fill(state: Uint8Array, { contents, copies }: ClassContents, quota: number): void {
  const has = (what: number): number => contents.filter((content) => state[content] === what).length;
  let drawn = sum(copies.filter((_count, index) => state[contents[index] ?? 0] === taken));
  let passed = has(out);
  let open = has(undecided);
  let lightest: { content: number; weight: number } | undefined;
  for (const [index, content] of contents.entries()) {
    if (state[content] !== undecided) continue;
    const weight = copies[index] ?? 1;
    open -= 1;
    if (drawn + weight <= quota && passed + open > 0) {
      state[content] = taken;
      drawn += weight;
    } else {
      state[content] = out;
      passed += 1;
      if (lightest === undefined || weight < lightest.weight) lightest = { content, weight };
    }
  }
  // Copies may all come in larger numbers than the quota.
  if (drawn === 0 && quota > 0 && passed > 1 && lightest !== undefined) state[lightest.content] = taken;
  const [foremost] = contents;
  if (passed === 0 && foremost !== undefined) state[foremost] = out;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Uniform in [0, 1). */
function hashed(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
