import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise, type Outcome, type PairedRun } from './pairedRuns.js';

const outcome = (right: number, seconds: number): Outcome => ({ right, tested: 100, seconds, memory: 1000 });
const run = (set: string, seed: number, ours: Outcome, peer: Outcome): PairedRun => ({ set, seed, ours, peer });

test('the difference is that of the pairs, with an interval over them', () => {
  const summary = summarise('all', [
    run('ants', 0, outcome(94, 20), outcome(90, 200)),
    run('ants', 1, outcome(92, 30), outcome(90, 200)),
    run('roses', 0, outcome(60, 10), outcome(54, 80)),
  ]);
  assert.equal(summary.difference.toFixed(6), '4.000000');
  // Standard deviation 2, standard error 2 / √3, 4.303 of them.
  assert.deepEqual(
    summary.interval?.map((end) => end.toFixed(2)),
    ['-0.97', '8.97'],
  );
  assert.equal(summary.top1.ours.toFixed(2), '0.82');
  assert.equal(summary.ratio, 8);
});

test('a single pair has a difference and no interval', () => {
  const { difference, interval } = summarise('ants', [run('ants', 0, outcome(94, 20), outcome(90, 200))]);
  assert.equal(difference.toFixed(6), '4.000000');
  assert.equal(interval, null);
});
