/** Workers that are asked to stop, as by a spot notice or a rollout: nothing is lost, nothing is left, no patience is used up. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RunHandle, RunStatus } from '../../client/index.js';
import { positionText } from '../../contracts/spec/position.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { enginesOf, eventually, isGone } from '../stacks/processes.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { stackUnavailable } from '../stacks/stackForTests.js';
import { WorkersForTests } from '../stacks/workersForTests.js';

const tiny = sharedData('datasets/tiny');
/**
 * Checkpoints rarely, so that what is resumed from is what was written on the way out; ends only when it is asked to. The
 * runs differ in the length of their fine-tuning alone, so that what comes before it is made once.
 */
const specOf = (name: string, epochs: number): UserSpec => ({
  ...tinySpec,
  name,
  fineTune: [{ epochs, ...shortStep }],
  checkpoint: { everySeconds: 3600 },
});

describe('a worker asked to stop', { skip: stackUnavailable || sharedDataMissing }, () => {
  let stack: WorkersForTests;
  before(async () => {
    stack = await WorkersForTests.start();
    await stack.worker({ name: 'others', pools: ['workflow', 'cpu'] });
  });
  after(() => stack.stop());

  async function until(run: RunHandle, seen: (status: RunStatus) => boolean): Promise<RunStatus> {
    for await (const status of run.watch({ everyMs: 50 })) if (seen(status)) return status;
    throw new Error(`run ${run.id} ended before it was seen in the state waited for`);
  }

  const fineTuning = ({ activities }: RunStatus): boolean =>
    activities.some(
      ({ progress }) => progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done > 3,
    );

  test('checkpoints, hands over and ends; another one goes on at the very step', async () => {
    const first = await stack.worker({ name: 'first', pools: ['gpu'] });
    const run = await stack.graftwork.train(tiny, { spec: specOf('preempted', 5000) });
    await until(run, fineTuning);
    const [engine] = await enginesOf(first.pid);
    assert.ok(engine !== undefined);
    const second = await stack.worker({ name: 'second', pools: ['gpu'] });
    first.signal('SIGTERM');
    const exit = await first.exited;
    assert.deepEqual([exit.code, exit.signal], [0, null]);
    assert.ok(await isGone(engine), 'its engine process is gone with it');

    const taken = await until(run, (status) =>
      status.activities.some(({ progress }) => progress?.resumedFrom !== undefined),
    );
    const [activity] = taken.activities;
    assert.equal(activity?.attempt, 2);
    const from = activity.progress?.resumedFrom;
    assert.ok(from !== undefined);
    const failure = activity.lastFailure ?? '';
    assert.ok(failure.includes(`stopped ${positionText(from)}`), failure);
    assert.deepEqual(await stack.holders(run.id), [second.pid]);

    await run.cancel();
    await assert.rejects(run.result());
    second.signal('SIGTERM');
    assert.equal((await second.exited).code, 0);
  });

  /** Starts a worker that trains with an engine which does not listen. */
  async function deaf(name: string, epochs: number, grace: string) {
    const run = await stack.graftwork.train(tiny, { spec: specOf(name, epochs) });
    const worker = await stack.worker({ name, pools: ['gpu'], args: ['--grace', grace] });
    await until(run, fineTuning);
    const [engine] = await enginesOf(worker.pid);
    assert.ok(engine !== undefined);
    process.kill(engine, 'SIGSTOP');
    return { run, worker, engine };
  }

  test('a second SIGTERM ends it now, with an engine that does not listen', async () => {
    const { run, worker, engine } = await deaf('twice', 5001, '240');
    worker.signal('SIGTERM');
    // Two signals at once would be one.
    await eventually('the first signal is seen', () => Promise.resolve(worker.lastWords(50).includes('stopping')));
    worker.signal('SIGTERM');
    assert.equal((await worker.exited).code, 1);
    assert.match(worker.lastWords(50), /second signal/);
    await eventually('the engine is gone', () => isGone(engine));
    // Temporal has not been notified, and would wait half a minute for a sign of life.
    await stack.temporal.workflow.getHandle(run.id).terminate();
  });

  // The last one: Temporal stays away.
  test('the end of the grace time ends it, with an engine that does not listen and nobody to report to', async () => {
    const { worker, engine } = await deaf('out-of-time', 5002, '1');
    await stack.servers.kill('temporal');
    worker.signal('SIGTERM');
    assert.equal((await worker.exited).code, 1);
    assert.match(worker.lastWords(50), /the grace time is over/);
    await eventually('the engine is gone', () => isGone(engine));
  });
});
