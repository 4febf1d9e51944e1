/**
 * Runs whose gpu worker dies while they are steered. Temporal retries no activity that it was asked to cancel: it reports the
 * heartbeat timeout, or the preemption, as the activity's end.
 *
 * All runs share one server and one heartbeat timeout: each is held at its step, then all workers die.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { taskQueues, workflowTypes } from '../../contracts/names.js';
import { runResultSchema, type RunResult } from '../../contracts/run/result.js';
import type { RunSpec } from '../../contracts/spec/runSpec.js';
import { messages } from '../../contracts/run/workflowMessages.js';
import { checkout } from '../../infra/stack.js';
import { OwnedProcess } from '../../infra/stack/ownedProcess.js';
import { waitUntil } from '../../infra/stack/waitUntil.js';
import { workflowSource } from '../../worker/workflowBundle.js';
import { heldRunId, heldStepOf, type Where } from '../stacks/heldSteps.js';
import { eventually } from '../stacks/processes.js';
import { resetRun } from '../stacks/resetRun.js';
import { developmentServer, toolMissing } from '../stacks/temporalForTests.js';
import { activities, spec } from '../stacks/workflowsForTests.js';

const orders = ['pause', 'finish', 'cancel', 'budget', 'reset'] as const;
const twice = ['pause, resume', 'pause, finish', 'pause, cancel'] as const;
/** How the worker dies, and whether before or after the order is given. */
const deaths = ['killed, then', 'then killed', 'preempted, then'] as const;

interface Trial {
  where: Where;
  order: (typeof orders)[number] | (typeof twice)[number];
  death: (typeof deaths)[number];
}

const trials: Trial[] = deaths.flatMap((death) => [
  ...(['before', 'in', 'after'] as const).flatMap((where) => orders.map((order) => ({ where, order, death }))),
  ...twice.map((order) => ({ where: 'in' as const, order, death })),
  { where: 'search' as const, order: 'budget' as const, death },
  ...(['retraining', 'predicting'] as const).map((where) => ({ where, order: 'cancel' as const, death })),
]);

function nameOf({ where, order, death }: Trial): string {
  const place = { before: 'before a stage', in: 'in a stage', after: 'after a stage', search: 'in a search' };
  const course = death === 'then killed' ? `${order}, ${death}` : `${death} ${order}`;
  return `${{ ...place, retraining: 'in a retraining', predicting: 'in a prediction' }[where]}, ${course}`;
}

const idOf = (trial: Trial): string => heldRunId(trial.where, nameOf(trial).replaceAll(/\W+/g, '-'));

/** The workflow and what it is given. */
function workflowFor({ where, order }: Trial): [string, object] {
  if (where === 'predicting') {
    return [workflowTypes.predict, { model: { name: 'tested', version: 1 }, images: 'images', topK: 1, id: 'tested' }];
  }
  if (where === 'retraining') return [workflowTypes.retrain, { spec, warmStart: false, notify: null }];
  if (order !== 'budget') return [workflowTypes.train, spec];
  // A search gets a share of it, and four seconds at least. The alarm of one that is over at once rings 10 s after the head began.
  const budgeted: Partial<RunSpec> =
    where === 'search' ? { budget: { seconds: 28 }, undecided: ['head'] } : { budget: { seconds: 1 } };
  return [workflowTypes.train, { ...spec, ...budgeted }];
}

/** What the cpu pool was asked, by run. */
const recorded = new Map<string, RunResult['status'][]>();
const registered = new Map<string, number>();

const made = activities(1);
const cpuActivities: typeof made = {
  ...made,
  decideRun: async (input) => ({ ...(await made.decideRun(input)), trainingSeconds: 0 }),
  registerModel: (input) => {
    registered.set(input.run, (registered.get(input.run) ?? 0) + 1);
    return made.registerModel(input);
  },
  recordRun: ({ result }) => {
    recorded.set(result.run, [...(recorded.get(result.run) ?? []), result.status]);
    return Promise.resolve();
  },
};

describe('a run whose worker dies while it is steered', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  let folder: string;
  const mortals: OwnedProcess[] = [];
  const locals: { worker: Worker; done: Promise<void> }[] = [];

  before(async () => {
    environment = await developmentServer();
    folder = await mkdtemp(join(tmpdir(), 'graftwork-held-'));
    const { nativeConnection: connection } = environment;
    for (const options of [
      { taskQueue: taskQueues.workflow, ...workflowSource() },
      { taskQueue: taskQueues.cpu, activities: cpuActivities },
    ]) {
      const worker = await Worker.create({ connection, namespace: 'default', ...options });
      locals.push({ worker, done: worker.run() });
    }
    await disturbAll();
  });
  after(async () => {
    await Promise.all(mortals.map((mortal) => mortal.kill()));
    for (const { worker, done } of locals) {
      worker.shutdown();
      await done;
    }
    await environment.teardown();
    await rm(folder, { recursive: true, force: true });
  });

  const handleOf = (trial: Trial): WorkflowHandle => environment.client.workflow.getHandle(idOf(trial));

  /** @param slots activities it takes at a time: no more than it is to hold */
  async function heldWorker(name: string, slots: number, mode = 'holds'): Promise<OwnedProcess> {
    const mortal = new OwnedProcess({
      name,
      program: process.execPath,
      args: [join(checkout, 'dist', 'test', 'stacks', 'heldWorker.js'), environment.address, String(slots), mode],
      env: { ...process.env, GRAFTWORK_HOME: folder },
      cwd: checkout,
      log: join(folder, `${name}.log`),
      tellsReady: true,
    });
    mortals.push(mortal);
    await waitUntil(mortal, () => Promise.resolve(mortal.ready));
    return mortal;
  }

  /** Starts the runs, and waits until each is held at its step. */
  async function startHeld(held: readonly Trial[]): Promise<void> {
    for (const trial of held) {
      const [type, input] = workflowFor(trial);
      await environment.client.workflow.start(type, {
        workflowId: idOf(trial),
        taskQueue: taskQueues.workflow,
        args: [input],
      });
    }
    for (const trial of held)
      await eventually(`${nameOf(trial)}: held`, async () => !['none', 'waiting'].includes(await stateOf(trial)));
  }

  /** Of the step at which a run is to be held, as Temporal sees it. */
  async function stateOf(trial: Trial): Promise<'none' | 'waiting' | 'held' | 'cancelled' | 'closed'> {
    const { raw: own, status } = await handleOf(trial).describe();
    if (status.name !== 'RUNNING') return 'closed';
    const child = trial.where === 'retraining' ? own.pendingChildren?.[0]?.workflowId : undefined;
    const raw = typeof child === 'string' ? (await environment.client.workflow.getHandle(child).describe()).raw : own;
    const job = heldStepOf(idOf(trial));
    const found = (raw.pendingActivities ?? []).find(({ activityType }) => activityType?.name === job);
    if (found === undefined) return 'none';
    if (found.state === cancelRequested) return 'cancelled';
    return found.state === started ? 'held' : 'waiting';
  }

  async function steer(trial: Trial): Promise<void> {
    const handle = handleOf(trial);
    for (const order of trial.order.split(', ')) {
      if (order === 'cancel') await handle.cancel();
      else if (order === 'reset') await resetRun(environment.client, handle.workflowId);
      else if (order === 'finish' && trial.where !== 'in') await assert.rejects(handle.executeUpdate(messages.finish));
      else if (order !== 'budget')
        await handle.executeUpdate(
          order === 'pause' ? messages.pause : order === 'resume' ? messages.resume : messages.finish,
        );
    }
  }

  /** Waits until Temporal knows of the cancels that follow from the orders. */
  async function untilCancelled(steered: readonly Trial[]): Promise<void> {
    for (const trial of steered.filter(isInterrupted))
      await eventually(`${nameOf(trial)}: cancelled`, async () =>
        ['cancelled', 'closed'].includes(await stateOf(trial)),
      );
  }

  async function disturbAll(): Promise<void> {
    const [first, second, third] = deaths.map((death) => trials.filter((trial) => trial.death === death));
    assert.ok(first && second && third);
    const killed = await heldWorker('killed', first.length + second.length);
    await startHeld([...first, ...second]);
    const leaving = await heldWorker('leaving', third.length);
    await startHeld(third);

    await Promise.all(second.map(steer));
    await untilCancelled(second.filter(({ order }) => order !== 'budget'));
    await killed.kill();
    leaving.signal('SIGTERM');
    await eventually('it is stopping', () => Promise.resolve(leaving.lastWords().includes('stopping')));
    await Promise.all([...first, ...third].map(steer));
    await untilCancelled(third);
    leaving.signal('SIGUSR2');
    await leaving.exited;
    await heldWorker('heir', trials.length, 'answers');
  }

  for (const trial of trials) {
    test(nameOf(trial), async () => {
      const { where, order } = trial;
      const handle = handleOf(trial);
      const id = handle.workflowId;
      if (order === 'pause') {
        await eventually('the step has ended', async () => ['none', 'closed'].includes(await stateOf(trial)));
        assert.equal((await handle.describe()).status.name, 'RUNNING');
        assert.equal((await handle.query<RunResult>(messages.progress)).status, 'paused');
        await handle.executeUpdate(messages.resume);
      }
      if (order.endsWith('cancel')) {
        await assert.rejects(
          handle.result(),
          (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
        );
        const own = [...recorded].filter(([run]) => run.startsWith(id)).map(([, statuses]) => statuses);
        assert.deepEqual(own, where === 'predicting' ? [] : [['canceled']]);
        assert.equal(registered.get(id), undefined);
        return;
      }
      const result = runResultSchema.parse(await handle.result());
      assert.deepEqual([recorded.get(id), registered.get(id)], [['completed'], 1]);
      const stages = result.stages.slice(2).map(({ name, reason }) => `${name}: ${reason}`);
      const isEarly = where === 'in' && (order === 'budget' || order.endsWith('finish'));
      if (isEarly) assert.deepEqual(stages, ['head: early']);
      else assert.deepEqual(stages, ['head: whole', ...(order === 'budget' ? [] : ['fine-tune-1: whole'])]);
    });
  }
});

/** Whether its step is cancelled, and not only what comes after it held back. */
function isInterrupted({ where, order }: Trial): boolean {
  return order === 'cancel' || (order !== 'reset' && (where === 'in' || where === 'search'));
}

/** temporal.api.enums.v1.PendingActivityState */
const started = 2;
const cancelRequested = 3;
