/** The figures of each class of a model, or of each label of a multi-label model, as a table. */
import type { Evaluation } from '../../contracts/data/evaluation.js';
import { percent } from '../../client/text/format.js';
import { table } from '../terminal/table.js';

export function classFigures({ perClass, multiLabel }: Pick<Evaluation, 'perClass' | 'multiLabel'>): string {
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  if (multiLabel === undefined) {
    return table(
      ['class', 'images', 'precision', 'recall', 'F1'],
      perClass.map(({ class: name, support, precision, recall, f1 }) => [
        ...[name, support, share(precision), share(recall), share(f1)],
      ]),
    );
  }
  return table(
    ['label', 'images', 'average precision', 'threshold', 'precision', 'recall', 'F1'],
    perClass.map(({ class: name, support, averagePrecision = null, threshold, precision, recall, f1 }) => [
      ...[name, support, share(averagePrecision), threshold?.toFixed(3) ?? '–'],
      ...[share(precision), share(recall), share(f1)],
    ]),
  );
}
