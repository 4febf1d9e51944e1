/** The figure that a model is judged by first: top-1, or mean average precision of a multi-label model. Pure. */
import type { Evaluation, MultiLabelFigures } from '../../contracts/data/evaluation.js';
import type { Epoch } from '../../contracts/spec/stages/training.js';

export interface Headline {
  readonly name: 'top-1' | 'mAP';
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [number, number];
}

/** What of a test has its headline; `interval` is that of top-1. */
export interface HeadlineFigures extends Pick<Evaluation, 'top1' | 'interval'> {
  /** Only of a multi-label model. */
  multiLabel?: Pick<MultiLabelFigures, 'mAP' | 'interval'> | undefined;
}

export function headlineOf({ top1, interval, multiLabel }: HeadlineFigures): Headline {
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
