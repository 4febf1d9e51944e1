/**
 * Records the histories that test/runs/replay.test.ts replays: `node dist/test/stacks/recordHistories.js [runs] [choosing] [retraining] [large]
 * [preempted]`, a few minutes; all of them where none is named.
 *
 * Done when a new kind of course is to be kept. Not done to silence a failing replay: that one says that runs which are
 * under way would break (docs/operations.md, “Changing workflows”).
 */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { RunHandle, RunStatus, Tick } from '../../client/index.js';
import { approvalWorkflowId, taskQueues, workflowTypes } from '../../contracts/names.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { checkout } from '../../infra/stack.js';
import { quickSpec } from '../fixtures/quickSpecs.js';
import { eventually } from './processes.js';
import { sharedData } from '../fixtures/sharedData.js';
import { StackForTests } from './stackForTests.js';
import { developmentServer, serverProgram, withWorkers } from './temporalForTests.js';
import { activities, failure, spec } from './workflowsForTests.js';

const folder = join(checkout, 'test', 'histories');
const tiny = sharedData('datasets/tiny');
const longSpec = { ...quickSpec, fineTune: [{ epochs: 300, batchSize: 4 }] };

/** What depends on the machine and not on the course of the run. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  if (key === 'identity') return 'recorded';
  if (key === 'name' && typeof value === 'string' && value.includes('@')) return 'recorded';
  return value;
}

async function record(address: string, name: string, workflowId: string): Promise<void> {
  const { stdout } = await promisify(execFile)(
    serverProgram('temporal').path,
    ['workflow', 'show', '--workflow-id', workflowId, '--output', 'json', '--address', address],
    { maxBuffer: 64 * 2 ** 20 },
  );
  const history = JSON.parse(stdout, withoutMachine) as { events: unknown[] };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(history)}\n`);
  process.stderr.write(`${name}: ${history.events.length} events\n`);
}

async function until(run: RunHandle, seen: (status: RunStatus) => boolean): Promise<void> {
  for await (const status of run.watch({ everyMs: 100 })) if (seen(status)) return;
  throw new Error(`run ${run.id} ended before it was seen in the state waited for`);
}

const fineTuning = ({ activities: held }: RunStatus): boolean =>
  held.some(({ progress }) => progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done > 3);

/** Real runs on real servers. */
async function recordRuns(): Promise<void> {
  const stack = await StackForTests.start();
  const { temporal } = await stack.state();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  try {
    const completed = await stack.graftwork.train(tiny, { spec: { ...quickSpec, name: 'completed', seed: 1 } });
    await completed.result();
    await record(temporal.address, 'completed', completed.id);

    const steered = await stack.graftwork.train(tiny, { spec: { ...longSpec, name: 'steered', seed: 2 } });
    await until(steered, fineTuning);
    await steered.pause();
    await until(steered, ({ status, activities: held }) => status === 'paused' && held.length === 0);
    await steered.resume();
    await until(steered, fineTuning);
    await steered.finish();
    await steered.result();
    await record(temporal.address, 'paused-resumed-finished', steered.id);

    const cancelled = await stack.graftwork.train(tiny, { spec: { ...longSpec, name: 'cancelled', seed: 3 } });
    await until(cancelled, fineTuning);
    await cancelled.cancel();
    await cancelled.result().catch(() => undefined);
    await record(temporal.address, 'cancelled', cancelled.id);

    const failed = await stack.graftwork.train(tiny, {
      spec: { ...quickSpec, name: 'failed', fineTune: [{ unfreeze: ['nothing-of-that-name'] }] },
    });
    await failed.result().catch(() => undefined);
    await record(temporal.address, 'failed', failed.id);

    const [image] = (await stack.graftwork.models.list()).map(({ name }) => name);
    if (image === undefined) throw new Error('no model was made');
    const known = new Set<string>();
    for await (const { workflowId } of client.workflow.list()) known.add(workflowId);
    await stack.graftwork.predict(image, [tiny]);
    for await (const { workflowId } of client.workflow.list()) {
      if (!known.has(workflowId)) await record(temporal.address, 'predict', workflowId);
    }
  } finally {
    await connection.close();
    await stack.stop();
  }
}

/** A run that chooses for itself, and a ranking. */
async function recordChoosing(): Promise<void> {
  const stack = await StackForTests.start();
  try {
    const { temporal } = await stack.state();
    const run = await stack.graftwork.train(tiny, { spec: { name: 'chosen', backbone: 'auto', budget: '3m' } });
    await run.result();
    await record(temporal.address, 'chosen', run.id);
    await stack.graftwork.rank(tiny, { spec: { name: 'ranked' } });
    const connection = await Connection.connect({ address: temporal.address });
    const client = new Client({ connection, namespace: temporal.namespace });
    for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = '${workflowTypes.rank}'` })) {
      await record(temporal.address, 'ranked', workflowId);
    }
    await connection.close();
  } finally {
    await stack.stop();
  }
}

/** A schedule's ticks, with and without something to do, and the approval of what was trained. */
async function recordRetraining(): Promise<void> {
  const stack = await StackForTests.start();
  const { graftwork } = stack;
  try {
    const { temporal } = await stack.state();
    const uri = graftwork.store.uri('photos');
    await graftwork.sync(tiny, uri);
    const retrained = { ...quickSpec, name: 'retrained', promotion: { policy: 'approve' as const } };
    await graftwork.schedules.create(graftwork.recurringSpec(uri, retrained), { every: '1d', paused: true });
    const tick = async (): Promise<Tick> => {
      const { counts } = await graftwork.schedules.show('retrained');
      await graftwork.schedules.trigger('retrained');
      let newest: Tick | undefined;
      await eventually('the tick has ended', async () => {
        [newest] = await graftwork.schedules.ticks('retrained');
        const { counts: now } = await graftwork.schedules.show('retrained');
        return now.taken > counts.taken && newest !== undefined && newest.status !== 'running';
      });
      if (newest === undefined) throw new Error('there was no tick');
      return newest;
    };
    const { workflow, run } = await tick();
    if (run === null) throw new Error('nothing was trained');
    await record(temporal.address, 'retrained', workflow);
    await record(temporal.address, 'waiting', run);
    await graftwork.run(run).approve({ by: 'somebody', why: 'a recording' });
    await record(temporal.address, 'approved', approvalWorkflowId(run));
    await record(temporal.address, 'unchanged', (await tick()).workflow);
  } finally {
    await stack.stop();
  }
}

/** Courses that real runs take only with very many images, or in trouble. */
async function recordLargeRun(): Promise<void> {
  const environment = await developmentServer();
  try {
    const made = activities(150);
    let attempts = 0;
    const workflowId = 'large';
    const troubled: typeof made = {
      ...made,
      trainStage: async (input) => {
        if (input.halvings === 0) throw failure('GW_OUT_OF_MEMORY', true);
        if (++attempts === 2) throw failure('GW_ENGINE_DIED', true);
        return made.trainStage(input);
      },
    };
    await withWorkers(environment, troubled, () =>
      environment.client.workflow.execute(workflowTypes.train, {
        workflowId,
        taskQueue: taskQueues.workflow,
        args: [spec],
      }),
    );
    await record(environment.address, 'large-and-troubled', workflowId);
    const events = (await environment.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
    const child = events.find((event) => event.childWorkflowExecutionStartedEventAttributes);
    const id = child?.childWorkflowExecutionStartedEventAttributes?.workflowExecution?.workflowId;
    if (typeof id !== 'string') throw new Error('there was no batch of its own');
    await record(environment.address, 'batch', id);
  } finally {
    await environment.teardown();
  }
}

/** Runs that are paused or cancelled, and whose worker is preempted before it has heard of that. */
async function recordPreempted(): Promise<void> {
  const environment = await developmentServer();
  try {
    for (const order of ['paused', 'cancelled'] as const) {
      const made = activities(1);
      let go: () => void = () => undefined;
      const steered = new Promise<void>((resolve) => (go = resolve));
      let begun = 0;
      const preempted: typeof made = {
        ...made,
        trainStage: async (input) => {
          if (input.stage > 0 || begun++ > 0) return made.trainStage(input);
          await steered;
          throw failure('GW_PREEMPTED', false);
        },
      };
      const workflowId = `${order}-and-preempted`;
      await withWorkers(environment, preempted, async () => {
        const handle = await environment.client.workflow.start(workflowTypes.train, {
          workflowId,
          taskQueue: taskQueues.workflow,
          args: [spec],
        });
        const pending = async () => (await handle.describe()).raw.pendingActivities ?? [];
        await eventually('it trains', () => Promise.resolve(begun > 0));
        await (order === 'paused' ? handle.executeUpdate(messages.pause) : handle.cancel());
        await eventually('the cancel is known', async () => (await pending()).some(({ state }) => state === 3));
        go();
        await eventually('it has stopped', async () => (await pending()).length === 0);
        if (order === 'paused') await handle.executeUpdate(messages.resume).catch(() => undefined);
        await handle.result().catch(() => undefined);
      });
      await record(environment.address, workflowId, workflowId);
    }
  } finally {
    await environment.teardown();
  }
}

const courses = {
  runs: recordRuns,
  choosing: recordChoosing,
  retraining: recordRetraining,
  large: recordLargeRun,
  preempted: recordPreempted,
};
const named = process.argv.slice(2);
for (const [name, course] of Object.entries(courses)) if (named.length === 0 || named.includes(name)) await course();
