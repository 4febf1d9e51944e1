/** Labels of a review's pictures in words. Pure. */
import { decidedLabels, labelsOf, type NamedLabels } from '../../../contracts/data/labelSets.js';

function namesOf({ classes, labelSets }: NamedLabels, label: number): string[] {
  return labelsOf(label, labelSets).map((index) => classes[index] ?? '');
}

/** As a person reads it: the class, or all labels of a picture. */
export function shownLabel(labels: NamedLabels, label: number): string {
  const names = namesOf(labels, label);
  return names.length === 0 ? 'no label' : names.sort().join(' + ');
}

/** As a file of decisions has it. */
export function decidedLabel(labels: NamedLabels, label: number): string {
  const names = namesOf(labels, label);
  return labels.labelSets === undefined ? (names[0] ?? '') : decidedLabels(names);
}
