/** What a paused run does: which failure of its activities ends it, which one the pause explains, and what waits for `resume`. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { WorkflowFailedError, WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { toFailure } from '../../activities/shared/failureInterceptor.js';
import { errorInFailure } from '../../client/connection/failures.js';
import { GraftworkError } from '../../contracts/errors.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { promotionPolicySchema } from '../../contracts/spec/promotion.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { eventually } from '../stacks/processes.js';
import { developmentServer, toolMissing, withWorkers, type Activities } from '../stacks/temporalForTests.js';
import { activities, failure, spec } from '../stacks/workflowsForTests.js';

describe('a run that is paused', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  beforeEach(async () => {
    environment = await developmentServer();
  });
  afterEach(() => environment.teardown());

  /** Starts a run, and lets `steer` have it. */
  async function run<T>(
    made: Activities,
    steer: (handle: WorkflowHandle) => Promise<T>,
    asked: RunSpec = spec,
  ): Promise<T> {
    return withWorkers(environment, made, async () => {
      const handle = await environment.client.workflow.start(workflowTypes.train, {
        workflowId: 'train-steered',
        taskQueue: taskQueues.workflow,
        args: [asked],
      });
      return steer(handle);
    });
  }

  /**
   * Runs with an activity of the head that fails with these, the last time after the run was paused; resumes the run.
   * @returns the run's end, and how often the head was begun
   */
  async function pausedBeforeLast(failures: readonly Error[]): Promise<{ result: RunResult; begun: number }> {
    const made = activities(1);
    let begun = 0;
    let pause: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (pause = resolve));
    const failing: Activities = {
      ...made,
      trainStage: async (input) => {
        const error = input.stage === 0 ? failures[begun++] : undefined;
        if (error === undefined) return made.trainStage(input);
        if (begun === failures.length) await paused;
        throw error;
      },
    };
    return run(failing, async (handle) => {
      await eventually('the last attempt is under way', () => Promise.resolve(begun === failures.length));
      await handle.executeUpdate(messages.pause);
      pause();
      await eventually(
        'it has failed',
        async () => ((await handle.describe()).raw.pendingActivities ?? []).length === 0,
      );
      // A run that has failed cannot be resumed.
      await handle.executeUpdate(messages.resume).catch(() => undefined);
      return { result: runResultSchema.parse(await handle.result()), begun };
    });
  }

  test('goes on with the stage when it is resumed, also if its worker was preempted', async () => {
    const { result, begun } = await pausedBeforeLast([failure('GW_PREEMPTED', false)]);
    assert.deepEqual([result.status, begun], ['completed', 2]);
  });

  test('has new patience with failures that may be ours when it is resumed', async () => {
    const corrupt = failure('GW_CORRUPT', true);
    const { result, begun } = await pausedBeforeLast([corrupt, corrupt, corrupt]);
    assert.deepEqual([result.status, begun], ['completed', 4]);
  });

  test('fails at once when no retry can help', async () => {
    const error = toFailure(new GraftworkError('GW_NOT_FINITE', 'the loss of head is not finite'));
    await assert.rejects(pausedBeforeLast([error]), (thrown) => {
      assert.ok(thrown instanceof WorkflowFailedError);
      return errorInFailure(thrown)?.code === 'GW_NOT_FINITE';
    });
  });

  test('refuses the pause once its result stands', async () => {
    let record: () => void = () => undefined;
    const recording = new Promise<void>((resolve) => (record = resolve));
    const made: Activities = { ...activities(1), recordRun: () => recording };
    const result = await run(made, async (handle) => {
      await eventually('it is being recorded', async () => {
        const { raw } = await handle.describe();
        return (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'recordRun');
      });
      await assert.rejects(handle.executeUpdate(messages.pause), WorkflowUpdateFailedError);
      record();
      return runResultSchema.parse(await handle.result());
    });
    assert.equal(result.status, 'completed');
  });

  test('promotes nothing before it is resumed, also where the gate has spoken', async () => {
    const made = activities(1);
    let gate: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (gate = resolve));
    let compared = 0;
    const settled: string[] = [];
    const judging: Activities = {
      ...made,
      compareToProduction: async (input) => {
        compared += 1;
        await opened;
        return made.compareToProduction(input);
      },
      settlePromotion: ({ outcome }) => {
        settled.push(outcome.status);
        return Promise.resolve(outcome);
      },
    };
    const steer = async (handle: WorkflowHandle): Promise<void> => {
      await eventually('its model is judged', () => Promise.resolve(compared === 1));
      await handle.executeUpdate(messages.pause);
      gate();
      await eventually('it has nothing to do', async () => {
        const { pendingActivities, pendingWorkflowTask } = (await handle.describe()).raw;
        return (pendingActivities ?? []).length === 0 && (pendingWorkflowTask ?? null) === null;
      });
      assert.deepEqual(settled, []);
      await handle.executeUpdate(messages.resume);
      assert.equal(runResultSchema.parse(await handle.result()).promotion?.status, 'promoted');
      assert.deepEqual(settled, ['promoted']);
    };
    await run(judging, steer, { ...spec, promotion: promotionPolicySchema.parse({}) });
  });
});
