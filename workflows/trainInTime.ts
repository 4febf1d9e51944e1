/**
 * Training that ends when a budget says so: early, with the best so far, as a person's `finish` would have it. The trainer
 * watches the time itself, which costs nothing; where it does not get to it (its worker is gone, a step takes for ever), the
 * workflow's own timer is the last word.
 */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Control } from './state/control.js';
import type { Limits } from './state/limits.js';

/** Seconds that a stage which is ended early needs to judge itself. */
const stopSeconds = 3;
/** Seconds that even a head that is late gets. */
const leastSeconds = 10;

/** What a call of `start` gets. */
export interface TrainingCall {
  finish: boolean;
  generation: number;
  /** When the trainer is to end by itself; milliseconds since the epoch. */
  endAt?: number;
}

/** Whether there is no time left to train. */
export function isTimeUp(limits: Limits | undefined): boolean {
  return limits !== undefined && secondsLeft(limits) <= 0;
}

/** Seconds that are left to train. */
export function secondsLeft(limits: Limits): number {
  return (endOfTraining(limits) - Date.now()) / 1000;
}

/**
 * A head takes seconds, and without it there is no model: only the deadline itself ends it. Fine-tuning ends in time for
 * what comes after it.
 */
export async function trainInTime<T>(
  limits: Limits | undefined,
  kind: 'head' | 'fineTune',
  control: Control,
  start: (call: TrainingCall) => Promise<T>,
): Promise<T> {
  if (limits === undefined) return control.interruptible(start);
  const end = Math.max(limits.deadline, Date.now() + leastSeconds * 1000);
  const own = kind === 'head' ? {} : { endAt: endOfTraining(limits) };
  const timer = new CancellationScope();
  const alarm = timer
    .run(() => sleep(Math.max(1, end - Date.now())))
    .then(() => control.endTraining())
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    return await control.interruptible((call) => start({ ...call, ...own }));
  } finally {
    timer.cancel();
    await alarm;
  }
}

function endOfTraining({ deadline, endingSeconds }: Limits): number {
  return deadline - (endingSeconds + stopSeconds) * 1000;
}
