/** What becomes of a model after its training: the gate's word, a person's, and what a schedule's tick does. On time that passes at once. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { errorInFailure } from '../../client/connection/failures.js';
import { approvalWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import {
  promotionOutcomeSchema,
  promotionPolicySchema,
  type PromotionOutcome,
} from '../../contracts/spec/promotion.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import { retrainResultSchema, type Notification } from '../../contracts/models/retraining.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import {
  developmentServer,
  timeSkippingServer,
  toolMissing,
  withWorkers,
  type Activities,
} from '../stacks/temporalForTests.js';
import { activities, digest, failure, spec } from '../stacks/workflowsForTests.js';

const webhook = 'https://hooks.example/graftwork';
let started = 0;

describe('after training', () => {
  let environment: TestWorkflowEnvironment;

  async function run(policy: object, made: Activities): Promise<RunResult> {
    const promotion = promotionPolicySchema.parse(policy);
    return withWorkers(environment, made, async () =>
      runResultSchema.parse(
        await environment.client.workflow.execute(workflowTypes.train, {
          workflowId: `train-promoted-${++started}`,
          taskQueue: taskQueues.workflow,
          args: [{ ...spec, promotion }],
        }),
      ),
    );
  }

  /** A run whose model waits, and what `answer` makes of that. */
  async function waiting<T>(
    approval: object,
    made: Activities,
    answer: (handle: WorkflowHandle) => Promise<T>,
  ): Promise<{ answered: T; end: PromotionOutcome }> {
    const promotion = promotionPolicySchema.parse({ policy: 'approve', approval });
    const workflowId = `train-promoted-${++started}`;
    return withWorkers(environment, made, async () => {
      const args = [{ ...spec, promotion }];
      const result = runResultSchema.parse(
        await environment.client.workflow.execute(workflowTypes.train, {
          ...{ workflowId, args },
          taskQueue: taskQueues.workflow,
        }),
      );
      assert.equal(result.promotion?.status, 'waiting');
      const handle = environment.client.workflow.getHandle(approvalWorkflowId(workflowId));
      return { answered: await answer(handle), end: promotionOutcomeSchema.parse(await handle.result()) };
    });
  }

  const approve = (handle: WorkflowHandle, by: string) =>
    handle.executeUpdate<PromotionOutcome, [object]>(messages.approve, { args: [{ by, why: 'looked at it' }] });

  async function retrain(made: Activities, notify: string | null = null, id = ++started) {
    return withWorkers(environment, made, async () =>
      retrainResultSchema.parse(
        await environment.client.workflow.execute(workflowTypes.retrain, {
          workflowId: `retrain-tested-${id}`,
          taskQueue: taskQueues.workflow,
          args: [{ spec: { ...spec, promotion: promotionPolicySchema.parse({}) }, warmStart: true, notify }],
        }),
      ),
    );
  }

  describe('with time that passes at once', { skip: toolMissing('temporal-test-server') }, () => {
    beforeEach(async () => {
      environment = await timeSkippingServer();
    });
    afterEach(() => environment.teardown());

    test('what passes the gate goes into production; what does not stays out, and the reason is in the result', async () => {
      const made = activities(1);
      assert.equal((await run({}, made)).promotion?.status, 'promoted');
      const refused = await run(
        {},
        {
          ...made,
          compareToProduction: async (input) => ({
            ...(await made.compareToProduction(input)),
            ...{ passes: false, verdict: 'worse', reason: 'clearly worse' },
          }),
        },
      );
      assert.deepEqual([refused.promotion?.status, refused.promotion?.reason], ['refused', 'clearly worse']);
      assert.equal(refused.status, 'completed');
      assert.equal((await run({ policy: 'never' }, made)).promotion, undefined);
    });

    test('overtaken by another promotion, a model is compared with that one before it may pass', async () => {
      const made = activities(1);
      const settled: string[] = [];
      const result = await run(
        {},
        {
          ...made,
          settlePromotion: ({ outcome }) => {
            settled.push(outcome.status);
            return Promise.resolve(settled.length === 1 ? { ...outcome, status: 'overtaken' as const } : outcome);
          },
        },
      );
      assert.equal(result.promotion?.status, 'promoted');
      assert.equal(settled.length, 2);
    });

    test('nobody answers: it is reminded of every day, and after the week the answer is no', async () => {
      const told: Notification['event'][] = [];
      const made: Activities = {
        ...activities(1),
        notify: ({ notification }) => {
          told.push(notification.event);
          return Promise.resolve();
        },
      };
      const { end } = await waiting({ notify: webhook }, made, () => Promise.resolve());
      assert.equal(end.status, 'expired');
      assert.equal(told.filter((event) => event === 'approval-reminder').length, 6);
    });

    test('a tick on changed data measures drift, trains, promotes, records and notifies; on unchanged data it ends', async () => {
      const made = activities(1);
      const done: string[] = [];
      const changed: Activities = {
        ...made,
        planRetraining: async (input) => ({ ...(await made.planRetraining(input)), before: digest('1') }),
        recordRetraining: ({ record }) => {
          done.push(`recorded ${record.run}`);
          return Promise.resolve();
        },
        notify: ({ notification }) => {
          done.push(notification.event);
          return Promise.resolve();
        },
      };
      const trained = await retrain(changed, webhook);
      assert.equal(trained.status, 'trained');
      assert.equal(trained.promotion?.status, 'promoted');
      assert.equal(trained.drift?.summary, '1 picture added');
      assert.deepEqual(done, [`recorded ${trained.run}`, 'retrained']);
      const backfilled = await retrain(changed, null, started);
      assert.notEqual(backfilled.run, trained.run, 'the same moment once more: what it trains is no other model');
      const unchanged = await retrain({
        ...changed,
        planRetraining: async (input) => ({
          ...(await made.planRetraining(input)),
          unchanged: true,
          reason: 'nothing new',
        }),
        trainStage: () => Promise.reject(failure('GW_INTERNAL', true)),
      });
      assert.deepEqual([unchanged.status, unchanged.reason, unchanged.run], ['unchanged', 'nothing new', null]);
    });

    test('a retraining that fails says so to the webhook, and fails; a webhook that fails hinders nothing', async () => {
      const told: Notification[] = [];
      const made = activities(1);
      const failing: Activities = {
        ...made,
        evaluateModel: () => Promise.reject(failure('GW_DATASET_INVALID', true)),
        notify: ({ notification }) => {
          told.push(notification);
          return Promise.resolve();
        },
      };
      await assert.rejects(retrain(failing, webhook));
      assert.deepEqual(
        told.map(({ event, failure: what }) => [event, what?.code]),
        [['retraining-failed', 'GW_DATASET_INVALID']],
      );
      const deaf = await retrain(
        { ...made, notify: () => Promise.reject(failure('GW_WEBHOOK_FAILED', true)) },
        webhook,
      );
      assert.equal(deaf.status, 'trained');
    });

    test('drift that cannot be measured hinders nothing; before training, it is the tick that failed', async () => {
      const made = activities(1);
      const withoutDrift: Activities = {
        ...made,
        planRetraining: async (input) => ({ ...(await made.planRetraining(input)), before: digest('1') }),
        measureDrift: () => Promise.reject(failure('GW_S3_CREDENTIALS', true)),
      };
      const trained = await retrain(withoutDrift);
      assert.deepEqual([trained.status, trained.drift], ['trained', null]);
      const told: string[] = [];
      const empty: Activities = {
        ...made,
        ingestDataset: () => Promise.reject(failure('GW_DATASET_EMPTY', true)),
        notify: ({ notification }) => {
          told.push(notification.run);
          return Promise.resolve();
        },
      };
      await assert.rejects(retrain(empty, webhook, ++started));
      assert.deepEqual(told, [`retrain-tested-${started}`]);
    });
  });

  // On a real server: the one on which time passes at once loses what becomes of a word.
  describe('with time as on any clock', { skip: toolMissing('temporal') }, () => {
    beforeEach(async () => {
      environment = await developmentServer();
    });
    afterEach(() => environment.teardown());

    test('a person approves, once: who and why are recorded, and a second word is refused', async () => {
      const told: string[] = [];
      const settled: string[] = [];
      const made: Activities = {
        ...activities(1),
        notify: ({ notification }) => {
          told.push(notification.event);
          return Promise.resolve();
        },
        settlePromotion: async ({ outcome }) => {
          if (outcome.by === 'eve') throw failure('GW_S3_CREDENTIALS', true);
          const wait = environment.client.workflow.getHandle(approvalWorkflowId(`train-promoted-${started}`));
          const canAnswer = await wait.describe().then(
            () => true,
            () => false,
          );
          settled.push(`${outcome.status}, answers ${canAnswer ? 'taken' : 'not yet'}`);
          return outcome;
        },
      };
      const { answered, end } = await waiting({ notify: webhook, remindEveryHours: 168 }, made, async (handle) => {
        await assert.rejects(approve(handle, '  '));
        await assert.rejects(
          handle.executeUpdate(messages.approve, { args: [{ by: 'ada' }] }),
          WorkflowUpdateFailedError,
        );
        // Her word could not be carried out: she hears of it, and it goes on waiting.
        const failed = await approve(handle, 'eve').catch((error: unknown) => error);
        assert.equal(errorInFailure(failed)?.code, 'GW_S3_CREDENTIALS');
        const answers = await Promise.allSettled([approve(handle, 'ada'), approve(handle, 'ben')]);
        return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      });
      assert.equal(answered.length, 1);
      const [only] = answered;
      assert.deepEqual([only?.status, only?.reason], ['promoted', 'looked at it']);
      assert.match(only?.by ?? '', /^(ada|ben)$/);
      assert.deepEqual(end, only);
      assert.deepEqual(told, ['approval-wanted', 'approval-ended']);
      // Both are written to the same place: the person's word must be the last.
      assert.deepEqual(settled, ['waiting, answers not yet', 'promoted, answers taken']);
    });
  });
});
