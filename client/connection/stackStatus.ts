/** Who serves: the servers' addresses, and the workers that Temporal has heard from lately. */
import { pools, taskQueues } from '../../contracts/names.js';
import type { Pool } from '../../contracts/names.js';
import { serviceFailure } from './failures.js';
import type { TemporalConnection } from './temporalConnection.js';

/** Temporal's TaskQueueType. */
const queueType = { workflow: 1, activity: 2 } as const;

/** Processes that poll each pool's queue (Temporal remembers a poller for five minutes). */
export async function workersByPool({ connection, namespace }: TemporalConnection): Promise<Record<Pool, number>> {
  const counts = await Promise.all(
    pools.map(async (pool) => {
      try {
        const { pollers } = await connection.workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueues[pool] },
          taskQueueType: pool === 'workflow' ? queueType.workflow : queueType.activity,
        });
        return [pool, pollers.length] as const;
      } catch (error) {
        throw serviceFailure(error, 'status');
      }
    }),
  );
  return Object.fromEntries(counts) as Record<Pool, number>;
}
