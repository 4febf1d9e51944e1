/** A schedule as a person looks at it. Pure. */
import type { ScheduleDescription } from '@temporalio/client';
import type { RetrainRequest } from '../../contracts/models/retraining.js';

export interface ScheduleStatus {
  model: string;
  dataset: string;
  /** Whether the schedule is paused. `note` gives the last reason. */
  paused: boolean;
  note: string;
  next: string[];
  /** Retrainings of the last ticks, newest first. */
  recent: { at: string; workflow: string }[];
  running: string[];
  counts: { taken: number; skipped: number; missed: number };
  policies: { overlap: string; catchupSeconds: number; pauseOnFailure: boolean; timeoutSeconds: number | null };
  promotion: string;
  warmStart: boolean;
}

export function scheduleStatus({ memo, state, info, policies, action }: ScheduleDescription): ScheduleStatus {
  const args: readonly unknown[] = action.args ?? [];
  const request = args[0] as RetrainRequest | undefined;
  const limit: unknown = action.workflowExecutionTimeout;
  return {
    model: text(memo?.model) ?? request?.spec.name ?? '',
    dataset: text(memo?.dataset) ?? request?.spec.dataset.uri ?? '',
    paused: state.paused,
    note: state.note ?? '',
    next: info.nextActionTimes.slice(0, 5).map((time) => time.toISOString()),
    recent: info.recentActions
      .map(({ takenAt, action: taken }) => ({ at: takenAt.toISOString(), workflow: taken.workflow.workflowId }))
      .reverse(),
    running: info.runningActions.map((running) => running.workflow.workflowId),
    counts: {
      taken: info.numActionsTaken,
      skipped: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
    },
    policies: {
      overlap: String(policies.overlap).toLowerCase().replaceAll('_', '-'),
      catchupSeconds: Math.round(policies.catchupWindow / 1000),
      pauseOnFailure: policies.pauseOnFailure,
      timeoutSeconds: typeof limit === 'number' ? Math.round(limit / 1000) : null,
    },
    promotion: request?.spec.promotion?.policy ?? 'never',
    warmStart: request?.warmStart ?? false,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
