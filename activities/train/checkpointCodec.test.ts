import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedArrays } from '../../learning/backbones/architecture.js';
import type { TrainingState } from '../../learning/training/index.js';
import { decodeCheckpoint, encodeCheckpoint, readFacts } from './checkpointCodec.js';

const arrays = (...values: number[]): NamedArrays =>
  new Map(values.map((value, i) => [`layer${i}.weight`, { shape: [2], data: Float32Array.of(value, -value) }]));

function state(parameters: NamedArrays, best: NamedArrays | null): TrainingState {
  return {
    position: { epoch: 3, step: 1, globalStep: 9 },
    running: { lossSum: 1.5, images: 4 },
    epochs: [],
    best: best && { epoch: 2, top1: 0.75, loss: 0.5, parameters: best },
    incoming: null,
    parameters,
    optimizer: new Map([['layer0.weight/momentum', { shape: [2], data: Float32Array.of(5, 6) }]]),
    rangeTest: null,
    seconds: 12,
  };
}

function throughStore(before: TrainingState): { after: TrainingState; bytes: number } {
  const { facts, data } = encodeCheckpoint(before);
  assert.deepEqual(readFacts(data, 'a checkpoint'), facts);
  const after = decodeCheckpoint({ ...facts, data: '0'.repeat(64), bytes: data.byteLength }, data);
  return { after, bytes: data.byteLength };
}

test('a state comes back as it went: without a best epoch, with one, and where the best parameters are the current ones', () => {
  const now = arrays(1, 2);
  for (const before of [state(now, null), state(now, arrays(3, 4)), state(now, now)]) {
    assert.deepEqual(throughStore(before).after, before);
  }
});

test('best parameters that are the current ones are not written twice; equal ones by chance are nothing to rely on', () => {
  const now = arrays(1, 2);
  const [once, twice] = [throughStore(state(now, now)), throughStore(state(now, arrays(1, 2)))];
  assert.ok(once.bytes < twice.bytes);
  assert.deepEqual(once.after, twice.after);
});

test('adapted statistics are no part of the best parameters, and stay where they are', () => {
  const trained = arrays(1);
  const before = state(
    new Map([...trained, ...new Map([['bn.running_mean', { shape: [1], data: Float32Array.of(7) }]])]),
    trained,
  );
  const { best, parameters } = throughStore(before).after;
  assert.deepEqual(parameters, before.parameters);
  assert.deepEqual(best?.parameters.get('layer0.weight'), trained.get('layer0.weight'));
});
