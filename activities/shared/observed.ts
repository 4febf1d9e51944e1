/** Between a piece of work and Temporal: heartbeats out, cancellation in. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import { messages, type EpochsSignal } from '../../contracts/run/workflowMessages.js';
import type { Caller, WorkCallbacks } from './engine.js';
import { toFailure } from './failureInterceptor.js';

/** Well below the heartbeat timeout (30 s), so that one lost beat does no harm. Milliseconds. */
const beatInterval = 5_000;
/** For announcements under way when the work is done. Milliseconds. */
const announcePatience = 5_000;

/**
 * Runs `work` inside the current activity. The last progress is heartbeaten at once and again every few seconds: silence
 * means that the worker is gone, not that the work is slow.
 */
export async function observed<T>(work: (callbacks: WorkCallbacks, caller: Caller) => Promise<T>): Promise<T> {
  const context = Context.current();
  const { workflowExecution, attempt } = context.info;
  if (workflowExecution === undefined) throw new Error('Graftwork activities run inside workflows.');
  const workflow = context.client.workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId);

  // Every request under way listens to the one signal; Node's default limit of 10 is meant to find leaks, not this.
  setMaxListeners(256, context.cancellationSignal);
  let latest: Progress | undefined;
  const beat = (): void => context.heartbeat(latest);
  const timer = setInterval(beat, beatInterval);
  let announcing: Promise<void> = Promise.resolve();
  const callbacks: WorkCallbacks = {
    progress(progress) {
      latest = progress;
      beat();
    },
    epochs(signal: EpochsSignal) {
      // In order, and never in the way: a lost announcement is made good by the stage's result.
      announcing = announcing
        .then(() => workflow.signal(messages.epochs, signal))
        .catch((error: unknown) => {
          context.log.warn('could not announce epochs', { error });
        });
    },
    signal: context.cancellationSignal,
  };
  try {
    const output = await work(callbacks, { run: workflowExecution.workflowId, attempt });
    // Temporal may be away; the result is reported when it is back, and holds all that was to be announced.
    await Promise.race([announcing, delay(announcePatience, undefined, { ref: false })]);
    return output;
  } catch (error) {
    throw context.cancellationSignal.aborted ? stopped(context, error) : toFailure(error, latest);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Stopped from outside. By a worker going away: another one goes on. In every other case the signal's own reason tells the
 * SDK what to answer: a cancellation ends the activity, a pause or a reset of Temporal's own lets it be tried again when
 * the server says so, and an attempt whose heartbeats were lost is answered for by its successor: nobody listens to it.
 */
function stopped(context: Context, error: unknown): unknown {
  if (context.cancellationDetails?.workerShutdown !== true) return context.cancellationSignal.reason;
  const { code, message } = asGraftworkError(error);
  const said = code === 'GW_PREEMPTED' ? message : `The worker is shutting down (${message}).`;
  return toFailure(new GraftworkError('GW_PREEMPTED', said, { retryable: true }));
}
