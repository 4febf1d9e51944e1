/** Runs that are done again from an earlier point (`temporal workflow reset`), with the workflows that they had started. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { approvalWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import { promotionOutcomeSchema, promotionPolicySchema } from '../../contracts/spec/promotion.js';
import { runResultSchema } from '../../contracts/run/result.js';
import { retrainResultSchema, type Notification } from '../../contracts/models/retraining.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { eventually } from '../stacks/processes.js';
import { developmentServer, toolMissing, withWorkers, type Activities } from '../stacks/temporalForTests.js';
import { activities, spec } from '../stacks/workflowsForTests.js';

const webhook = 'https://hooks.example/graftwork';
const promotion = promotionPolicySchema.parse({ policy: 'approve', approval: { notify: webhook } });
let started = 0;

describe('runs that are reset', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  before(async () => {
    environment = await developmentServer();
  });
  after(() => environment.teardown());

  const handleOf = (id: string): WorkflowHandle => environment.client.workflow.getHandle(id);

  async function start(type: string, input: object): Promise<string> {
    const workflowId = `${type}-${++started}`;
    await environment.client.workflow.start(type, { workflowId, taskQueue: taskQueues.workflow, args: [input] });
    return workflowId;
  }

  /** Does the workflow again from its first workflow task, from the one that started its first child, or from its last. */
  async function reset(workflowId: string, point: 'task' | 'child' | '' = 'task'): Promise<void> {
    const { runId } = await handleOf(workflowId).describe();
    const { events = [] } = await handleOf(workflowId).fetchHistory();
    const tasks = (events ?? []).map(({ workflowTaskCompletedEventAttributes: ended }) => Boolean(ended));
    const child = (events ?? []).findIndex(({ startChildWorkflowExecutionInitiatedEventAttributes: begun }) => begun);
    const at =
      point === 'task' ? tasks.indexOf(true) : tasks.lastIndexOf(true, point === 'child' ? child : tasks.length);
    await environment.client.workflowService.resetWorkflowExecution({
      namespace: environment.namespace ?? 'default',
      workflowExecution: { workflowId, runId },
      reason: 'test',
      requestId: `${workflowId} ${runId}`,
      workflowTaskFinishEventId: events?.[at]?.eventId ?? null,
    });
  }

  const noting = (made: Activities, told: Notification[]): Activities => ({
    ...made,
    notify: ({ notification }) => {
      told.push(notification);
      return Promise.resolve();
    },
  });

  test('the wait for a person is found again, asks once, and is answered once', async () => {
    const told: Notification[] = [];
    await withWorkers(environment, noting(activities(1), told), async () => {
      const run = await start(workflowTypes.train, { ...spec, promotion });
      assert.equal(runResultSchema.parse(await handleOf(run).result()).promotion?.status, 'waiting');
      const wait = await handleOf(approvalWorkflowId(run)).describe();
      await reset(run);
      const again = runResultSchema.parse(await handleOf(run).result());
      assert.equal(again.promotion?.status, 'waiting');
      assert.equal((await handleOf(approvalWorkflowId(run)).describe()).runId, wait.runId);
      const args: [object] = [{ by: 'ada', why: 'looked at it' }];
      await handleOf(approvalWorkflowId(run)).executeUpdate(messages.approve, { args });
      const end = promotionOutcomeSchema.parse(await handleOf(approvalWorkflowId(run)).result());
      assert.deepEqual([end.status, end.by], ['promoted', 'ada']);
      assert.deepEqual(
        told.map(({ event }) => event),
        ['approval-wanted', 'approval-ended'],
      );
    });
  });

  test('where the run makes another model, that one waits, and the first is out of the question', async () => {
    const told: Notification[] = [];
    let version = 0;
    const made: Activities = {
      ...noting(activities(1), told),
      registerModel: () =>
        Promise.resolve({
          model: { name: 'tested', version: ++version },
          ...{ modelUri: 's3://bucket/m', cardUri: 's3://bucket/c' },
        }),
    };
    const settled: string[] = [];
    made.settlePromotion = ({ outcome }) => {
      settled.push(`${outcome.gate.challenger.version} ${outcome.status}`);
      return Promise.resolve(outcome);
    };
    await withWorkers(environment, made, async () => {
      const run = await start(workflowTypes.train, { ...spec, promotion });
      await handleOf(run).result();
      await reset(run);
      await handleOf(run).result();
      const wait = handleOf(approvalWorkflowId(run));
      await eventually('the second waits', () => Promise.resolve(told.at(-1)?.model === 'tested@2'));
      await wait.executeUpdate(messages.approve, { args: [{ by: 'ada', why: '' }] });
      const end = promotionOutcomeSchema.parse(await wait.result());
      assert.deepEqual([end.gate.challenger.version, end.status], [2, 'promoted']);
      assert.deepEqual(settled, ['1 waiting', '2 waiting', '1 overtaken', '2 promoted']);
      assert.deepEqual(
        told.map(({ event, model }) => `${event} ${model}`),
        ['approval-wanted tested@1', 'approval-ended tested@1', 'approval-wanted tested@2', 'approval-ended tested@2'],
      );
    });
  });

  test('what a person has said of the very model stands', async () => {
    const made = activities(1);
    const person = { status: 'rejected' as const, by: 'ada', reason: 'blurred' };
    let resets = 0;
    made.settlePromotion = ({ outcome }) => Promise.resolve(resets > 0 ? { ...outcome, ...person } : outcome);
    await withWorkers(environment, made, async () => {
      const run = await start(workflowTypes.train, { ...spec, promotion });
      await handleOf(run).result();
      await handleOf(approvalWorkflowId(run)).terminate();
      resets += 1;
      await reset(run);
      const again = runResultSchema.parse(await handleOf(run).result());
      assert.deepEqual([again.promotion?.status, again.promotion?.by], ['rejected', 'ada']);
      assert.equal((await handleOf(approvalWorkflowId(run)).describe()).status.name, 'TERMINATED');
    });
  });

  const points = [
    ['the first step', 'task'],
    ['the start of what it started', 'child'],
    ['the last step', ''],
  ] as const;
  for (const [where, at] of points) {
    test(`a retraining that is reset to ${where} while it trains makes its model, and one model`, async () => {
      const door = new Door();
      const registered = new Set<string>();
      const made = activities(1);
      const held: Activities = {
        ...made,
        trainStage: async (input) => {
          await door.passed();
          return made.trainStage(input);
        },
        registerModel: (input) => {
          registered.add(input.run);
          return made.registerModel(input);
        },
      };
      await withWorkers(environment, held, () =>
        door.held(async () => {
          const tick = await start(workflowTypes.retrain, { spec, warmStart: false, notify: null });
          await eventually('it trains', () => Promise.resolve(door.waiting > 0));
          const run = await childOf(tick);
          await reset(tick, at);
          const { runId } = await handleOf(run).describe();
          // Where it is started anew, the one there was ends first.
          const isOver = async () => at === '' || (await handleOf(run).describe()).runId !== runId;
          await eventually('only one trains', isOver);
          door.open();
          const result = retrainResultSchema.parse(await handleOf(tick).result());
          assert.deepEqual([result.status, result.run, [...registered]], ['trained', run, [run]]);
        }),
      );
    });

    test(`a run over many shards that is reset to ${where} while it makes them is completed`, async () => {
      const door = new Door();
      const made = activities(150);
      const held: Activities = {
        ...made,
        preprocessShards: async (input) => {
          await door.passed();
          return made.preprocessShards(input);
        },
      };
      await withWorkers(environment, held, () =>
        door.held(async () => {
          const run = await start(workflowTypes.train, spec);
          await eventually('batches are made', () => Promise.resolve(door.waiting > 0));
          await reset(run, at);
          door.open();
          assert.equal(runResultSchema.parse(await handleOf(run).result()).status, 'completed');
        }),
      );
    });
  }

  async function childOf(workflowId: string): Promise<string> {
    const { events } = await handleOf(workflowId).fetchHistory();
    const child = events?.find(({ startChildWorkflowExecutionInitiatedEventAttributes: begun }) => begun);
    return child?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ?? '';
  }
});

/** Holds activities up, until it is opened or they are cancelled. */
class Door {
  waiting = 0;
  private readonly opened = new AbortController();

  async passed(): Promise<void> {
    const context = Context.current();
    // Heartbeats bring the cancellation.
    const beat = setInterval(() => context.heartbeat(), 100);
    this.waiting += 1;
    const either = AbortSignal.any([this.opened.signal, context.cancellationSignal]);
    if (!either.aborted) await once(either, 'abort');
    clearInterval(beat);
    context.cancellationSignal.throwIfAborted();
  }

  open(): void {
    this.opened.abort();
  }

  /** Opens it whatever becomes of the work: nobody waits for a worker whose activity is held up. */
  async held(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      this.open();
    }
  }
}
