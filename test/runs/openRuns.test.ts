/** What counts as a run in progress, asked of a Temporal server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { listRuns } from '../../client/runs/runList.js';
import { findRunsInProgress } from '../../client/runs/runsInProgress.js';
import { startRun } from '../../client/runs/startRun.js';
import type { TemporalConnection } from '../../client/connection/temporalConnection.js';
import { EncryptionCodec } from '../../codec/encryptionCodec.js';
import { visibleFields } from '../../contracts/codecKeys.js';
import { keywordOf } from '../../contracts/keyword.js';
import { searchAttributes } from '../../contracts/names.js';
import type { RunSource } from '../../contracts/run/runSource.js';
import { findRunSource } from '../../storage/datasets/runSources.js';
import { MemoryS3 } from '../s3/memoryS3.js';
import { eventually } from '../stacks/processes.js';
import { developmentServer, toolMissing } from '../stacks/temporalForTests.js';
import { digest, spec } from '../stacks/workflowsForTests.js';

describe('open runs', { skip: toolMissing('temporal') }, () => {
  let environment: TestWorkflowEnvironment;
  let temporal: TemporalConnection;
  before(async () => {
    environment = await developmentServer(['--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true']);
    const { client, connection, address } = environment;
    const visible = new Set(visibleFields);
    temporal = { client, connection, address, namespace: 'default', codec: new EncryptionCodec([]), visible };
  });
  after(() => environment.teardown());

  test('a run that is paused by Temporal itself is in progress: what it needs stays, and lists show it', async () => {
    const needed = digest('7');
    const address = `s3://bucket/uploads/${needed}`;
    const paused = await startRun(temporal, { ...spec, dataset: { ...spec.dataset, uri: address } });
    const ended = await startRun(temporal, spec);
    await environment.client.workflow.getHandle(ended).terminate();
    await environment.connection.workflowService.pauseWorkflowExecution({ namespace: 'default', workflowId: paused });
    const listed = async () => (await listRuns(temporal, 10)).map(({ run, status }) => [run, status]);
    await eventually('both runs are listed as they are', async () => {
      const runs = new Map((await listed()) as [string, string][]);
      return runs.get(paused) === 'paused' && runs.get(ended) === 'terminated';
    });
    const { digests, since } = await findRunsInProgress(temporal);
    assert(digests.has(needed));
    assert(since !== undefined);
  });

  test('what a run was given is kept under its id, and another start under that id changes nothing of it', async () => {
    const store = new MemoryS3().store();
    const source = (from: string): RunSource => ({ format: 1, uri: spec.dataset.uri, from });
    const run = await startRun(temporal, spec, 'train-mine', { store, source: source('photos/') });
    const again = startRun(temporal, spec, run, { store, source: source('others/') });
    await assert.rejects(again, { code: 'GW_CONFLICT' });
    assert.equal((await findRunSource(store, run))?.from, 'photos/');
    const unnamed = await startRun(temporal, spec, undefined, { store, source: source('others/') });
    assert.equal((await findRunSource(store, unnamed))?.from, 'others/');
  });

  test('a run on a very long address is found by it, and shows the whole of it', async () => {
    const uri = `s3://bucket/${'a-very-long-folder/'.repeat(40)}birds`;
    const run = await startRun(temporal, { ...spec, dataset: { ...spec.dataset, uri } });
    const query = `${searchAttributes.dataset.name} = '${keywordOf(uri)}'`;
    await eventually('it is found by its address', async () => {
      for await (const { workflowId } of environment.client.workflow.list({ query })) return workflowId === run;
      return false;
    });
    const summary = (await listRuns(temporal, 10)).find((listed) => listed.run === run);
    assert.equal(summary?.dataset, uri);
  });
});
