/** Training that ends when a budget says so: early, with the best so far, as a person's `finish` would have it. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Control } from './control.js';
import type { Limits } from './decisions.js';

/** Seconds that a stage which is ended early needs to stop, start anew and judge itself. */
const stopSeconds = 5;

/** Whether there is no time left to train. */
export function isTimeUp(limits: Limits | undefined): boolean {
  return limits !== undefined && Date.now() >= endOfTraining(limits);
}

/**
 * A head takes seconds, and without it there is no model: only the deadline itself ends it. Fine-tuning ends in time for
 * what comes after it.
 */
export async function trainInTime<T>(
  limits: Limits | undefined,
  kind: 'head' | 'fineTune',
  control: Control,
  start: (call: { finish: boolean; generation: number }) => Promise<T>,
): Promise<T> {
  if (limits === undefined) return control.interruptible(start);
  const end = kind === 'head' ? Math.max(limits.deadline, Date.now() + stopSeconds * 1000) : endOfTraining(limits);
  const timer = new CancellationScope();
  const alarm = timer
    .run(() => sleep(Math.max(1, end - Date.now())))
    .then(() => control.endTraining())
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    return await control.interruptible(start);
  } finally {
    timer.cancel();
    await alarm;
  }
}

function endOfTraining({ deadline, endingSeconds }: Limits): number {
  return deadline - (endingSeconds + stopSeconds) * 1000;
}
