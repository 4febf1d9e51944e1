/** Labels that are probably wrong, whichever task they are for. Pure. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';
import { doubtfulPictures, type DoubtfulLabel } from '../metrics/multiLabel/doubtfulLabels.js';
import { mislabelled } from '../metrics/trust/mislabelled.js';

export interface LabelDoubt {
  /** Of the picture. */
  index: number;
  /** The label that fits better. */
  suggested: number;
  /** Out-of-fold probability of what is given, and of what is suggested; of several labels, of the one that is doubted most. */
  own: number;
  other: number;
  /** Only of a multi-label task: each label that is doubted, the surest first. */
  labels?: DoubtfulLabel[];
  /** Whether another picture speaks for what is given, and whether for what is suggested. @param label of that picture */
  speaksForOwn: (label: number) => boolean;
  speaksForOther: (label: number) => boolean;
}

export interface DoubtedLabels {
  /** The surest first. */
  doubts: LabelDoubt[];
  /** Only of a multi-label task: the sets that the labels are indices of, with those behind them that are suggested and that no picture has. */
  sets?: LabelSets;
}

export interface JudgedLabels {
  /** Row-major [labels.length, classes], out of fold. */
  probabilities: Float64Array;
  /** Classes, or with `sets` indices of sets of labels. */
  labels: readonly number[];
  classes: number;
  sets?: LabelSets | undefined;
  /** Classes of which nothing is known. */
  unjudged?: readonly number[];
}

export function labelDoubts({ probabilities, labels, classes, sets, unjudged = [] }: JudgedLabels): DoubtedLabels {
  if (sets === undefined) {
    const found = mislabelled({ probabilities, labels, classes });
    const doubts = found
      .filter(({ index }) => !unjudged.includes(labels[index] as number))
      .map((doubt) => ({
        ...doubt,
        speaksForOwn: (label: number) => label === labels[doubt.index],
        speaksForOther: (label: number) => label === doubt.suggested,
      }));
    return { doubts };
  }
  const all: (readonly number[])[] = [...sets];
  const placeOf = new Map(sets.map((set, place) => [set.join(), place]));
  const place = (set: readonly number[]): number => {
    const found = placeOf.get(set.join()) ?? all.push(set) - 1;
    placeOf.set(set.join(), found);
    return found;
  };
  const truth = labels.map((label) => labelsOf(label, sets));
  const doubts = doubtfulPictures({ probabilities, truth, classes, unjudged }).map(
    ({ index, labels: doubted, suggested }) => {
      const { label: first, has, probability } = doubted[0] as DoubtfulLabel;
      const hasFirst = (label: number): boolean => labelsOf(label, sets).includes(first);
      return {
        ...{ index, labels: doubted, suggested: place(suggested) },
        own: has ? probability : 1 - probability,
        other: has ? 1 - probability : probability,
        speaksForOwn: (label: number) => hasFirst(label) === has,
        speaksForOther: (label: number) => hasFirst(label) !== has,
      };
    },
  );
  return { doubts, sets: all };
}
