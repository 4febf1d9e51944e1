import { tf, type Tensor4D } from '../../tensorflow.js';
import type { Backbone } from '../backbone.js';
import type { Operations } from '../operations.js';

export interface StageRange {
  /** Index of the first stage to run. @default 0 */
  from?: number;
  /** Index after the last stage to run. @default all */
  to?: number;
}

/** Run the stages of a range one after another; an empty range gives a copy of the input. */
export function runStageRange(
  backbone: Backbone,
  operations: Operations<Tensor4D>,
  x: Tensor4D,
  { from = 0, to = backbone.stages.length }: StageRange,
): Tensor4D {
  if (from >= to) return x.clone();
  return backbone.stages.slice(from, to).reduce((y, stage) => {
    const next = tf.tidy(() => stage.run(operations, y));
    // Under a gradient the engine keeps what it needs; outside, a stage's input goes as soon as it is used.
    if (y !== x) y.dispose();
    return next;
  }, x);
}
