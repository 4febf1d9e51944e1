/** Runs that are disturbed: killed, paused, cancelled, finished early. They end as if nothing had been, or as told. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Graftwork, RunHandle, RunStatus } from '../client/index.js';
import type { UserSpec } from '../contracts/runSpec.js';
import { sharedData, sharedDataMissing } from './sharedData.js';
import { quickSpec, StackForTests, stackUnavailable } from './stackForTests.js';

const tiny = sharedData('datasets/tiny');
const skip = stackUnavailable || sharedDataMissing;
/** Long enough that a disturbance surely meets it in training. */
const spec = { ...quickSpec, fineTune: [{ epochs: 12, batchSize: 4 }] } satisfies UserSpec;

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

async function modelDigest(run: RunHandle): Promise<string> {
  const { model } = await run.result();
  assert.ok(model);
  return (await graftwork.models.card(model.name, model.version)).parameters.sha256;
}

test('a run whose gpu worker is killed twice ends with the bytes of an undisturbed one', { skip }, async () => {
  const disturbed = await graftwork.train(tiny, { spec: { ...spec, name: 'disturbed', seed: 1 } });
  await until(disturbed, fineTuning(8));
  await stack.killWorker('gpu');
  await until(disturbed, (status) => status.activities.some(({ attempt }) => attempt > 1) && fineTuning(16)(status));
  await stack.killWorker('gpu');
  const result = await disturbed.result();
  const fineTune = result.stages.find((stage) => stage.name === 'fine-tune-1');
  assert.ok(fineTune?.resumedFrom, 'it went on from a checkpoint');
  assert.ok(fineTune.resumedFrom.epoch > 1 || fineTune.resumedFrom.step > 0);

  // In a bucket where nothing of it can be reused, the same run without disturbance.
  const other = await StackForTests.start();
  try {
    const undisturbed = await (
      await other.graftwork.train(tiny, { spec: { ...spec, name: 'undisturbed', seed: 1 } })
    ).result();
    assert.ok(undisturbed.model);
    const card = await other.graftwork.models.card(undisturbed.model.name, undisturbed.model.version);
    assert.equal(await modelDigest(disturbed), card.parameters.sha256);
    const figures = ({ epochs }: { epochs: { epoch: number; loss: number; validation: unknown }[] }) =>
      epochs.map(({ epoch, loss, validation }) => ({ epoch, loss, validation }));
    assert.deepEqual(result.stages.map(figures), undisturbed.stages.map(figures));
    assert.deepEqual(result.test, undisturbed.test);
  } finally {
    await other.stop();
  }
});

test('a paused run holds no device and goes on where it was', { skip }, async () => {
  const run = await graftwork.train(tiny, { spec: { ...spec, name: 'paused', seed: 2 } });
  await until(run, fineTuning(4));
  await run.pause();
  const paused = await until(run, (status) => status.status === 'paused' && status.activities.length === 0);
  assert.equal(paused.result?.stage, 'fine-tune-1');
  // The slot is free: another run ends meanwhile.
  await (await graftwork.train(tiny, { spec: { ...quickSpec, name: 'other', seed: 3 } })).result();
  await run.resume();
  const result = await run.result();
  assert.ok(result.stages.find((stage) => stage.name === 'fine-tune-1')?.resumedFrom);
});

test('a run finished early keeps the best so far and is evaluated and registered', { skip }, async () => {
  const run = await graftwork.train(tiny, {
    spec: { ...spec, name: 'finished', seed: 4, fineTune: [{ epochs: 500, batchSize: 4 }] },
  });
  await until(run, fineTuning(6));
  await run.finish();
  const result = await run.result();
  const fineTune = result.stages.find((stage) => stage.name === 'fine-tune-1');
  assert.ok((fineTune?.epochs.length ?? 500) < 500);
  assert.equal(result.status, 'completed');
  assert.ok(result.model);
});

test(
  'a cancelled run stops, is recorded, and leaves a checkpoint that the next one with the same inputs goes on from',
  { skip },
  async () => {
    const cancelled = await graftwork.train(tiny, { spec: { ...spec, name: 'cancelled', seed: 5 } });
    await until(cancelled, fineTuning(8));
    await cancelled.cancel();
    await assert.rejects(cancelled.result(), { code: 'GW_RUN_FAILED' });
    assert.equal((await cancelled.show()).status, 'canceled');
    const next = await (await graftwork.train(tiny, { spec: { ...spec, name: 'next', seed: 5 } })).result();
    assert.ok(next.stages.find((stage) => stage.name === 'fine-tune-1')?.resumedFrom);
  },
);
