/** Two tests set against each other, picture by picture. Pure. */
import { isMistake } from '../../../learning/metrics/evaluate.js';
import { labelNames } from '../facts/mistakes.js';
import { mcnemar } from '../../../learning/metrics/mcnemar.js';
import { changeOfShare, type Change } from '../../../learning/metrics/pairedChange.js';
import { byIdentity, type TestPicture } from '../../folders/pictureIdentities.js';
import type { Figures } from '../facts/figures.js';
import type { TestPictures } from './samePictures.js';

export interface Pairs {
  pictures: number;
  both: number;
  neither: number;
  onlyFirst: number;
  onlySecond: number;
}

export interface PairedComparison extends Pairs {
  /** Pictures of one of the two tests alone: nothing is said about them. */
  alone: number;
  /** Of the share recognised: the second's less the first's. */
  change: Change;
  /** Exact, two-sided. */
  pValue: number;
  classes: (Pairs & { class: string })[];
}

export type TestComparison =
  | { kind: 'paired'; comparison: PairedComparison }
  /** No picture is in both tests, or it is unknown which are. */
  | { kind: 'different'; isKnown: boolean };

/**
 * On the pictures that are in both tests: neither run trained on these.
 * @param pictures null where both tests are of one data set version
 */
export function compareTests(first: Figures, second: Figures, pictures: TestPictures | null): TestComparison {
  if (first.outcomes.length === 0 || second.outcomes.length === 0) return { kind: 'different', isKnown: false };
  const ofFirst = identified(first, pictures?.first);
  const ofSecond = identified(second, pictures?.second);
  if (ofFirst === null || ofSecond === null) return { kind: 'different', isKnown: false };
  const shared = [...ofFirst.keys()].filter((identity) => ofSecond.has(identity));
  if (shared.length === 0) return { kind: 'different', isKnown: true };
  const classes = new Map<string, Pairs & { class: string }>();
  const all = noPairs();
  for (const identity of shared) {
    const a = ofFirst.get(identity) as Judged;
    const b = ofSecond.get(identity) as Judged;
    const ofClass = classes.get(a.class) ?? { class: a.class, ...noPairs() };
    classes.set(a.class, ofClass);
    for (const pairs of [all, ofClass]) add(pairs, a.isRight, b.isRight);
  }
  return {
    kind: 'paired',
    comparison: {
      ...all,
      alone: ofFirst.size + ofSecond.size - 2 * shared.length,
      change: changeOfShare(all.onlySecond, all.onlyFirst, all.pictures),
      pValue: mcnemar(all).pValue,
      classes: [...classes.values()],
    },
  };
}

interface Judged extends TestPicture {
  isRight: boolean;
}

/** null where it is unknown which picture one is. */
function identified(
  { outcomes, classes }: Figures,
  digests: ReadonlyMap<string, string> | undefined,
): Map<string, Judged> | null {
  const found: Judged[] = [];
  for (const outcome of outcomes) {
    const { path, label, truth } = outcome;
    const picture = digests === undefined ? path : digests.get(path);
    if (picture === undefined) return null;
    found.push({
      picture,
      class: truth === undefined ? nameOf(classes, label) : labelNames(truth, classes),
      isRight: !isMistake(outcome),
    });
  }
  return byIdentity(found);
}

const nameOf = (classes: readonly string[], label: number): string => classes[label] ?? String(label);

const noPairs = (): Pairs => ({ pictures: 0, both: 0, neither: 0, onlyFirst: 0, onlySecond: 0 });

function add(pairs: Pairs, first: boolean, second: boolean): void {
  pairs.pictures += 1;
  if (first && second) pairs.both += 1;
  else if (first) pairs.onlyFirst += 1;
  else if (second) pairs.onlySecond += 1;
  else pairs.neither += 1;
}
