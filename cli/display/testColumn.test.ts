import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testColumn } from './testColumn.js';

test('a column of tests says which figure it has, of each model where they differ', () => {
  const [top1, mAP] = [{ name: 'top-1', value: 0.9 } as const, { name: 'mAP', value: 0.758 } as const];
  assert.deepEqual(testColumn([top1, undefined]), { title: 'test top-1', cells: ['90.0 %', '–'] });
  assert.deepEqual(testColumn([mAP]), { title: 'test mAP', cells: ['75.8 %'] });
  assert.deepEqual(testColumn([top1, mAP, undefined]), { title: 'test', cells: ['top-1 90.0 %', 'mAP 75.8 %', '–'] });
  assert.equal(testColumn([]).title, 'test top-1');
});
