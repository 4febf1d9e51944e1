/** A run under way, for tests of what is shown of it. */
import type { RunResult } from '../../contracts/result.js';
import type { Progress } from '../../contracts/training.js';
import type { ActivityStatus, RunStatus } from '../runStatus.js';

export const result: RunResult = {
  run: 'train-x',
  status: 'running',
  model: null,
  dataset: null,
  backbone: 'efficientnet_lite0',
  cache: null,
  stages: [],
  test: null,
  artifacts: { model: null, card: null, report: null, exports: [] },
  seconds: 1,
  stage: 'head',
  failure: null,
};

export function status(activities: Partial<ActivityStatus>[], changes: Partial<RunResult> = {}): RunStatus {
  return {
    run: 'train-x',
    status: 'running',
    result: { ...result, ...changes },
    workflowAttempt: 1,
    activities: activities.map((activity) => ({
      id: '7',
      type: 'trainStage',
      attempt: 1,
      state: 'running',
      secondsSinceScheduled: 8,
      progress: null,
      lastFailure: null,
      ...activity,
    })),
  };
}

export const training: Progress = {
  stage: 'head',
  done: 12,
  total: 40,
  unit: 'steps',
  epoch: 3,
  epochs: 10,
  loss: 0.5213,
  top1: 0.912,
  imagesPerSecond: 1240.4,
  secondsLeft: 12,
};

export const dataset: NonNullable<RunResult['dataset']> = {
  version: '3fa71d325cbe',
  uri: 's3://photos/birds',
  classes: ['ant', 'bee'],
  counts: { train: 80, validation: 20, test: 20 },
  quarantined: 0,
  duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
  reused: false,
};
