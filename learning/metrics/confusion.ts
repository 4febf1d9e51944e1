/** Counts of (true class, predicted class). */
export type Confusion = readonly (readonly number[])[];

/** confusion[true][predicted] */
export function confusionMatrix(labels: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = counts[labels[i] as number];
    const column = predicted[i] as number;
    if (row?.[column] === undefined) throw new RangeError(`image ${i}: label or prediction outside 0…${classes - 1}`);
    row[column]++;
  }
  return counts;
}
