/** Whether a run trains its kept stages once more, and on how many pictures. Pure. */
import type { DatasetReference } from '../data/dataset.js';
import type { RunSpec } from './runSpec.js';

/** With `refit: auto`: the most pictures of training and validation together that train once more. */
const mostPictures = 500;

/** @returns pictures of training and validation; undefined where nothing trains once more. Specs of earlier versions do not speak of it. */
export function refitPictures(
  { refit: wanted }: Pick<RunSpec, 'refit'>,
  { train, validation }: DatasetReference['counts'],
): number | undefined {
  if (validation === 0) return undefined;
  const pictures = train + validation;
  return wanted === true || (wanted === 'auto' && pictures <= mostPictures) ? pictures : undefined;
}
