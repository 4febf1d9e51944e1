import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../contracts/spec/stages/training.js';
import { ShardProgress } from './shardProgress.js';

test('progress counts pictures and only grows, however often the network looks at each', () => {
  const said: Progress[] = [];
  let measured = 0;
  const progress = new ShardProgress(
    'features',
    16,
    (now) => said.push(now),
    (_name, looks) => (measured += looks),
    40,
  );
  progress.found(4, 4);
  for (const looks of [4, 6, 16]) progress.at(looks, 4);
  progress.finished(4, 4);
  progress.finished(8);
  assert.deepEqual(
    said.map(({ done }) => done),
    [5, 5, 8, 8, 16],
  );
  assert.ok(said.every(({ total, unit }) => total === 16 && unit === 'images'));
  assert.equal(said.at(-1)?.secondsLeft, 0);
  assert.equal(measured, 4 * 4 + 8, 'looks of this attempt');
});
