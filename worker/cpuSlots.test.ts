import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSlots } from './cpuSlots.js';

const gibibyte = 2 ** 30;

test('a worker takes as many activities as its cores and its memory allow, and two at least', () => {
  for (const [cores, memory, slots] of [
    [64, 512 * gibibyte, 32],
    [64, 4 * gibibyte, 8],
    [64, gibibyte, 2],
    [64, gibibyte / 4, 2],
    [2, 24 * gibibyte, 2],
    [9, 24 * gibibyte, 5],
  ] as const) {
    assert.equal(cpuSlots(cores, memory), slots, `${cores} cores, ${memory} bytes`);
  }
});
