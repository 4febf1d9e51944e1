/** Histories of earlier runs, replayed with today's workflows: runs that are under way survive an upgrade. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from '@temporalio/worker';
import { checkout } from '../../infra/stack.js';
import { workflowSource } from '../../worker/workflowBundle.js';
import { parseHistory, readHistory, type HistoryJson } from '../stacks/historyFile.js';
import '../stacks/quietRuntime.js';

const folder = join(checkout, 'test', 'histories');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** @throws DeterminismViolationError when today's workflows would not have taken this course */
function replay(history: HistoryJson, traced = false): Promise<void> {
  // The run's id is part of what workflows make: their batches are named after it.
  const id = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  return Worker.runReplayHistory(
    { ...workflowSource({}, traced), sinks: { exporter: { export: { fn: () => undefined } } } },
    parseHistory(history),
    id,
  );
}

describe('recorded histories', () => {
  for (const name of names) {
    test(name, () => replay(readHistory(join(folder, name))));
    // A worker whose spans were switched on later goes on with the same runs.
    test(`${name}, traced`, () => replay(readHistory(join(folder, name)), true));
  }

  test('a history that the workflows would not make is distinguished from one that they would', async () => {
    const history = readHistory(join(folder, 'completed.json'));
    const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined);
    assert.ok(scheduled?.activityTaskScheduledEventAttributes);
    scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
    await assert.rejects(replay(history), {
      name: 'DeterminismViolationError',
    });
  });
});
