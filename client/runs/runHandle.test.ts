import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { GraftworkError } from '../../contracts/errors.js';
import { promotionOutcomeSchema } from '../../contracts/spec/promotion.js';
import type { RunResult } from '../../contracts/run/result.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { RunHandle } from './runHandle.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

const ending: RunResult = {
  run: 'train-x',
  status: 'failed',
  model: null,
  dataset: null,
  backbone: null,
  cache: null,
  stages: [],
  test: null,
  artifacts: { model: null, card: null, report: null, exports: [] },
  seconds: 1,
  stage: 'ingest',
  failure: null,
};

interface Workflow {
  describe?: () => Promise<object>;
  query?: () => Promise<unknown>;
  result?: () => Promise<unknown>;
  cancel?: () => Promise<unknown>;
  executeUpdate?: (name: string) => Promise<unknown>;
}

const described = (name: string, type = 'transferLearning') => ({
  describe: () => Promise.resolve({ workflowId: 'train-x', type, status: { name }, startTime: new Date(), raw: {} }),
});

/** A run of which Temporal and the bucket say this. */
function handle(workflow: Workflow, objects: Record<string, unknown> = {}): RunHandle {
  const temporal = {
    client: { workflow: { getHandle: () => workflow } },
    connection: { withDeadline: (_: number, call: () => unknown) => call() },
  } as unknown as TemporalConnection;
  const store = { getJsonIfPresent: (key: string) => Promise.resolve(objects[key]) } as unknown as ObjectStore;
  return new RunHandle('train-x', temporal, store);
}

test('a run that says it has failed is running until Temporal says so too: only then is its failure known', async () => {
  const run = handle({ ...described('RUNNING'), query: () => Promise.resolve(ending) });
  assert.equal((await run.status()).status, 'running');
  assert.equal((await run.show()).status, 'running');
});

test('how long a run takes counts on where nothing happens, and from its very beginning', async () => {
  const begun = new Date(Date.now() - 60_000);
  const of = (name: string, seconds: number) =>
    handle({
      describe: async () => ({
        ...(await described(name).describe()),
        ...{ startTime: begun, closeTime: new Date(begun.getTime() + 50_000) },
      }),
      query: () => Promise.resolve({ ...ending, seconds }),
      result: () => Promise.reject(new Error('it failed')),
    }).show();
  assert.equal((await of('RUNNING', 1)).seconds, 50);
  // The history was begun anew an hour after the run.
  assert.equal((await of('RUNNING', 3600)).seconds, 3600);
  assert.equal((await of('FAILED', 1)).seconds, 50);
  assert.equal((await of('FAILED', 3600)).seconds, 3600);
});

test('a model that waited when its run ended is shown with what a person decided since', async () => {
  const model = { name: 'birds', version: 2 };
  const promotion = promotionOutcomeSchema.parse({
    status: 'waiting',
    reason: 'no worse',
    by: 'gate',
    gate: {
      ...{ format: 1, challenger: model, champion: null, comparison: null, limits: [] },
      ...{ verdict: 'first', passes: true, reason: 'nothing was in production' },
    },
  });
  const completed = { ...described('COMPLETED'), result: () => Promise.resolve({ ...ending, model, promotion }) };
  const decided = { ...promotion, status: 'promoted', by: 'ada', reason: 'looked at it' };
  const key = 'models/birds/versions/2/decision.json';
  assert.deepEqual((await handle(completed, { [key]: decided }).show()).promotion, decided);
  assert.deepEqual((await handle(completed).show()).promotion, promotion);
});

test('a workflow that is no training run is reported as such, with the run that a retraining started', async () => {
  await assert.rejects(handle(described('COMPLETED', 'predictImages')).show(), { code: 'GW_RUN_NOT_FOUND' });
  await assert.rejects(handle(described('COMPLETED', 'retrain')).show(), (error: GraftworkError) => {
    assert.deepEqual([error.code, error.exitCode], ['GW_RUN_NOT_FOUND', 2]);
    assert.match(error.remedy ?? '', /train-x-run-/);
    return true;
  });
});

test('a run that has ended is not said to be cancelled: the mistake is named, with how it ended', async () => {
  const ended = (name: string, type?: string) => handle({ ...described(name, type), cancel: () => Promise.resolve() });
  for (const [run, message] of [
    [ended('COMPLETED'), 'Run train-x has ended: it is completed.'],
    [ended('CANCELLED'), 'Run train-x has ended: it is cancelled.'],
    [ended('TIMED_OUT'), 'Run train-x has ended: it is out of time.'],
    [ended('COMPLETED', 'retrain'), 'Retraining train-x has ended: it is completed.'],
  ] as const) {
    await assert.rejects(run.cancel(), (error: GraftworkError) => {
      assert.deepEqual([error.code, error.exitCode, error.message], ['GW_USAGE', 2, message]);
      return true;
    });
  }
  await ended('RUNNING').cancel();
});

test('a run that ends while it is being cancelled is said to have ended', async () => {
  let looks = 0;
  const run = handle({
    describe: () => described((looks += 1) === 1 ? 'RUNNING' : 'COMPLETED').describe(),
    cancel: () => Promise.reject(new WorkflowNotFoundError('already completed', 'train-x', undefined)),
  });
  await assert.rejects(run.cancel(), { code: 'GW_USAGE', message: 'Run train-x has ended: it is completed.' });
});

test('an order that was given before is given again, and said to be no news', async () => {
  const given: string[] = [];
  const steered = (paused: boolean, finishing: boolean) =>
    handle({
      ...described('RUNNING'),
      query: () => Promise.resolve({ paused, finishing }),
      executeUpdate: async (name) => given.push(name),
    });
  assert.deepEqual([await steered(false, false).pause(), await steered(true, false).pause()], [true, false]);
  assert.deepEqual([await steered(true, false).resume(), await steered(false, true).resume()], [true, false]);
  assert.deepEqual(
    [await steered(false, false).finish(), await steered(true, true).finish(), await steered(false, true).finish()],
    [true, true, false],
  );
  assert.deepEqual(given, ['pause', 'pause', 'resume', 'resume', 'finish', 'finish', 'finish']);
});

test('a run whose worker does not say how it is steered takes the order all the same', async () => {
  const run = handle({
    ...described('RUNNING'),
    query: () => Promise.reject(new Error('no such query')),
    executeUpdate: () => Promise.resolve(),
  });
  assert.equal(await run.pause(), true);
});

test('a run is cancelled once', async () => {
  let times = 0;
  const asked = (cancelRequested: boolean) =>
    handle({
      describe: async () => ({
        ...(await described('RUNNING').describe()),
        raw: { workflowExtendedInfo: { cancelRequested } },
      }),
      cancel: async () => void (times += 1),
    });
  assert.deepEqual([await asked(false).cancel(), await asked(true).cancel(), times], [true, false, 1]);
});
