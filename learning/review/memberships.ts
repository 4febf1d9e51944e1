/** Which pictures belong to which classes. Pure. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';

/** An entry for each class of each picture, in the order of the pictures: as many as pictures where each has one class. */
export interface Memberships {
  pictures: Uint32Array;
  classes: Uint32Array;
}

/** @param labels of the pictures: classes, or with `sets` indices of sets of labels */
export function membershipsOf({ labels, sets }: { labels: ArrayLike<number>; sets?: LabelSets }): Memberships {
  const [pictures, classes]: [number[], number[]] = [[], []];
  for (let index = 0; index < labels.length; index += 1) {
    for (const label of labelsOf(labels[index] as number, sets)) {
      pictures.push(index);
      classes.push(label);
    }
  }
  return { pictures: Uint32Array.from(pictures), classes: Uint32Array.from(classes) };
}
