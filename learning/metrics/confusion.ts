/** Which classes are taken for which. Pure. */
import { mostClassesInMatrix, type Answer, type Evaluation } from '../../contracts/data/evaluation.js';

/** A cell of the confusion matrix that is not zero: true class, predicted class, pictures. */
export type ConfusionCell = [label: number, predicted: number, count: number];

/**
 * The cells that are not zero, row by row: never more than there are pictures, however many classes there are.
 * @throws RangeError naming the image whose label or prediction is no class
 */
export function countConfusion(
  answers: readonly Pick<Answer, 'label' | 'predicted'>[],
  classes: number,
): ConfusionCell[] {
  const counts = new Map<number, number>();
  const isClass = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < classes;
  for (const [image, { label, predicted }] of answers.entries()) {
    if (!isClass(label) || !isClass(predicted)) {
      throw new RangeError(`image ${image}: label or prediction outside 0…${classes - 1}`);
    }
    const cell = label * classes + predicted;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([cell, count]) => [Math.floor(cell / classes), cell % classes, count]);
}

/** As an evaluation has them: the whole matrix of few classes, and of many classes the cells alone. */
export function confusionOf(cells: ConfusionCell[], classes: number): Pick<Evaluation, 'confusion' | 'confusionCells'> {
  if (classes > mostClassesInMatrix) return { confusion: [], confusionCells: cells };
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [label, predicted, count] of cells) confusion[label]![predicted] = count;
  return { confusion };
}

/** The cells that are not zero, in whichever form an evaluation has them; none where its tables were left out. */
export function confusionCells({
  confusion,
  confusionCells: cells,
}: Pick<Evaluation, 'confusion' | 'confusionCells'>): ConfusionCell[] {
  return (
    cells ??
    confusion.flatMap((row, label) =>
      row.flatMap((count, predicted): ConfusionCell[] => (count === 0 ? [] : [[label, predicted, count]])),
    )
  );
}
