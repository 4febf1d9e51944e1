/** Temporal servers of a test's own, with workers in its process. What serves ends before its server, however the test ends. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { CpuActivities, GpuActivities } from '../../contracts/activities/activities.js';
import { searchAttributes, taskQueues } from '../../contracts/names.js';
import { checkout, toolPath, type Tool } from '../../infra/stack.js';
import { workflowSource } from '../../worker/workflowBundle.js';
import './quietRuntime.js';

export type Activities = CpuActivities & GpuActivities;

/** Why tests on such a server cannot run here, or false. */
export function toolMissing(tool: Tool): string | false {
  return existsSync(join(checkout, '.graftwork', 'tools', tool)) ? false : `${tool} is not installed: run npm test`;
}

export function serverProgram(tool: Tool): { type: 'existing-path'; path: string } {
  return { type: 'existing-path', path: toolPath(join(checkout, '.graftwork'), tool) };
}

/**
 * A server on which time that nobody works in passes at once. The caller tears it down.
 *
 * Each test takes its own, and cancels nothing on it. The server lets time pass while its count of work under way is zero, and
 * some work stays counted for ever: a child that ends after its parent, an update that is refused. A test that does any of
 * this needs no time to pass afterwards. What is cancelled it may retry, forget or let run out of time at once.
 */
export async function timeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const server = { executable: serverProgram('temporal-test-server') };
  return prepared(await TestWorkflowEnvironment.createTimeSkipping({ server }));
}

/**
 * Temporal's development server, with a clock like any other. The caller tears it down.
 *
 * @param extraArgs of `temporal server start-dev`
 */
export async function developmentServer(extraArgs: string[] = []): Promise<TestWorkflowEnvironment> {
  const server = { executable: serverProgram('temporal'), extraArgs };
  return prepared(await TestWorkflowEnvironment.createLocal({ server }));
}

/** What ends the workers that serve, by their server. */
const serving = new WeakMap<TestWorkflowEnvironment, Set<() => Promise<void>>>();

/** Workers end before their connection and their server: one that outlives it asks for it again and again, aloud. */
async function prepared(environment: TestWorkflowEnvironment): Promise<TestWorkflowEnvironment> {
  const stops = new Set<() => Promise<void>>();
  serving.set(environment, stops);
  const teardown = environment.teardown.bind(environment);
  environment.teardown = async () => {
    await Promise.all([...stops].map((stop) => stop()));
    await teardown();
  };
  await createSearchAttributes(environment);
  return environment;
}

/** The embedded stack creates them at boot. */
export async function createSearchAttributes(environment: TestWorkflowEnvironment): Promise<void> {
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name, type }) => [name, indexedValueTypes[type]]),
    ),
  });
}

/** Of temporal.api.enums.v1.IndexedValueType. */
const indexedValueTypes = { Keyword: 2, Double: 4 } as const;

/**
 * Serves the pools with these activities while `use` runs, or until the server is torn down.
 * @throws Error when the workers end before `use` does
 */
export async function withWorkers<T>(
  environment: TestWorkflowEnvironment,
  made: Activities,
  use: () => Promise<T>,
): Promise<T> {
  const { nativeConnection: connection, namespace } = environment;
  const shared = {
    connection,
    namespace: namespace ?? 'default',
    // An activity that never ends keeps no worker from ending.
    shutdownForceTime: '10 seconds',
    // Cancellations come with the answers to heartbeats, which the SDK sends every 24 s by itself.
    maxHeartbeatThrottleInterval: '100 milliseconds',
  } as const;
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: taskQueues.workflow, ...workflowSource() }),
    Worker.create({ ...shared, taskQueue: taskQueues.cpu, activities: made }),
    Worker.create({ ...shared, taskQueue: taskQueues.gpu, activities: made }),
  ]);
  const ended = Promise.allSettled(workers.map((worker) => worker.run()));
  const stop = async (): Promise<void> => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  };
  const endedEarly = ended.then((outcomes) => {
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'asked to'));
    throw new Error(`the workers ended before what they serve: ${reasons.join('; ')}`);
  });
  const stops = serving.get(environment);
  stops?.add(stop);
  try {
    return await Promise.race([use(), endedEarly]);
  } finally {
    await stop();
    stops?.delete(stop);
  }
}
