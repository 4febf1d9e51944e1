import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../contracts/result.js';
import type { ObjectStore } from '../storage/objectStore.js';
import { RunHandle } from './runHandle.js';
import type { TemporalConnection } from './temporalConnection.js';

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

test('a run that says it has failed is running until Temporal says so too: only then is its failure known', async () => {
  const workflow = {
    describe: () => Promise.resolve({ status: { name: 'RUNNING' }, startTime: new Date(), raw: {} }),
    query: () => Promise.resolve(ending),
  };
  const temporal = {
    client: { workflow: { getHandle: () => workflow } },
    connection: { withDeadline: (_: number, call: () => unknown) => call() },
  } as unknown as TemporalConnection;
  const run = new RunHandle('train-x', temporal, {} as ObjectStore);
  assert.equal((await run.status()).status, 'running');
  assert.equal((await run.show()).status, 'running');
});
