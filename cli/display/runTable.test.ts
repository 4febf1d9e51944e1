import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../contracts/run/result.js';
import { runTable } from './runTable.js';
import { displayWidth } from '../terminal/words.js';

const epoch = { epoch: 1, loss: 1, validation: { top1: 0.9, loss: 0.3 }, learningRate: 0.1, seconds: 75 };
const run = 'train-emoji-20250131-142501-9f3c5ad80c11e7b2';
const underWay: RunResult = {
  ...{ run, status: 'running', model: null, backbone: 'efficientnet_lite0', cache: null, test: null, seconds: 90 },
  dataset: {
    ...{ version: '3fa71d325cbe9b02', uri: 's3://photos/birds', classes: ['ant', 'bee'], quarantined: 2, reused: true },
    counts: { train: 1200, validation: 300, test: 300 },
    duplicates: { exact: 3, near: 1, acrossSplits: 0, acrossClasses: 0 },
  },
  artifacts: { model: null, card: null, report: null, exports: [] },
  stages: [
    {
      ...{ name: 'fine-tune-1', epochs: [epoch], seconds: 0, kept: false, reason: 'running' },
      ...{ resumedFrom: { epoch: 2, step: 0 }, cache: { hits: 0, misses: 0, reason: 'running' } },
    },
  ],
  stage: 'fine-tune-1',
  failure: null,
};
const links = { ui: `http://127.0.0.1:8233/namespaces/default/workflows/${run}`, next: [`npx graftwork watch ${run}`] };

test('a stage under way took what its epochs took, and is as paused or as cancelled as its run', () => {
  const line = (status: RunResult['status']): string => runTable({ ...underWay, status }, links).split('\n')[1] ?? '';
  const shown = (word: string): RegExp =>
    new RegExp(`^fine-tune-1 +1 +90\\.0 % +1 min 15 s +${word} \\(resumed at the beginning of epoch 2\\)$`);
  assert.match(line('running'), shown('running'));
  assert.match(line('paused'), shown('paused'));
  assert.match(line('canceled'), shown('cancelled'));
  const begun = runTable({ ...underWay, stages: [{ ...underWay.stages[0]!, epochs: [] }] }, links);
  assert.match(begun, /^fine-tune-1 +0 +– +– +running/m);
});

test('a stage of a multi-label run names its validation figure', () => {
  const [stage] = underWay.stages;
  const epochs = [{ ...epoch, validation: { ...epoch.validation, mAP: 0.758 } }];
  const [title, row] = runTable({ ...underWay, stages: [{ ...stage!, epochs }] }, links).split('\n');
  assert.match(title ?? '', /^stage +epochs +validation mAP +took/);
  assert.match(row ?? '', /^fine-tune-1 +1 +75\.8 % /);
  assert.match(runTable(underWay, links), /^stage +epochs +validation accuracy +took/);
});

test('a run that was cancelled is cancelled, and one that failed says why', () => {
  const failure = { code: 'GW_RUN_FAILED', message: `Run ${run} was cancelled.`, remedy: 'Start it again.\nNow.' };
  const cancelled = runTable({ ...underWay, status: 'canceled', failure }, links);
  assert.match(cancelled, /^status +cancelled\n +Start it again\. Now\.$/m);
  const failed = runTable({ ...underWay, status: 'failed', failure: { ...failure, message: 'No weights.' } }, links);
  assert.match(failed, /^status +failed: No weights\. \(GW_RUN_FAILED\)$/m);
});

test('a run whose model waits is not said to be completed', () => {
  const promotion = { status: 'waiting', reason: 'no worse', by: 'gate' } as NonNullable<RunResult['promotion']>;
  assert.match(runTable({ ...underWay, status: 'completed', promotion }, links), /^status +waits for approval$/m);
});

test('a run fits the screen, and its id and its commands stay whole', () => {
  const before = process.env['COLUMNS'];
  try {
    for (const width of [60, 80, 120]) {
      process.env['COLUMNS'] = String(width);
      const [tables = ''] = runTable(underWay, links).split('\n\nNext:');
      for (const line of tables.split('\n')) {
        assert.ok(displayWidth(line) <= width || line === links.ui, `${width}: ${line}`);
      }
      for (const whole of [run, links.ui, 's3://photos/birds']) assert.ok(tables.includes(whole), `${width}: ${whole}`);
    }
  } finally {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  }
});
