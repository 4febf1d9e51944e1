/** The figure that a model is judged by first: top-1, or mean average precision of a multi-label model. Pure. */
import type { Evaluation } from '../../contracts/data/evaluation.js';
import type { Epoch } from '../../contracts/spec/training.js';

export interface Headline {
  readonly name: 'top-1' | 'mAP';
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [number, number];
}

export function headlineOf({
  top1,
  interval,
  multiLabel,
}: Pick<Evaluation, 'top1' | 'interval' | 'multiLabel'>): Headline {
  return multiLabel === undefined
    ? { name: 'top-1', value: top1, interval }
    : { name: 'mAP', value: multiLabel.mAP, interval: multiLabel.interval };
}

/** The same figure of an epoch's validation. */
export function validationHeadline({ top1, mAP }: NonNullable<Epoch['validation']>): number {
  return mAP ?? top1;
}

/** What that figure is called. */
export function validationHeadlineName(epochs: readonly Pick<Epoch, 'validation'>[]): 'top-1' | 'mAP' {
  return epochs.some(({ validation }) => validation?.mAP !== undefined) ? 'mAP' : 'top-1';
}
