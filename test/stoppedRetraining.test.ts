/** How a retraining ends that is not let finish: out of time, or cancelled. On a server of its own, where time passes at once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError, type WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { taskQueues, workflowTypes } from '../contracts/names.js';
import { promotionPolicySchema } from '../contracts/promotion.js';
import type { RunResult } from '../contracts/result.js';
import type { Notification } from '../contracts/retraining.js';
import { activities, failure, spec, timeSkippingServer, toolMissing, withWorkers } from './workflowsForTests.js';
import type { Activities } from './workflowsForTests.js';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const notify = 'https://hooks.example/graftwork';
let started = 0;

describe('a retraining that is not let finish', { skip: toolMissing('temporal-test-server'), timeout: 120_000 }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await timeSkippingServer();
  });
  after(() => environment.teardown());

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

  test('a training run that a person cancels is told of; a retraining that is cancelled is not', async () => {
    const told: string[] = [];
    const begun: string[] = [];
    const cancelling = (whom: (run: string) => string): Activities => ({
      ...activities(1),
      trainStage: async () => {
        const id = `retrain-tested-${started}`;
        const { events } = await environment.client.workflow.getHandle(id).fetchHistory();
        const child = events?.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
        const run = child?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? '';
        begun.push(run);
        await environment.client.workflow.getHandle(whom(run)).cancel();
        throw failure('GW_S3_UNREACHABLE', false);
      },
      notify: ({ notification }) => {
        told.push(`${notification.event} ${notification.run}`);
        return Promise.resolve();
      },
    });
    await assert.rejects(retrain(cancelling((run) => run)));
    assert.deepEqual(told, [`retraining-failed ${begun[0]}`]);
    await assert.rejects(retrain(cancelling(() => `retrain-tested-${started}`)));
    assert.equal(told.length, 1);
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
