/** Folds of pictures: each fold is held out once, and the others train. Pure. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';

/** What a picture without labels counts as: one more label. */
const unlabelled = -1;

/**
 * Each fold has every n-th picture of each class, as far as that keeps together what belongs together: larger groups choose first, the
 * fold with the fewest pictures of their classes. Of pictures with several labels the rarest choose first, and a label counts the more
 * the rarer it is, as in iterative stratification (Sechidis et al. 2011).
 *
 * @param labels classes, or with `sets` indices of sets of labels
 * @param together for each picture, the first one of what it belongs to @default each is alone
 * @returns the fold of each picture, 0 … `folds` − 1
 */
export function foldsOf(
  labels: ArrayLike<number>,
  folds: number,
  together?: ArrayLike<number>,
  sets?: LabelSets,
): number[] {
  const classesOf = (index: number): readonly number[] => {
    const own = labelsOf(labels[index] as number, sets);
    return own.length === 0 ? [unlabelled] : own;
  };
  const groups = new Map<number, number[]>();
  const totals = new Map<number, number>();
  for (let index = 0; index < labels.length; index += 1) {
    const first = together?.[index] ?? index;
    const own = groups.get(first);
    if (own === undefined) groups.set(first, [index]);
    else own.push(index);
    for (const label of classesOf(index)) totals.set(label, (totals.get(label) ?? 0) + 1);
  }
  const weightOf = (label: number): number => (sets === undefined ? 1 : 1 / (totals.get(label) ?? 1));
  const rarest = (members: readonly number[]): number =>
    members.flatMap(classesOf).reduce((least, label) => Math.min(least, 1 / weightOf(label)), Infinity);
  const counts = Array.from({ length: folds }, () => new Map<number, number>());
  const sizes = new Array<number>(folds).fill(0);
  const foldOf = new Array<number>(labels.length).fill(0);
  const order = [...groups.values()]
    .map((members) => ({ members, rarest: rarest(members) }))
    .sort((a, b) => b.members.length - a.members.length || a.rarest - b.rarest);
  for (const { members } of order) {
    const classes = members.flatMap(classesOf);
    const crowd = counts.map((count) =>
      classes.reduce((sum, label) => sum + weightOf(label) * (count.get(label) ?? 0), 0),
    );
    // Labels that no fold has yet leave all of them alike: those of several labels go to the fold with the fewest pictures.
    const fold = crowd.reduce((best, one, at) => {
      const least = crowd[best] as number;
      const isSmaller = sets !== undefined && one === least && (sizes[at] as number) < (sizes[best] as number);
      return one < least || isSmaller ? at : best;
    }, 0);
    sizes[fold] = (sizes[fold] ?? 0) + members.length;
    for (const label of classes) counts[fold]?.set(label, (counts[fold].get(label) ?? 0) + 1);
    for (const index of members) foldOf[index] = fold;
  }
  return foldOf;
}

/**
 * Classes whose pictures are all in one fold: whatever is trained while that one is held out has not learnt them.
 *
 * @param labels classes, or with `sets` indices of sets of labels
 * @returns indices, rising
 */
export function classesInOneFold(
  foldOf: readonly number[],
  labels: ArrayLike<number>,
  classes: number,
  sets?: LabelSets,
): number[] {
  const met = Array.from({ length: classes }, () => new Set<number>());
  for (const [index, fold] of foldOf.entries()) {
    for (const label of labelsOf(labels[index] as number, sets)) met[label]?.add(fold);
  }
  return met.flatMap(({ size }, label) => (size === 1 ? [label] : []));
}
