/** The workers of a process, one per pool it serves. */
import { availableParallelism } from 'node:os';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import type { ActivityDependencies } from '../activities/shared/dependencies.js';
import type { Engine } from '../activities/shared/engine.js';
import { ActivityInterceptor } from '../activities/shared/activityInterceptor.js';
import { FailureInterceptor } from '../activities/shared/failureInterceptor.js';
import { createGpuActivities } from '../activities/gpuActivities.js';
import { taskQueues, type Pool } from '../contracts/names.js';
import { memoryLimit } from '../learning/images/memory/memoryLimit.js';
import type { WorkerTracing } from '../telemetry/workerTracing.js';
import { cpuSlots } from './cpuSlots.js';
import { workflowSource } from './workflowBundle.js';

export interface PoolContext {
  connection: NativeConnection;
  namespace: string;
  dataConverter: DataConverter;
  dependencies: ActivityDependencies;
  engine: Engine;
  /** Engine processes of the gpu pool: it takes as many activities at once. */
  slots: number;
  /** undefined: nothing is traced. */
  tracing: WorkerTracing | undefined;
}

async function options(
  pool: Pool,
  { connection, namespace, dataConverter, dependencies, engine, slots, tracing }: PoolContext,
): Promise<WorkerOptions> {
  const shared: WorkerOptions = {
    connection,
    namespace,
    dataConverter,
    taskQueue: taskQueues[pool],
    interceptors: {
      ...(tracing === undefined ? {} : { client: tracing.client }),
      activity: [
        ...(tracing === undefined ? [] : [tracing.activity]),
        () => ({ inbound: new ActivityInterceptor(dependencies.measure) }),
        () => ({ inbound: new FailureInterceptor() }),
      ],
    },
    // Activities are stopped at once: they write their checkpoint and hand over.
    shutdownGraceTime: 0,
    // Live progress is read from heartbeats, so they may not be held back for most of the heartbeat timeout.
    // A cancellation arrives with the answer to one: with the 4 s an engine has to stop, it is done within 5.
    maxHeartbeatThrottleInterval: '1 second',
  };
  switch (pool) {
    case 'workflow':
      return {
        ...shared,
        ...workflowSource(dataConverter, tracing !== undefined),
        ...(tracing === undefined ? {} : { sinks: tracing.sinks }),
      };
    case 'cpu': {
      // Loads sharp, which the other pools' processes have no use for.
      const { createCpuActivities } = await import('../activities/cpuActivities.js');
      return {
        ...shared,
        activities: createCpuActivities(dependencies),
        maxConcurrentActivityTaskExecutions: cpuSlots(availableParallelism(), memoryLimit()),
      };
    }
    case 'gpu':
      return { ...shared, activities: createGpuActivities({ engine }), maxConcurrentActivityTaskExecutions: slots };
  }
}

export async function createPool(pool: Pool, context: PoolContext): Promise<Worker> {
  return Worker.create(await options(pool, context));
}
