/** The label, or the labels, of one row of a list. Pure. */
import { joinedLabels, labelMark } from '../../../contracts/data/labelSets.js';
import type { Task } from '../../../contracts/spec/task.js';
import { quoted, safeClassName, visibleName } from '../folders/className.js';
import { invalidList } from './invalidList.js';
import { hasColumn, labelColumn, labelsColumn, valueOf } from './listColumns.js';

export interface RowLabels {
  /** The class; of a multi-label list all labels, as `joinedLabels` writes them. */
  className: string;
  isMultiLabel: boolean;
}

/**
 * @param fields by the names of the columns, in lower case
 * @param where the line, for messages
 * @param task as the spec says; undefined: the columns decide; `any`: they are not checked, for readers of paths alone
 * @throws GraftworkError GW_MANIFEST_INVALID, GW_DATASET_INVALID for an unsafe name
 */
export function labelsOfRow(
  fields: Readonly<Record<string, string>>,
  where: string,
  task: Task | 'any' | undefined,
): RowLabels {
  const names = Object.keys(fields);
  const [hasOne, hasSeveral] = [hasColumn(names, labelColumn), hasColumn(names, labelsColumn)];
  if (hasOne && hasSeveral && task === undefined) {
    throw invalidList(
      where,
      'it has one column for a label and another one, `labels`, for several',
      'Remove one of them, or say which counts: `task: single-label` or `task: multi-label`.',
    );
  }
  if (task === 'multi-label' && !hasSeveral) {
    throw invalidList(
      where,
      'there are no `labels`, but the task is multi-label',
      `Name the column \`labels\`, and write ${labelMark} between the labels of a picture.`,
    );
  }
  if (task === 'single-label' && !hasOne && hasSeveral) {
    throw invalidList(
      where,
      'it has a column `labels`, but the task is single-label',
      'Name the column `label`, or leave out `task: single-label`.',
    );
  }
  if (hasSeveral && task !== 'single-label') {
    const written = (valueOf(fields, labelsColumn, where) ?? '').split(labelMark);
    const labels = written.filter((name) => visibleName(name) !== '').map((name) => safeClassName(name, where));
    return { className: joinedLabels(labels), isMultiLabel: true };
  }
  const label = valueOf(fields, labelColumn, where);
  if (label === undefined || visibleName(label) === '') throw invalidList(where, `there is no ${labelColumn.usual}`);
  return { className: safeClassName(label, where), isMultiLabel: false };
}

/**
 * A JSON list of labels as a table would have it.
 * @throws GraftworkError GW_MANIFEST_INVALID
 */
export function labelsOfJson(values: readonly unknown[], where: string): string {
  const names = values.map((value) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw invalidList(
      where,
      '`labels` holds something that is no text',
      'Write a list of texts: "labels": ["a", "b"].',
    );
  });
  const marked = names.find((name) => name.includes(labelMark));
  if (marked === undefined) return names.join(labelMark);
  throw invalidList(
    where,
    `the label ${quoted(marked)} holds ${labelMark}, which stands between labels`,
    'Rename the label.',
  );
}
