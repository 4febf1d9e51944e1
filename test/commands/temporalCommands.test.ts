/** What an operator does to a run with Temporal's own command line is honoured. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { RunHandle, RunStatus } from '../../client/index.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { toolPath } from '../../infra/stack.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { checkpointManifests } from '../s3/checkpointManifests.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const tiny = sharedData('datasets/tiny');
/** Checkpoints rarely: what is resumed from is what was written when it had to stop. Ends only on demand. */
const longSpec = {
  ...tinySpec,
  fineTune: [{ epochs: 10_000, ...shortStep }],
  checkpoint: { everySeconds: 3600 },
} satisfies UserSpec;

describe("Temporal's own commands", { skip: stackUnavailable || sharedDataMissing }, () => {
  let stack: StackForTests;
  before(async () => {
    stack = await StackForTests.start();
  });
  after(() => stack.stop());

  async function temporal(...args: string[]): Promise<void> {
    const { temporal: server, home } = await stack.state();
    await promisify(execFile)(toolPath(home, 'temporal'), [
      ...args,
      ...['--address', server.address, '--namespace', server.namespace],
    ]);
  }

  async function until(run: RunHandle, seen: (status: RunStatus) => boolean): Promise<RunStatus> {
    for await (const status of run.watch({ everyMs: 100 })) if (seen(status)) return status;
    throw new Error(`run ${run.id} ended before it was seen in the state waited for`);
  }

  const fineTuning = ({ activities }: RunStatus): boolean =>
    activities.some(
      ({ progress, state }) =>
        state === 'running' && progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done > 3,
    );

  test('workflow reset: a run that is done again from its first step finds everything it made', async () => {
    const run = await stack.graftwork.train(tiny, { spec: { ...tinySpec, name: 'reset' } });
    const first = await run.result();
    await temporal(
      ...['workflow', 'reset', '--workflow-id', run.id, '--type', 'FirstWorkflowTask', '--reason', 'test'],
    );
    const again = await run.result();
    assert.equal(again.status, 'completed');
    assert.deepEqual(
      again.stages.map(({ name, cache }) => [name, cache.misses]),
      first.stages.map(({ name }) => [name, 0]),
    );
    assert.deepEqual(again.model, first.model);
    assert.deepEqual(again.test, first.test);
    const rows = ({ stages }: typeof again) => stages.map(({ epochs }) => epochs);
    assert.deepEqual(rows(again), rows(first));
  });

  test('activity pause and unpause: the stage is stored, the device is free, and it goes on at the very step', async () => {
    const run = await stack.graftwork.train(tiny, { spec: { ...longSpec, name: 'held' } });
    const [activity] = (await until(run, fineTuning)).activities;
    assert.ok(activity);
    const which = ['--workflow-id', run.id, '--activity-id', activity.id];
    await temporal('activity', 'pause', ...which);
    await until(run, ({ activities }) => activities.every(({ state }) => state === 'waiting'));
    const [held] = await checkpointManifests(stack.graftwork.store);
    assert.equal(held?.lease.released, true);
    const position = held.checkpoints[0]?.position;
    assert.ok(position);
    // The device is free: another run ends meanwhile.
    const other = { ...tinySpec, name: 'other', fineTune: [{ epochs: 2, ...shortStep }] } satisfies UserSpec;
    await (await stack.graftwork.train(tiny, { spec: other })).result();

    await temporal('activity', 'unpause', ...which);
    const { activities } = await until(run, (status) => fineTuning(status) && resumedFrom(status) !== undefined);
    assert.deepEqual(activities[0]?.progress?.resumedFrom, { epoch: position.epoch, step: position.step });

    // A cancellation stops the engine's job, too: giving the lease back is the last thing it does.
    await run.cancel();
    await assert.rejects(run.result(), { code: 'GW_RUN_FAILED' });
    const [left] = await checkpointManifests(stack.graftwork.store);
    assert.equal(left?.lease.released, true);
    assert.ok((left.checkpoints[0]?.position.globalStep ?? 0) > position.globalStep);
  });

  function resumedFrom({ activities }: RunStatus): unknown {
    return activities[0]?.progress?.resumedFrom;
  }
});
