/** Queries, signals and updates of the training workflow. */
import type { Epoch, StageResult } from '../spec/stages/training.js';

/** Name → payload; both sides import the name from here. */
export const messages = {
  /** Query: the run as far as it has come, in the shape of its result. */
  progress: 'progress',
  /** Query: how many pictures are through the step that is made of shards; of a run, and of a batch of its shards. */
  pictures: 'pictures',
  /** Query: how a person has steered the run so far. */
  steering: 'steering',
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

/** What preprocessing and features are made of: shards of pictures, in activities that end one by one. */
export interface PicturesDone {
  step: string;
  /** In activities that have ended. Those under way say for themselves how far they are. */
  pictures: number;
}

/** How a person has steered a run. */
export interface Steering {
  paused: boolean;
  /** Training ends, or has ended, with the best so far. */
  finishing: boolean;
}

export interface EpochsSignal {
  stage: string;
  epochs: Epoch[];
  resumedFrom: { epoch: number; step: number } | null;
}

export type { StageResult };
