import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prices } from './report.js';

test('prices are read by pool, and what is none is named', () => {
  assert.deepEqual(prices('gpu=2.5,cpu=0.2'), { gpu: 2.5, cpu: 0.2 });
  assert.deepEqual(prices(' cpu = 1 '), { cpu: 1 });
  for (const wrong of ['gpu', 'gpu=', 'gpu=-1', 'tpu=2', 'gpu=2.5;cpu=1', '', 'gpu=1e400']) {
    assert.throws(() => prices(wrong), /is not a price/, wrong);
  }
});
