import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipes } from '../../contracts/spec/recipes.js';
import type { ScheduleSpec } from '../../contracts/spec/scheduleSpec.js';
import { withEpochs } from '../../learning/schedules/epochCount.js';
import { scheduleRevision } from './scheduleRevision.js';

const cosine = { kind: 'cosine', finalShare: 0 } as const;
const oneCycle = { kind: 'one-cycle', riseShare: 0.3, startShare: 0.04, finalShare: 4e-6 } as const;

test('only trainings whose rates may have changed have a revision: those of the recipes have none', () => {
  const revision = (epochs: number, warmupEpochs: number, schedule: ScheduleSpec = cosine) =>
    scheduleRevision({ epochs, warmupEpochs, schedule });
  assert.deepEqual([revision(1, 1), revision(2, 1), revision(1, 0.5), revision(4, 3)], [2, 2, 2, 2]);
  assert.deepEqual([revision(1, 0), revision(3, 1), revision(40, 1)], [undefined, undefined, undefined]);
  assert.deepEqual([revision(1, 0, oneCycle), revision(2, 5, oneCycle)], [2, undefined]);
  for (const { head, fineTune } of Object.values(recipes)) {
    for (const training of [head, ...fineTune.map((step) => withEpochs(step, 100))])
      assert.equal(scheduleRevision(training), undefined);
  }
});
