import type { ConfusionCell } from './confusion.js';

export interface ClassMetrics {
  /** Images whose true class it is. */
  support: number;
  /** null when the class was never predicted. */
  precision: number | null;
  /** null when no image is of the class. */
  recall: number | null;
  /** Harmonic mean, 2TP/(2TP+FP+FN); null when the class neither occurs nor is predicted. */
  f1: number | null;
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Precision, recall and F1 of each class, from the cells of a confusion matrix. */
export function classMetrics(cells: readonly ConfusionCell[], classes: number): ClassMetrics[] {
  const [hits, support, predictions] = [0, 0, 0].map(() => new Float64Array(classes)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (const [label, predicted, count] of cells) {
    if (label === predicted) hits[label]! += count;
    support[label]! += count;
    predictions[predicted]! += count;
  }
  return Array.from({ length: classes }, (_, index) => ({
    support: support[index]!,
    precision: ratio(hits[index]!, predictions[index]!),
    recall: ratio(hits[index]!, support[index]!),
    f1: ratio(2 * hits[index]!, support[index]! + predictions[index]!),
  }));
}

/**
 * Mean F1 over the classes that have pictures, each weighing the same; 0 where none has. A class that is only predicted is left out: without
 * its pictures nothing says how they are recognised. The pictures taken for it count in the recall of their own classes.
 */
export function macroF1(metrics: readonly Pick<ClassMetrics, 'support' | 'f1'>[]): number {
  const met = metrics.flatMap(({ support, f1 }) => (support === 0 || f1 === null ? [] : [f1]));
  return met.length === 0 ? 0 : met.reduce((sum, f1) => sum + f1, 0) / met.length;
}
