/** Where a training stands, in words. Pure; the one place, so that epochs and steps are counted alike wherever a person reads. */

/**
 * `in epoch 2 after step 5`, `at the beginning of epoch 3`. Epochs and steps are counted from 1.
 *
 * @param position so many steps of that epoch are done
 */
export function positionText({ epoch, step }: { epoch: number; step: number }): string {
  return step === 0 ? `at the beginning of epoch ${epoch}` : `in epoch ${epoch} after step ${step}`;
}
