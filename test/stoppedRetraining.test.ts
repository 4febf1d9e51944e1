/** How a retraining ends that is not let finish: out of time, or cancelled. On servers where time passes at once. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { WorkflowFailedError, type WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { taskQueues, workflowTypes } from '../contracts/names.js';
import { promotionPolicySchema } from '../contracts/promotion.js';
import type { RunResult } from '../contracts/result.js';
import type { Notification } from '../contracts/retraining.js';
import { timeSkippingServer, toolMissing, withWorkers, type Activities } from './temporalForTests.js';
import { activities, failure, spec } from './workflowsForTests.js';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const notify = 'https://hooks.example/graftwork';
let started = 0;

describe('a retraining that is not let finish', { skip: toolMissing('temporal-test-server') }, () => {
  let environment: TestWorkflowEnvironment;
  beforeEach(async () => {
    environment = await timeSkippingServer();
  });
  afterEach(() => environment.teardown());

  function retrain(made: Activities, limit: Pick<WorkflowStartOptions, 'workflowExecutionTimeout'> = {}) {
    const request = { spec: { ...spec, promotion: promotionPolicySchema.parse({}) }, warmStart: true, notify };
    return withWorkers(environment, made, () =>
      environment.client.workflow.execute(workflowTypes.retrain, {
        workflowId: `retrain-tested-${++started}`,
        taskQueue: taskQueues.workflow,
        args: [request],
        ...limit,
      }),
    );
  }

  /** Of which a step in training cancels the workflow with such an id, and what the webhook hears. */
  function cancelling(whom: (retraining: string, run: string) => string) {
    const told: string[] = [];
    let run = '';
    const made: Activities = {
      ...activities(1),
      trainStage: async () => {
        const retraining = `retrain-tested-${started}`;
        const { events } = await environment.client.workflow.getHandle(retraining).fetchHistory();
        const child = events?.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
        run = child?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? '';
        await environment.client.workflow.getHandle(whom(retraining, run)).cancel();
        throw failure('GW_S3_UNREACHABLE', false);
      },
      notify: ({ notification }) => {
        told.push(`${notification.event} ${notification.run}`);
        return Promise.resolve();
      },
    };
    return { made, told, run: () => run };
  }

  test('a training run that a person cancels is told of', async () => {
    const { made, told, run } = cancelling((_retraining, training) => training);
    await assert.rejects(retrain(made));
    assert.deepEqual(told, [`retraining-failed ${run()}`]);
  });

  test('a retraining that a person cancels is not told of', async () => {
    const { made, told, run } = cancelling((retraining) => retraining);
    await assert.rejects(retrain(made));
    assert.notEqual(run(), '');
    assert.deepEqual(told, []);
  });

  test('a retraining that runs out of time stops its run before Temporal does, and says so', async () => {
    const told: Notification[] = [];
    let recorded: RunResult['status'] | undefined;
    const endless: Activities = {
      ...activities(1),
      trainStage: () => Promise.reject(failure('GW_S3_UNREACHABLE', false)),
      recordRun: ({ result }) => {
        recorded = result.status;
        return Promise.resolve();
      },
      notify: ({ notification }) => {
        told.push(notification);
        return Promise.resolve();
      },
    };
    const failed: unknown = await retrain(endless, { workflowExecutionTimeout: '1 hour' }).catch(
      (error: unknown) => error,
    );
    assert(failed instanceof WorkflowFailedError && failed.cause instanceof ApplicationFailure);
    assert.match(failed.cause.message, /within its time limit/);
    assert.deepEqual(
      told.map(({ event, failure: what }) => [event, what?.code]),
      [['retraining-failed', 'GW_RUN_FAILED']],
    );
    assert.equal(recorded, 'canceled');
  });
});
