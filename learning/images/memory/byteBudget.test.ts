import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteBudget } from './byteBudget.js';

/** Asks for bytes and holds them until it has to end. */
function holder(budget: ByteBudget, bytes: number, signal?: AbortSignal) {
  let end: () => void = () => undefined;
  const state = { begun: false };
  const released = new Promise<void>((resolve) => (end = resolve));
  const done = budget.with(
    bytes,
    () => {
      state.begun = true;
      return released;
    },
    signal,
  );
  return { state, done, end: () => (end(), done) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more bytes are in use than there are, and who waits starts in order', async () => {
  const budget = new ByteBudget(100);
  const first = holder(budget, 60);
  const second = holder(budget, 30);
  const third = holder(budget, 50);
  const small = holder(budget, 5);
  await turn();
  assert.deepEqual(
    [first, second, third, small].map(({ state }) => state.begun),
    [true, true, false, false],
    'the small one does not overtake the large one',
  );
  assert.equal(budget.used, 90);
  await first.end();
  await turn();
  assert.deepEqual([third.state.begun, small.state.begun], [true, true]);
  assert.equal(budget.used, 85);
  await Promise.all([second.end(), third.end(), small.end()]);
  assert.equal(budget.used, 0);
});

test('what needs more than there is runs alone', async () => {
  const budget = new ByteBudget(100);
  const before = holder(budget, 1);
  const large = holder(budget, 5000);
  const after = holder(budget, 1);
  await turn();
  assert.deepEqual([large.state.begun, after.state.begun], [false, false]);
  await before.end();
  await turn();
  assert.deepEqual([large.state.begun, after.state.begun], [true, false]);
  await large.end();
  await after.end();
  assert.equal(budget.used, 0);
});

test('bytes are given back when the work fails, and what is stopped waits no longer', async () => {
  const budget = new ByteBudget(10);
  await assert.rejects(
    budget.with(10, () => Promise.reject(new Error('damaged'))),
    /damaged/,
  );
  assert.equal(budget.used, 0);
  const stop = new AbortController();
  const holding = holder(budget, 8);
  const stopped = holder(budget, 9, stop.signal);
  const behind = holder(budget, 2);
  await turn();
  assert.equal(behind.state.begun, false);
  stop.abort(new Error('the worker stops'));
  await assert.rejects(stopped.done, /the worker stops/);
  await turn();
  assert.deepEqual([stopped.state.begun, behind.state.begun], [false, true]);
  await Promise.all([holding.end(), behind.end()]);
  await assert.rejects(
    budget.with(1, () => Promise.resolve(), stop.signal),
    /the worker stops/,
  );
});
