/** Runs with much work, much trouble or much time: their histories stay short, and only real trouble ends them. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { mostRowsKept, mostRowsSent, thinned } from '../../contracts/spec/stages/epochTable.js';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import { eventually } from '../stacks/processes.js';
import {
  developmentServer,
  timeSkippingServer,
  toolMissing,
  withWorkers,
  type Activities,
} from '../stacks/temporalForTests.js';
import { activities, digest, epochs, failure, spec, stageResult } from '../stacks/workflowsForTests.js';

let runs = 0;

/** Runs the training workflow to its end. */
async function train(
  environment: TestWorkflowEnvironment,
  made: Activities,
): Promise<{ id: string; result: RunResult }> {
  const id = `train-tested-${++runs}`;
  const result: unknown = await withWorkers(environment, made, () =>
    environment.client.workflow.execute(workflowTypes.train, {
      workflowId: id,
      taskQueue: taskQueues.workflow,
      args: [spec],
    }),
  );
  return { id, result: runResultSchema.parse(result) };
}

async function history(environment: TestWorkflowEnvironment, workflowId: string, runId?: string) {
  return (await environment.client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
}

describe('with time that passes at once', { skip: toolMissing('temporal-test-server') }, () => {
  let environment: TestWorkflowEnvironment;
  beforeEach(async () => {
    environment = await timeSkippingServer();
  });
  afterEach(() => environment.teardown());

  test('a run over 100,000 images stays under 2,000 events in each of its executions', async () => {
    const shards = Math.ceil(100_000 / 64);
    const { id, result } = await train(environment, activities(shards));
    const own = await history(environment, id);
    assert.ok(own.length < 2_000, `${own.length} events`);
    const children = own.flatMap(
      (event) => event.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? [],
    );
    assert.ok(children.length > 10, `${children.length} batches`);
    for (const { workflowId } of children) {
      const events = await history(environment, workflowId ?? '');
      assert.ok(events.length < 250, `${events.length} events of ${workflowId}`);
    }
    assert.deepEqual(
      result.stages.slice(0, 2).map(({ name, cache }) => [name, cache.misses]),
      ['preprocess', 'features'].map((name) => [name, Math.ceil(shards / 4)]),
    );
  });

  test('a hundred preemptions and lost workers use up nothing of the patience with real failures', async () => {
    const made = activities(1);
    let attempts = 0;
    const preempted = Array.from({ length: 50 }, () => null);
    const script = [...preempted, 'GW_INTERNAL', ...preempted, 'GW_INTERNAL'] as const;
    const trainStage: Activities['trainStage'] = async (input) => {
      const code = input.stage === 0 ? script[attempts++] : undefined;
      if (code === undefined) return made.trainStage(input);
      throw code === null ? failure('GW_PREEMPTED', false) : failure(code, true);
    };
    const { result } = await train(environment, { ...made, trainStage });
    assert.equal(result.status, 'completed');
    assert.equal(attempts, script.length + 1);
  });

  test('a failure that may be ours ends the run after a few failed attempts, not while each comes further', async () => {
    const made = activities(1);
    const progress = (done: number) => ({ stage: 'head', done, total: 100, unit: 'steps' as const });
    let attempts = 0;
    const advancing: Activities['trainStage'] = async (input) => {
      if (input.stage > 0 || ++attempts > 30) return made.trainStage(input);
      throw failure('GW_ENGINE_DIED', true, progress(attempts));
    };
    assert.equal((await train(environment, { ...made, trainStage: advancing })).result.status, 'completed');

    attempts = 0;
    const stuck: Activities['trainStage'] = async () => {
      attempts += 1;
      throw failure('GW_ENGINE_DIED', true, progress(57));
    };
    await assert.rejects(train(environment, { ...made, trainStage: stuck }));
    assert.equal(attempts, 8);
  });

  test('where memory runs out, half as many images go through at once', async () => {
    const made = activities(1);
    const asked: number[] = [];
    const { result } = await train(environment, {
      ...made,
      trainStage: async (input) => {
        if (input.stage === 1) asked.push(input.halvings);
        if (input.stage === 1 && input.halvings < 2) throw failure('GW_OUT_OF_MEMORY', true);
        return made.trainStage(input);
      },
    });
    assert.deepEqual(asked, [0, 1, 2]);
    assert.equal(result.status, 'completed');
  });

  test('ten thousand epochs fit into a small answer', async () => {
    const made = activities(1);
    const { result } = await train(environment, {
      ...made,
      trainStage: async ({ stage }) => ({
        key: digest(String(stage)),
        result: stageResult(stage === 0 ? 'head' : 'fine-tune-1', thinned(epochs(10_000), mostRowsSent)),
        reused: false,
        resumedFrom: null,
      }),
    });
    const rows = result.stages.flatMap((stage) => stage.epochs);
    assert.ok(rows.length <= mostRowsKept);
    assert.deepEqual([rows[0]?.epoch, rows.at(-1)?.epoch], [1, 10_000]);
    assert.ok(JSON.stringify(result).length < 64 * 1024, `${JSON.stringify(result).length} bytes`);
  });
});

test(
  'a run whose history becomes long goes on in a new execution, with what it knew',
  { skip: toolMissing('temporal') },
  async () => {
    const environment = await developmentServer([
      ...['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'],
    ]);
    try {
      const stages = ['head', ...Array.from({ length: 12 }, (_, index) => `fine-tune-${index + 1}`)];
      const made = activities(1, stages);
      const trained: { stage: number; previous: number }[] = [];
      let ingested = 0;
      const { id, result } = await train(environment, {
        ...made,
        ingestDataset: (input) => {
          ingested += 1;
          return made.ingestDataset(input);
        },
        trainStage: (input) => {
          trained.push({ stage: input.stage, previous: input.previous.length });
          return made.trainStage(input);
        },
      });
      assert.equal(result.status, 'completed');
      assert.equal(ingested, 1);
      assert.deepEqual(
        trained,
        stages.map((_, stage) => ({ stage, previous: stage })),
      );
      assert.deepEqual(
        result.stages.map(({ name }) => name),
        ['preprocess', 'features', ...stages],
      );
      const executions: number[] = [];
      // Temporal lists what it has begun and ended a moment later.
      await eventually('more than one execution is listed', async () => {
        executions.length = 0;
        for await (const { runId } of environment.client.workflow.list({ query: `WorkflowId = '${id}'` })) {
          executions.push((await history(environment, id, runId)).length);
        }
        return executions.length > 1;
      });
      assert.ok(Math.max(...executions) < 100, `${executions.join(', ')} events`);
    } finally {
      await environment.teardown();
    }
  },
);
