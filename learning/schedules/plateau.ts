export interface Plateau {
  /** Epochs without improvement that are borne. */
  readonly patience: number;
  /** Epochs after a reduction in which none are counted. */
  readonly cooldown: number;
  /** Least relative improvement that counts. */
  readonly threshold: number;
}

/**
 * How often a rate has been lowered, after these epochs: torch's ReduceLROnPlateau (mode `min`, relative threshold) as a
 * function of the whole history. So a resumed stage needs nothing but its table of epochs.
 * @param losses of each epoch so far, all positive
 */
export function plateauReductions(losses: readonly number[], { patience, cooldown, threshold }: Plateau): number {
  let [best, bad, cooling, reductions] = [Infinity, 0, 0, 0];
  for (const loss of losses) {
    const improved = loss < best * (1 - threshold);
    if (improved) best = loss;
    bad = improved ? 0 : bad + 1;
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad > patience) {
      reductions++;
      cooling = cooldown;
      bad = 0;
    }
  }
  return reductions;
}
