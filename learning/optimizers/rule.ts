import type { Tensor1D } from '../tensorflow.js';

export interface StepSettings {
  /** Learning rate of these parameters at this step. */
  rate: number;
  weightDecay: number;
  /** Counted from 1. */
  step: number;
}

export interface Updated {
  parameters: Tensor1D;
  slots: Tensor1D[];
}

/** An optimizer's arithmetic: pure, from old parameters and state to new ones. Run it inside `tf.tidy`. */
export interface UpdateRule {
  /** What it remembers of each parameter, by name; all begin at zero. */
  readonly slots: readonly string[];
  update(parameters: Tensor1D, gradients: Tensor1D, slots: readonly Tensor1D[], settings: StepSettings): Updated;
}
