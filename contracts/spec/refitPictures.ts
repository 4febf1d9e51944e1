/** Whether a run trains its kept stages once more, and on how many pictures. Pure. */
import type { DatasetReference } from '../data/dataset.js';
import type { RunSpec } from './runSpec.js';

/** With `refit: auto`: the most pictures of training and validation together that train once more. */
const mostPictures = 500;

/**
 * From so many pictures on, a step that was tried goes on. With fewer, all stages begin again: that takes few steps, and what a network
 * has learnt from very few pictures stays with it (Ash & Adams 2020; docs/benchmarks.md).
 */
const leastToGoOn = 125;

/** @param pictures of training and validation */
export function mayGoOn(pictures: number): boolean {
  return pictures >= leastToGoOn;
}

/** @returns pictures of training and validation; undefined where nothing trains once more. Specs of earlier versions do not speak of it. */
export function refitPictures(
  { refit: wanted }: Pick<RunSpec, 'refit'>,
  { train, validation }: DatasetReference['counts'],
): number | undefined {
  if (validation === 0) return undefined;
  const pictures = train + validation;
  return wanted === true || (wanted === 'auto' && pictures <= mostPictures) ? pictures : undefined;
}
