import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScheduleOverlapPolicy, type ScheduleDescription } from '@temporalio/client';
import { setPaused, triggeredTick } from './steerSchedule.js';

const action = (workflowId: string) => ({ workflow: { workflowId, firstExecutionRunId: workflowId } });

interface Described {
  running?: string[];
  recent?: string[];
  paused?: boolean;
  overlap?: ScheduleOverlapPolicy;
}

/** A schedule that is described so, one after the other; the last description stays. */
function scheduleWith(...descriptions: Described[]) {
  const orders: string[] = [];
  let at = 0;
  const order = (name: string) => async (note?: unknown) => void orders.push(`${name} ${String(note)}`);
  const describe = (): Promise<ScheduleDescription> => {
    const {
      running = [],
      recent = [],
      paused = false,
      overlap = ScheduleOverlapPolicy.BUFFER_ONE,
    } = descriptions[Math.min(at++, descriptions.length - 1)] ?? {};
    const info = { runningActions: running.map(action), recentActions: recent.map((id) => ({ action: action(id) })) };
    return Promise.resolve({ info, policies: { overlap }, state: { paused } } as unknown as ScheduleDescription);
  };
  return { orders, handle: { describe, trigger: order('trigger'), pause: order('pause'), unpause: order('unpause') } };
}

const timing = { patience: 5, pause: 1 };

test('a tick that begins is named', async () => {
  const { handle } = scheduleWith({ recent: ['a'] }, { recent: ['a', 'b'] });
  assert.deepEqual(await triggeredTick(handle, 'birds', timing), { workflow: 'b', waitsFor: null });
});

test('one that waits is said to, with what it waits for', async () => {
  const { handle } = scheduleWith({ running: ['a'] });
  assert.deepEqual(await triggeredTick(handle, 'birds', timing), { workflow: null, waitsFor: 'a' });
});

test('one that Temporal does not name in time is not said to wait', async () => {
  const { handle } = scheduleWith({});
  assert.deepEqual(await triggeredTick(handle, 'birds', timing), { workflow: null, waitsFor: null });
});

test('a tick that would be skipped is refused', async () => {
  const { handle, orders } = scheduleWith({ running: ['a'], overlap: ScheduleOverlapPolicy.SKIP });
  await assert.rejects(triggeredTick(handle, 'birds', timing), { code: 'GW_CONFLICT' });
  assert.deepEqual(orders, []);
});

test('a schedule that is so already keeps its note, unless another is given', async () => {
  for (const paused of [true, false]) {
    const { handle, orders } = scheduleWith({ paused });
    assert.equal(await setPaused(handle, paused), false);
    assert.equal(await setPaused(handle, paused, 'why'), false);
    assert.equal(await setPaused(handle, !paused), true);
    assert.deepEqual(
      orders,
      paused ? ['pause why', 'unpause resumed by hand'] : ['unpause why', 'pause paused by hand'],
    );
  }
});
