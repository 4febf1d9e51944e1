import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityStatus } from '../../client/index.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import { RedoneWork } from './redoneWork.js';

function seen(attempt: number, progress: Partial<Progress>): ActivityStatus[] {
  const full: Progress = { stage: 'head', done: 0, total: 100, unit: 'steps', epochs: 10, ...progress };
  return [
    { id: '1', type: '', attempt, state: 'running', secondsSinceScheduled: 0, progress: full, lastFailure: null },
  ];
}

test('what lies between the checkpoint and the end of the attempt before is redone', () => {
  const work = new RedoneWork();
  for (let second = 0; second <= 9; second++) work.sample('run', seen(1, { done: 10 * second }), second);
  // Until the new attempt speaks, Temporal shows the old one's words.
  work.sample('run', seen(2, { done: 90 }), 12);
  assert.equal(work.most, 0);
  work.sample('run', seen(2, { done: 65, resumedFrom: { epoch: 7, step: 0 } }), 13);
  assert.equal(work.most, 3);
  // What is read again is not done again.
  work.sample('run', seen(3, { unit: 'shards', done: 3, total: 5 }), 14);
  work.sample('run', seen(3, { done: 66, resumedFrom: { epoch: 7, step: 5 } }), 15);
  assert.equal(work.most, 3);
});
