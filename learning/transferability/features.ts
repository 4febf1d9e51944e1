/** Pooled features of labelled images: what transferability is estimated from. */
import { labelsOf, type LabelSets } from '../../contracts/data/labelSets.js';

export interface LabelledFeatures {
  /** Row-major, images × dimensions. */
  features: Float32Array | Float64Array;
  /** Values of one image. */
  dimensions: number;
  /** Class of each image, from 0; with `sets` the index of its set of classes. */
  labels: ArrayLike<number>;
  /** Only of a multi-label task. */
  sets?: LabelSets;
}

/** Labels of images, without their features. */
export type Labels = Pick<LabelledFeatures, 'labels' | 'sets'>;

/** Whether an image has a class. */
export function hasClass({ labels, sets }: Labels, image: number, index: number): boolean {
  const label = labels[image] as number;
  return sets === undefined ? label === index : labelsOf(label, sets).includes(index);
}

/** Images of each class, rising; one more than the highest class that an image has. */
export function membersOf({ labels, sets }: Labels): number[][] {
  const members: number[][] = [];
  for (let image = 0; image < labels.length; image += 1) {
    for (const index of labelsOf(labels[image] as number, sets)) (members[index] ??= []).push(image);
  }
  return Array.from({ length: members.length }, (_, index) => members[index] ?? []);
}
