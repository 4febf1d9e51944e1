/** Which of a stage's epochs is the best one, by validation. Pure. */
import type { Epoch } from '../../contracts/spec/stages/training.js';

type Validated = NonNullable<Epoch['validation']>;

/**
 * Whether `a` is to be preferred to `b`. Top-1 decides where it differs by more than a standard error of a share of so many
 * images; else the loss, which is smooth: the best top-1 of many epochs on a small split is that of the luckiest one, often
 * long before the parameters are good (the winner's curse).
 *
 * Of a multi-label task the loss decides, since a picture has no one answer that is right.
 *
 * @param count images both were measured on, ≥ 1
 */
export function isBetter(a: Validated, b: Validated, count: number): boolean {
  if (a.mAP !== undefined) return a.loss < b.loss;
  const share = (a.top1 + b.top1) / 2;
  const difference = a.top1 - b.top1;
  if (Math.abs(difference) > Math.sqrt((share * (1 - share)) / count)) return difference > 0;
  return a.loss < b.loss;
}

/** The row of the best epoch of a table, which may have been thinned, by validation on so many images; undefined: none. */
export function bestEpoch(epochs: readonly Epoch[], count: number): Epoch | undefined {
  let best: { row: Epoch; validation: Validated } | undefined;
  for (const row of epochs) {
    const { validation } = row;
    if (validation && (!best || isBetter(validation, best.validation, count))) best = { row, validation };
  }
  return best?.row;
}
