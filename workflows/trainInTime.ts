/**
 * Training that ends when a budget says so: early, with the best so far, as a person's `finish` would have it. The trainer
 * watches the time itself, which costs nothing; where it does not get to it (its worker is gone, a step takes for ever), the
 * workflow's own timer is the last word.
 */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { TrainStageOutput } from '../contracts/activities/trainingActivities.js';
import type { PlanReference } from '../contracts/spec/plan.js';
import { engineWork } from './activityProxies.js';
import { persistently } from './persistently.js';
import type { Control } from './state/control.js';
import type { Limits } from './state/limits.js';

/** Seconds that a stage which is ended early needs to judge itself. */
const stopSeconds = 3;
/** Seconds that even a head that is late gets. */
const leastSeconds = 10;

/** What a call of `start` gets. */
interface TrainingCall {
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
 * Trains one stage of a plan.
 *
 * @param previous content keys of the kept stages before it
 * @param before runs first, also where training starts anew after a pause
 */
export function trainInTime(
  limits: Limits | undefined,
  control: Control,
  plan: PlanReference,
  index: number,
  previous: readonly string[],
  before?: () => Promise<void>,
): Promise<TrainStageOutput> {
  const { name, kind, epochs } = plan.stages[index]!;
  return inTime(limits, kind, control, async (call) => {
    await before?.();
    return persistently((halvings) =>
      engineWork.trainStage.executeWithOptions({ summary: `${name}: ${epochs} epochs` }, [
        { plan: plan.digest, stage: index, previous: [...previous], ...call, halvings },
      ]),
    );
  });
}

/**
 * A head takes seconds, and without it there is no model: only the deadline itself ends it. Fine-tuning ends in time for
 * what comes after it.
 */
async function inTime<T>(
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
