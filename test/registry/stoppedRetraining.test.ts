/** How a retraining ends that is not let finish: out of time, or cancelled. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError, type WorkflowStartOptions } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { promotionPolicySchema } from '../../contracts/spec/promotion.js';
import type { RunResult } from '../../contracts/run/result.js';
import type { Notification } from '../../contracts/models/retraining.js';
import { developmentServer, toolMissing, withWorkers, type Activities } from '../stacks/temporalForTests.js';
import { activities, failure, spec } from '../stacks/workflowsForTests.js';

const notify = 'https://hooks.example/graftwork';

// On a real server, whose clock is like any other: that on which time passes at once takes cancellations for what they are not.
describe('a retraining that is not let finish', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await developmentServer();
  });
  after(() => environment.teardown());

  /** Retrains to the end. @returns what it failed with, and what the webhook heard */
  async function retrain(
    workflowId: string,
    made: Partial<Activities>,
    limit: Pick<WorkflowStartOptions, 'workflowExecutionTimeout'> = {},
  ): Promise<{ failed: WorkflowFailedError; told: Notification[] }> {
    const told: Notification[] = [];
    const listening: Activities = {
      ...activities(1),
      ...made,
      notify: ({ notification }) => {
        told.push(notification);
        return Promise.resolve();
      },
    };
    const request = { spec: { ...spec, promotion: promotionPolicySchema.parse({}) }, warmStart: true, notify };
    const failed: unknown = await withWorkers(environment, listening, () =>
      environment.client.workflow.execute(workflowTypes.retrain, {
        ...{ workflowId, taskQueue: taskQueues.workflow, args: [request], ...limit },
      }),
    ).catch((error: unknown) => error);
    assert(failed instanceof WorkflowFailedError, String(failed));
    return { failed, told };
  }

  async function runOf(retraining: string): Promise<string> {
    const { events } = await environment.client.workflow.getHandle(retraining).fetchHistory();
    const child = events?.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
    return child?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? assert.fail('it has no run');
  }

  /** A step in training that cancels a workflow. */
  const cancelling = (whom: () => Promise<string>): Partial<Activities> => ({
    trainStage: async () => {
      await environment.client.workflow.getHandle(await whom()).cancel();
      throw failure('GW_S3_UNREACHABLE', false);
    },
  });

  test('a training run that a person cancels is reported', async () => {
    const { told } = await retrain(
      'run-cancelled',
      cancelling(() => runOf('run-cancelled')),
    );
    const run = await runOf('run-cancelled');
    assert.deepEqual(
      told.map((one) => [one.event, one.run]),
      [['retraining-failed', run]],
    );
  });

  test('a retraining that a person cancels is not reported', async () => {
    const { failed, told } = await retrain(
      'cancelled',
      cancelling(() => Promise.resolve('cancelled')),
    );
    assert(failed.cause instanceof CancelledFailure);
    assert.deepEqual(told, []);
  });

  test('a retraining that runs out of time stops its run before Temporal does, and says so', async () => {
    let recorded: RunResult['status'] | undefined;
    const endless: Partial<Activities> = {
      trainStage: () => Promise.reject(failure('GW_S3_UNREACHABLE', false)),
      recordRun: ({ result }) => {
        recorded = result.status;
        return Promise.resolve();
      },
    };
    // A fifth of it is for its ending.
    const { failed, told } = await retrain('out-of-time', endless, { workflowExecutionTimeout: '40 seconds' });
    assert(failed.cause instanceof ApplicationFailure);
    assert.match(failed.cause.message, /within its time limit/);
    assert.deepEqual(
      told.map(({ event, failure: what }) => [event, what?.code]),
      [['retraining-failed', 'GW_RUN_FAILED']],
    );
    assert.equal(recorded, 'canceled');
  });
});
