/**
 * Labels of pictures, whichever task they are for. A picture carries one number, its `label`. For a single-label task that is a class.
 * For a multi-label task it is a set of classes, by its place in the version's `labelSets`. Pure.
 */

/** The mark between the labels of one picture in a column of a table. */
export const labelMark = '|';

/** Each distinct set of labels that a picture has: indices of classes, rising. Left out: each picture has one class. */
export type LabelSets = readonly (readonly number[])[];

/** What names the labels of a version, a plan or a model. */
export interface NamedLabels {
  readonly classes: readonly string[];
  readonly labelSets?: LabelSets | undefined;
}

/** Classes of a picture, by their indices. @param label of the picture */
export function labelsOf(label: number, sets: LabelSets | undefined): readonly number[] {
  return sets === undefined ? [label] : (sets[label] ?? []);
}

/** The class, or all labels with `|` between them: the same text in every version with the same labels. */
export function labelText({ classes, labelSets }: NamedLabels, label: number): string {
  return joinedLabels(labelsOf(label, labelSets).map((index) => classes[index] ?? ''));
}

/** The names in the order of their code units, each once. */
export function joinedLabels(names: readonly string[]): string {
  return [...new Set(names)].sort().join(labelMark);
}

/** As a file of decisions has them: no label at all is the mark alone, because an empty field decides nothing. */
export function decidedLabels(names: readonly string[]): string {
  return joinedLabels(names) || labelMark;
}

/** The reverse of {@link joinedLabels}; none for an empty text. */
export function separateLabels(text: string): string[] {
  return text === '' ? [] : text.split(labelMark);
}
