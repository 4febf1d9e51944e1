import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneBehind } from './oneBehind.js';

test('each is stored while the next one is made, and none before the one before is stored', async () => {
  const course: string[] = [];
  await oneBehind(
    [1, 2, 3],
    async (one) => {
      course.push(`make ${one}`);
      await Promise.resolve();
      return one * 10;
    },
    async (one, made) => {
      course.push(`store ${one}`);
      await Promise.resolve();
      course.push(`stored ${made}`);
    },
  );
  assert.deepEqual(course.slice(0, 3), ['make 1', 'store 1', 'make 2']);
  for (const one of [2, 3]) assert.ok(course.indexOf(`stored ${(one - 1) * 10}`) < course.indexOf(`store ${one}`));
  assert.equal(course.at(-1), 'stored 30');
});

test('a failure is thrown once nothing is on its way to the store', async () => {
  let stored = false;
  const failing = oneBehind(
    [1, 2],
    async (one) => {
      await Promise.resolve();
      if (one === 2) throw new Error('no second');
    },
    async () => {
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      stored = true;
    },
  );
  await assert.rejects(failing, /no second/);
  assert.ok(stored);
  const unstored = oneBehind(
    [1],
    async (one) => one,
    async () => {
      await Promise.resolve();
      throw new Error('no store');
    },
  );
  await assert.rejects(unstored, /no store/);
});
