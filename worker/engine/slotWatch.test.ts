import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measure } from '../../contracts/metrics.js';
import { SlotWatch } from './slotWatch.js';

test('a checkpoint grows old from the first step on, not while its stage is waited for', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  /** By slot, as they were reported last. */
  const ages = new Map<string, number>();
  const measure: Measure = (metric, value, labels) => {
    if (metric === 'checkpointAge') ages.set((labels as { slot: string }).slot, value);
  };
  using watch = new SlotWatch(2, measure);
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const after = (seconds: number): void => {
    now += 1000 * seconds;
    t.mock.timers.tick(5_000);
  };
  watch.began(0, true);
  watch.began(1, false);
  after(900);
  assert.deepEqual([...ages.values()], [0, 0]);
  watch.stepped(0);
  // A trial of a search: nothing of it is kept by checkpoints.
  watch.stepped(1);
  after(60);
  watch.stepped(0);
  after(60);
  assert.deepEqual([...ages.values()], [120, 0]);
  watch.saved(0);
  after(10);
  assert.deepEqual([...ages.values()], [10, 0]);
  watch.ended(0);
  assert.deepEqual([...ages.values()], [0, 0]);
});
