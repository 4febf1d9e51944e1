import type { Epoch, StageResult } from '../../contracts/training.js';
import type { Validation } from './stageInput.js';
import { isBetter } from './validate.js';

export interface Verdict {
  readonly kept: boolean;
  /** In words, for the table a person reads. */
  readonly reason: string;
}

/** Number of the best epoch of a table by validation; 0 when there is none. */
export function bestEpochOf(epochs: readonly Epoch[]): number {
  let best: { epoch: number; validation: Validation } | undefined;
  for (const { epoch, validation } of epochs) {
    if (validation && (!best || isBetter(validation, best.validation))) best = { epoch, validation };
  }
  return best?.epoch ?? 0;
}

/** Whether validation has not improved for `patience` epochs. */
export function hasStalled(epochs: readonly Epoch[], patience: number | null): boolean {
  const best = bestEpochOf(epochs);
  return patience !== null && best > 0 && epochs.length - best >= patience;
}

/**
 * Whether a stage helped, and why.
 * @param before validation of the incoming parameters; null when they were no candidate: a new head, no validation split,
 * or a recipe that keeps the last epoch whatever validation says
 */
export function verdict(
  kind: StageResult['kind'],
  before: Validation | null,
  epochs: readonly Epoch[],
  ended: StageResult['ended'],
): Verdict {
  if (kind === 'head') return { kept: true, reason: 'a new head is always kept' };
  if (!before) return { kept: true, reason: 'the last epoch is kept: validation does not choose' };
  const best = epochs[bestEpochOf(epochs) - 1]?.validation;
  if (!best) return { kept: false, reason: `${ended} before an epoch was done: the earlier parameters are kept` };
  const change =
    best.top1 === before.top1
      ? `validation top-1 ${share(before.top1)} as before, loss ${nats(before.loss)} → ${nats(best.loss)}`
      : `validation top-1 ${share(before.top1)} → ${share(best.top1)}`;
  return isBetter(best, before)
    ? { kept: true, reason: change }
    : { kept: false, reason: `${change}: the earlier parameters are kept` };
}

const share = (top1: number): string => top1.toFixed(3);
const nats = (loss: number): string => loss.toFixed(3);
