import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { GraftworkError } from '../../contracts/errors.js';
import { CheckpointWriter } from './checkpointWriter.js';
import type { CheckpointStore, TrainingState } from './stage/stageInput.js';

const state = (epoch: number): TrainingState => ({
  position: { epoch, step: 0, globalStep: 0 },
  ...{ running: { lossSum: 0, images: 0 }, epochs: [], best: null, incoming: null, rangeTest: null, seconds: 0 },
  ...{ parameters: new Map(), optimizer: new Map() },
});

const away = new GraftworkError('GW_S3_UNREACHABLE', 'the store is away', { retryable: true });

/** A store that rejects with what `answer` gives for the number of the call, counted from 1. */
class Store implements CheckpointStore {
  readonly tried: number[] = [];
  readonly saved: number[] = [];

  constructor(private readonly answer: (call: number) => Error | undefined) {}
  load = () => Promise.resolve(undefined);
  save = async ({ position }: TrainingState): Promise<void> => {
    this.tried.push(position.epoch);
    await delay(1);
    const error = this.answer(this.tried.length);
    if (error) throw error;
    this.saved.push(position.epoch);
  };
}

test('while the store is away training goes on, and what is saved in the end is the newest state', async () => {
  let isAway = true;
  const store = new Store(() => (isAway ? away : undefined));
  const writer = new CheckpointWriter(store, { firstDelay: 2 });
  for (let epoch = 1; epoch <= 5; epoch++) {
    writer.offer(state(epoch));
    // It was tried again and again.
    const before = store.tried.length;
    while (store.tried.length === before) await delay(1);
  }
  isAway = false;
  await writer.settle();
  assert.deepEqual(store.saved, [5]);
});

test('at the end the newest state is tried once more, then the store is waited for no longer', async () => {
  const store = new Store(() => away);
  const writer = new CheckpointWriter(store, { firstDelay: 3_600_000 });
  writer.offer(state(1));
  while (store.tried.length === 0 || writer.busy) await delay(1);
  await writer.settle();
  assert.deepEqual(store.tried, [1, 1]);
});

test('a lease that was lost ends the training at the next state', async () => {
  const lost = new GraftworkError('GW_CONFLICT', 'somebody else trains this stage', { retryable: true });
  const store = new Store((call) => (call === 1 ? away : lost));
  const writer = new CheckpointWriter(store, { firstDelay: 1 });
  writer.offer(state(1));
  while (store.tried.length < 2 || writer.busy) await delay(1);
  assert.throws(() => writer.offer(state(2)), lost);
  await assert.rejects(writer.settle(), lost);
});
