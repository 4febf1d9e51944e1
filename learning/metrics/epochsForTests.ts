import type { Epoch } from '../../contracts/training.js';

/** Epochs of which only the validation matters. */
export const table = (...rows: readonly (readonly [top1: number, loss: number])[]): Epoch[] =>
  rows.map(([top1, loss], index) => ({
    epoch: index + 1,
    loss: 1,
    validation: { top1, loss },
    learningRate: 0.1,
    seconds: 1,
  }));
