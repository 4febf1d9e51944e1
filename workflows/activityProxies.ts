/** One proxy per class of timeout. Workflows never import an activity's code, only its type. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../contracts/activities/activities.js';
import { taskQueues } from '../contracts/names.js';

/**
 * Trouble of the world that passes with time (a store that is down, a worker that died) is retried for as long as it takes,
 * less and less often, but often enough that a device does not stand idle for long when the trouble is over. What may be
 * ours is not retried here (see persistently.ts), nor what no retry can fix.
 */
const retry: NonNullable<ActivityOptions['retry']> = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '20 seconds',
};

/**
 * Metadata: reads and writes a few small objects. Seconds at most; but a store that is away is waited for within the
 * activity (worker/dependencies.ts), and no second attempt may begin while the first one still waits.
 */
export const quick = proxyActivities<Activities<'quick'>>({
  taskQueue: taskQueues.cpu,
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: '30 seconds',
  retry,
});

/**
 * A receiver outside: tried a dozen times, which takes a quarter of an hour, and a busy pool is waited for. What it would have
 * received is in the run anyway, and its next tick must not wait for ever.
 */
export const outside = proxyActivities<Activities<'outside'>>({
  taskQueue: taskQueues.cpu,
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '2 minutes', maximumAttempts: 12 },
});

/**
 * Work over many objects. How long it takes depends on their number, so the bound on silence (the heartbeat) is tight and
 * the bound on the whole is loose.
 */
export const shardWork = proxyActivities<Activities<'shards'>>({
  taskQueue: taskQueues.cpu,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: '30 seconds',
  retry,
});

/**
 * Work of an engine process. A worker that disappears without a word is noticed within 30 s. Cancellation waits until the
 * process has written its checkpoint and is gone, so that a paused run holds no device.
 */
export const engineWork = proxyActivities<Activities<'engine'>>({
  taskQueue: taskQueues.gpu,
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '30 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry,
});
