/** Runs that a person disturbs: paused, cancelled, finished early. Of kills see soakShort. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Graftwork, RunHandle, RunStatus } from '../../client/index.js';
import type { UserSpec } from '../../contracts/spec/runSpec.js';
import { shortStep, tinySpec } from '../fixtures/quickSpecs.js';
import { sharedData, sharedDataMissing } from '../fixtures/sharedData.js';
import { StackForTests, stackUnavailable } from '../stacks/stackForTests.js';

const tiny = sharedData('datasets/tiny');
const skip = stackUnavailable || sharedDataMissing;
/** The runs differ in their fine-tuning alone, so that what comes before it is made once. They end only when asked to. */
const fineTuneOf = (epochs: number) => ({ ...tinySpec, fineTune: [{ epochs, ...shortStep }] }) satisfies UserSpec;

let stack: StackForTests;
let graftwork: Graftwork;

before(async () => {
  if (skip !== false) return;
  stack = await StackForTests.start();
  graftwork = stack.graftwork;
});
after(async () => {
  if (skip === false) await stack.stop();
});

/** Waits until the run is seen in such a state. @throws when it ends before */
async function until(run: RunHandle, seen: (status: RunStatus) => boolean): Promise<RunStatus> {
  for await (const status of run.watch({ everyMs: 100 })) if (seen(status)) return status;
  throw new Error(`run ${run.id} ended before it was seen in the state waited for`);
}

const fineTuning = (steps: number) => (status: RunStatus) =>
  status.activities.some(
    ({ progress }) => progress?.stage === 'fine-tune-1' && progress.unit === 'steps' && progress.done >= steps,
  );

const resumed = ({ activities }: RunStatus) =>
  activities.some(({ progress }) => progress?.stage === 'fine-tune-1' && progress.resumedFrom !== undefined);

test('a paused run holds no device and goes on where it was', { skip }, async () => {
  const run = await graftwork.train(tiny, { spec: { ...fineTuneOf(5000), name: 'paused' } });
  await until(run, fineTuning(4));
  await run.pause();
  const paused = await until(run, (status) => status.status === 'paused' && status.activities.length === 0);
  assert.equal(paused.result?.stage, 'fine-tune-1');
  assert.equal((await graftwork.runs()).find((one) => one.run === run.id)?.status, 'paused');
  // The slot is free: another run ends meanwhile.
  await (await graftwork.train(tiny, { spec: { ...tinySpec, name: 'other' } })).result();
  await run.resume();
  await until(run, resumed);
  await run.finish();
  const result = await run.result();
  assert.ok(result.stages.find((stage) => stage.name === 'fine-tune-1')?.resumedFrom);
});

test('a run finished early keeps the best so far and is evaluated and registered', { skip }, async () => {
  const run = await graftwork.train(tiny, {
    spec: { ...fineTuneOf(5001), name: 'finished' },
  });
  await until(run, fineTuning(6));
  await run.finish();
  const result = await run.result();
  const fineTune = result.stages.find((stage) => stage.name === 'fine-tune-1');
  assert.ok((fineTune?.epochs.length ?? 5001) < 5001);
  assert.equal(result.status, 'completed');
  assert.ok(result.model);
});

test(
  'a cancelled run stops, is recorded, and leaves a checkpoint that the next one with the same inputs goes on from',
  { skip },
  async () => {
    const spec = fineTuneOf(5002);
    const cancelled = await graftwork.train(tiny, { spec: { ...spec, name: 'cancelled' } });
    await until(cancelled, fineTuning(8));
    await cancelled.cancel();
    await assert.rejects(cancelled.result(), { code: 'GW_RUN_FAILED' });
    assert.equal((await cancelled.show()).status, 'canceled');
    await assert.rejects(cancelled.cancel(), { code: 'GW_USAGE', message: /has ended: it is cancelled\.$/ });
    const next = await graftwork.train(tiny, { spec: { ...spec, name: 'next' } });
    await until(next, resumed);
    await next.cancel();
    await assert.rejects(next.result(), { code: 'GW_RUN_FAILED' });
  },
);
