import type { Scalar, Tensor1D } from '../tensorflow.js';

export interface StepSettings {
  /** Learning rate of these parameters at this step. */
  rate: number;
  /** The same in every step. */
  weightDecay: number;
  /** Counted from 1. */
  step: number;
}

export interface Updated {
  parameters: Tensor1D;
  slots: Tensor1D[];
}

/**
 * An optimizer's arithmetic: pure, from old parameters and state to new ones. Run it inside `tf.tidy`.
 *
 * What changes from step to step comes as scalars, so that `update` can be compiled once for all steps.
 */
export interface UpdateRule {
  /** What it remembers of each parameter, by name; all begin at zero. */
  readonly slots: readonly string[];
  /** What `update` needs to know of a step. */
  numbers(settings: StepSettings): readonly number[];
  /**
   * @param numbers what `numbers` gave of this step, as scalars
   * @param weightDecay as in the settings
   */
  update(
    parameters: Tensor1D,
    gradients: Tensor1D,
    slots: readonly Tensor1D[],
    numbers: readonly Scalar[],
    weightDecay: number,
  ): Updated;
}
