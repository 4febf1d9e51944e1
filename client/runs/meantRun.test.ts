import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkflowNotFoundError } from '@temporalio/common';
import { objectKeys } from '../../contracts/objectKeys.js';
import type { ObjectStore } from '../../storage/objects/objectStore.js';
import { meantRun } from './meantRun.js';
import type { TemporalConnection } from '../connection/temporalConnection.js';

interface Workflow {
  type: string;
  status?: string;
  /** Of the child it started. */
  run?: string;
  result?: object;
}

/** What a name means where Temporal has these workflows and the bucket these keys, all of which are empty. */
function meant(named: string, workflows: Record<string, Workflow>, keys: string[] = [], orRetraining = false) {
  const getHandle = (id: string) => ({
    describe: () => {
      const found = workflows[id];
      if (found === undefined) throw new WorkflowNotFoundError('none', id, undefined);
      return Promise.resolve({ type: found.type, status: { name: found.status ?? 'COMPLETED' } });
    },
    result: () => Promise.resolve(workflows[id]?.result),
    fetchHistory: () =>
      Promise.resolve({
        events: [
          {
            startChildWorkflowExecutionInitiatedEventAttributes: workflows[id]?.run && {
              workflowType: { name: 'transferLearning' },
              workflowId: workflows[id].run,
            },
          },
        ],
      }),
  });
  const temporal = { client: { workflow: { getHandle } } } as unknown as TemporalConnection;
  const store = {
    getJsonIfPresent: () => Promise.resolve(undefined),
    async *list(beginning: string) {
      for (const key of keys) if (key.startsWith(beginning)) yield { key };
    },
  } as unknown as ObjectStore;
  return meantRun(temporal, store, named, { orRetraining });
}

test('a run is named by its id, by its tick, and by the wait for an approval of its model', async () => {
  const workflows = {
    'train-x': { type: 'transferLearning' },
    'train-x-approval': { type: 'awaitApproval' },
    'retrain-x-1': { type: 'retrain', run: 'retrain-x-1-run-abc' },
  };
  assert.equal(await meant('train-x', workflows), 'train-x');
  assert.equal(await meant('train-x-approval', workflows), 'train-x');
  assert.equal(await meant('retrain-x-1', workflows), 'retrain-x-1-run-abc');
  assert.equal(await meant('retrain-x-1', workflows, [], true), 'retrain-x-1', 'where the retraining is meant itself');
});

test('a tick that Temporal has forgotten leads to the record of its run', async () => {
  const key = objectKeys.runResult('retrain-x-1-run-abc');
  assert.equal(await meant('retrain-x-1', {}, [key]), 'retrain-x-1-run-abc');
});

test('a tick that looks at the data has no run yet: worth asking again', async () => {
  const workflows = { 'retrain-x-1': { type: 'retrain', status: 'RUNNING' } };
  await assert.rejects(meant('retrain-x-1', workflows), {
    code: 'GW_RUN_NOT_FOUND',
    retryable: true,
    message: /retrain-x-1 is not training yet/,
  });
});

test('a name of neither a run nor a model is said to be of neither', async () => {
  await assert.rejects(meant('nosuch', {}), { code: 'GW_RUN_NOT_FOUND', message: /no run and no model “nosuch”/ });
});
