import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepLines } from './stepLines.js';

test('a step is said once, and its progress only every few seconds', () => {
  const lines: string[] = [];
  let now = 0;
  const onStep = stepLines(
    (line) => lines.push(line),
    () => now,
  );
  for (let done = 0; done <= 20; done++) {
    onStep(`looking: ${done} of 20`);
    now += 400;
  }
  for (const step of ['deleting', 'deleting']) onStep(step);
  assert.deepEqual(lines, ['looking: 0 of 20', 'looking: 13 of 20', 'deleting']);
});
