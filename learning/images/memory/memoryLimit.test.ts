import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLimit } from './memoryLimit.js';

const gibibyte = 2 ** 30;

test('the limit is the container’s where it has one, else the machine’s', () => {
  assert.equal(memoryLimit(2 * gibibyte, 512 * gibibyte), 2 * gibibyte);
  assert.equal(memoryLimit(0, 512 * gibibyte), 512 * gibibyte);
  // What Node says of a container without a limit.
  assert.equal(memoryLimit(2 ** 64, 512 * gibibyte), 512 * gibibyte);
  assert.equal(memoryLimit(undefined, 512 * gibibyte), 512 * gibibyte);
  assert(memoryLimit() > 0);
});
