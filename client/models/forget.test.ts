import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workflowTypes } from '../../contracts/names.js';
import { refuseIfInUse } from './forget.js';

const [held, other] = ['a'.repeat(64), 'b'.repeat(64)];
const needed = { versions: new Set([held]), known: new Set([held, other]), predictions: new Set(['p1']) };

function run(type: string, id: string, ...digests: string[]) {
  return { id, type, digests: new Set(digests) };
}

const cases: [string, ReturnType<typeof run>, boolean][] = [
  ['a run on a version that holds the picture', run(workflowTypes.train, 'train-x', held), true],
  ['a part of such a run', run('batch', 'train-x-features-1', held), true],
  [
    'a run that has no version yet: it may have read the picture',
    run(workflowTypes.train, 'train-y', 'c'.repeat(64)),
    true,
  ],
  ['a ranking that has no version yet', run(workflowTypes.rank, 'rank-y'), true],
  ['a retraining that has no version yet', run(workflowTypes.retrain, 'retrain-y', 'c'.repeat(64)), true],
  ['a retraining on another version', run(workflowTypes.retrain, 'retrain-z', other), false],
  ['a prediction for the picture', run(workflowTypes.predict, 'predict-p1'), true],
  ['a run on another version', run(workflowTypes.train, 'train-z', other), false],
  ['a prediction for other pictures', run(workflowTypes.predict, 'predict-p2'), false],
  ['a part of another run, which knows the plan alone', run('batch', 'train-z-features-1', 'c'.repeat(64)), false],
];

for (const [name, one, refused] of cases) {
  test(`${name} ${refused ? 'is in the way' : 'is not in the way'} of forgetting`, () => {
    const ask = () => refuseIfInUse([one], needed);
    if (refused) assert.throws(ask, { code: 'GW_PICTURE_IN_USE', exitCode: 2, message: new RegExp(one.id) });
    else ask();
  });
}
