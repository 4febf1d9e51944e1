import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../client/runs/runList.js';
import type { Tick } from '../../client/schedules/ticks.js';
import { runsTable } from './runsTable.js';
import { ticksTable } from './scheduleText.js';
import { testColumn } from './testColumn.js';

test('a column of tests says which figure it has, of each model where they differ', () => {
  const [top1, mAP] = [{ name: 'top-1', value: 0.9 } as const, { name: 'mAP', value: 0.758 } as const];
  assert.deepEqual(testColumn([top1, undefined]), { title: 'test top-1', cells: ['90.0 %', '–'] });
  assert.deepEqual(testColumn([mAP]), { title: 'test mAP', cells: ['75.8 %'] });
  assert.deepEqual(testColumn([top1, mAP, undefined]), { title: 'test', cells: ['top-1 90.0 %', 'mAP 75.8 %', '–'] });
  assert.equal(testColumn([]).title, 'test top-1');
});

test('runs and ticks of a schedule show the mean average precision of a multi-label model', () => {
  const startedAt = '2025-01-31T14:25:01.000Z';
  const run = { run: 'r', status: 'completed', stage: 'done', top1: 0.9, mAP: 0.758, backbone: 'b', startedAt };
  const tick = { at: startedAt, workflow: 'w', status: 'trained', seconds: 1, model: null, promotion: null };
  assert.match(runsTable([run as RunSummary]), /test mAP[^]*75\.8 %/);
  assert.match(ticksTable([{ ...tick, top1: 0.9, mAP: 0.758 } as Tick]), /test mAP[^]*75\.8 %/);
  const running = { ...run, run: 's', top1: null, mAP: undefined, status: 'running' } as unknown as RunSummary;
  assert.match(runsTable([running]), /test top-1[^]* – /);
});
