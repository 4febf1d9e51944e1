/** The result of a run that no worker can be asked about: what Temporal itself knows. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { RunResult } from '../../contracts/run/result.js';
import { statusOf } from './runStatus.js';

/** From the start of the run to its end, or to now. */
export function secondsOf({ startTime, closeTime }: WorkflowExecutionDescription): number {
  return ((closeTime ?? new Date()).getTime() - startTime.getTime()) / 1000;
}

const unansweredStage = 'unknown: no worker answers';

/** Whether a result is only what Temporal itself knows: what it lacks may all the same have been done. */
export function isUnanswered({ stage }: Pick<RunResult, 'stage'>): boolean {
  return stage === unansweredStage;
}

/** Fields that Temporal does not know are null or empty. */
export function resultOfDescription(description: WorkflowExecutionDescription): RunResult {
  return {
    run: description.workflowId,
    status: statusOf(description.status.name),
    model: null,
    dataset: null,
    backbone: null,
    cache: null,
    stages: [],
    test: null,
    artifacts: { model: null, card: null, report: null, exports: [] },
    seconds: secondsOf(description),
    stage: unansweredStage,
    failure: null,
  };
}
