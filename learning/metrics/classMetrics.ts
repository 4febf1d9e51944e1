import type { Confusion } from './confusion.js';

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

/** Precision, recall and F1 of each class, from a confusion matrix. */
export function classMetrics(confusion: Confusion): ClassMetrics[] {
  return confusion.map((row, index) => {
    const hits = row[index] ?? 0;
    const support = row.reduce((sum, count) => sum + count, 0);
    const predictions = confusion.reduce((sum, other) => sum + (other[index] ?? 0), 0);
    return {
      support,
      precision: ratio(hits, predictions),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predictions),
    };
  });
}

/** Mean F1 over the classes that occur or are predicted, each weighing the same. */
export function macroF1(metrics: readonly ClassMetrics[]): number {
  const defined = metrics.flatMap(({ f1 }) => (f1 === null ? [] : [f1]));
  return defined.length === 0 ? 0 : defined.reduce((sum, f1) => sum + f1, 0) / defined.length;
}
