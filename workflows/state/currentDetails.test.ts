import assert from 'node:assert/strict';
import test from 'node:test';
import { resolveSpec } from '../../contracts/spec/recipes.js';
import { currentDetails } from './currentDetails.js';
import { RunState } from './runState.js';

const epoch = (number: number, loss: number) => ({
  epoch: number,
  loss,
  validation: { top1: 0.5, loss: 1 },
  learningRate: 0.001,
  seconds: 1.25,
});

function running(): RunState {
  const state = new RunState('run-1', resolveSpec({ dataset: { uri: 's3://bucket/ants' } }), 0);
  state.enter('head');
  state.announced({ stage: 'head', epochs: [epoch(1, 0.7)], resumedFrom: null });
  return state;
}

test('the epoch table grows while a stage runs, and a repeated epoch replaces itself', () => {
  const state = running();
  state.announced({ stage: 'head', epochs: [epoch(2, 0.5), epoch(1, 0.69)], resumedFrom: { epoch: 1, step: 3 } });
  const text = currentDetails(state.result);
  assert.match(text, /\*\*head\*\*/);
  assert.match(text, / 1 +0\.6900 +50\.0 % +1\.0e-3 +1\.3\n/);
  assert.match(text, / 2 +0\.5000 /);
  assert.match(text, /Resumed in epoch 1 after step 3\./);
});

test('only the last epochs of a long stage are shown, and the number left out is said', () => {
  const state = running();
  state.announced({
    stage: 'head',
    epochs: Array.from({ length: 100 }, (_, index) => epoch(index + 1, 1 / (index + 1))),
    resumedFrom: null,
  });
  const text = currentDetails(state.result);
  assert.match(text, /70 earlier epochs not shown/);
  assert.doesNotMatch(text, /\n +70 /);
  assert.match(text, /\n +100 /);
});

test('a stage of a paused or cancelled run is not said to be running, and one that waits is not said to be done', () => {
  const { result } = running();
  assert.match(currentDetails({ ...result, status: 'paused' }), /### head\n\npaused\n/);
  assert.match(currentDetails({ ...result, status: 'canceled' }), /^\*\*cancelled\*\*[^]*### head\n\ncancelled\n/);
});
