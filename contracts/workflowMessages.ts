/** Queries, signals and updates of the training workflow. */
import type { Epoch, StageResult } from './training.js';
import type { RunResult } from './result.js';

/** Name → payload; both sides import the name from here. */
export const messages = {
  /** Query: the run as far as it has come, in the shape of its result. */
  progress: 'progress',
  /** Signal from the trainer: finished epochs of the stage it is in. */
  epochs: 'epochs',
  /** Updates from a person. */
  pause: 'pause',
  resume: 'resume',
  finish: 'finish',
  /** Updates on a model that waits: a person's word. */
  approve: 'approve',
  reject: 'reject',
  /** Signal from a run that was reset to the wait there is: what waits now. */
  waitFor: 'waitFor',
} as const;

export interface EpochsSignal {
  stage: string;
  epochs: Epoch[];
  resumedFrom: { epoch: number; step: number } | null;
}

export interface TrainWorkflowResult extends RunResult {
  status: 'completed';
}

export type { StageResult };
