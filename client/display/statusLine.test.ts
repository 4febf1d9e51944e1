import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../contracts/result.js';
import type { Progress } from '../../contracts/training.js';
import type { ActivityStatus, RunStatus } from '../runStatus.js';
import { runTable } from './runTable.js';
import { newsBetween, statusLine } from './statusLine.js';

const result: RunResult = {
  run: 'train-x',
  status: 'running',
  model: null,
  dataset: null,
  backbone: 'efficientnet_lite0',
  cache: null,
  stages: [],
  test: null,
  artifacts: { model: null, card: null, report: null, exports: [] },
  seconds: 1,
  stage: 'head',
  failure: null,
};

function status(activities: Partial<ActivityStatus>[], changes: Partial<RunResult> = {}): RunStatus {
  return {
    run: 'train-x',
    status: 'running',
    result: { ...result, ...changes },
    workflowAttempt: 1,
    activities: activities.map((activity) => ({
      id: '7',
      type: 'trainStage',
      attempt: 1,
      state: 'running',
      secondsSinceScheduled: 8,
      progress: null,
      lastFailure: null,
      ...activity,
    })),
  };
}

const training: Progress = {
  stage: 'head',
  done: 12,
  total: 40,
  unit: 'steps',
  epoch: 3,
  epochs: 10,
  loss: 0.5213,
  top1: 0.912,
  imagesPerSecond: 1240.4,
  secondsLeft: 12,
};

test('the line of a training stage has epoch, loss, accuracy, rate and time left', () => {
  assert.deepEqual(statusLine(status([{ progress: training }])), {
    stage: 'head',
    done: 12,
    total: 40,
    text: 'epoch 3/10 · loss 0.521 · accuracy 91.2 % · 12/40 steps · 1,240 images/s · 12 s left',
  });
});

test('shards that run side by side are added up', () => {
  const shard: Progress = { stage: 'features', done: 10, total: 50, unit: 'images', imagesPerSecond: 30 };
  const line = statusLine(status([{ progress: shard }, { progress: shard }], { stage: 'features' }));
  assert.equal(line.done, 20);
  assert.equal(line.total, 100);
  assert.equal(line.text, '20/100 images · 60 images/s');
});

test('what keeps a run waiting is said', () => {
  assert.match(statusLine(status([{ state: 'waiting' }])).text, /1 task waiting for a worker/);
  assert.equal(statusLine(status([{ state: 'waiting', secondsSinceScheduled: 1 }])).text, '');
  assert.equal(statusLine(status([{ state: 'waiting' }, { state: 'running' }])).text, '');
  assert.match(
    statusLine(status([{ state: 'waiting', attempt: 2, lastFailure: 'the engine died' }])).text,
    /attempt 2 comes next, after: the engine died/,
  );
  assert.match(statusLine({ ...status([]), result: null }).text, /no workflow worker answers/);
  assert.match(statusLine({ ...status([]), result: null, workflowAttempt: 3 }).text, /fails at this run \(attempt 3\)/);
});

test('an ended stage, a new attempt and a resumed position are news once', () => {
  const head = {
    name: 'head',
    epochs: [{ epoch: 1, loss: 1, validation: { top1: 0.9, loss: 0.3 }, learningRate: 0.1, seconds: 1 }],
    seconds: 2,
    kept: true,
    reason: 'the first stage',
    resumedFrom: null,
    cache: { hits: 0, misses: 1, reason: '' },
  };
  const before = status([]);
  const now = status(
    [{ attempt: 2, lastFailure: 'the engine died', progress: { ...training, resumedFrom: { epoch: 2, step: 5 } } }],
    { stages: [head] },
  );
  assert.deepEqual(newsBetween(before, now), [
    'head: 1 epoch, 2.0 s, validation 90.0 %, kept: the first stage',
    'trainStage: attempt 2, after: the engine died',
    'head: goes on from epoch 2, step 5',
  ]);
  assert.deepEqual(newsBetween(now, now), []);
});

test('a step that ended within its first epoch is reported as dropped, and why', () => {
  const endings = [
    {
      reason: 'training diverged at epoch 1, step 3 (learning rate 0.500): the earlier parameters are kept',
      diverged: { epoch: 1, step: 3, learningRate: 0.5 },
    },
    { reason: 'finished before an epoch was done: the earlier parameters are kept' },
  ];
  for (const ending of endings) {
    const stage: RunResult['stages'][number] = {
      ...{ name: 'fine-tune-1', epochs: [], seconds: 2, kept: false, resumedFrom: null },
      cache: { hits: 0, misses: 1, reason: 'no earlier run trained this' },
      ...ending,
    };
    const [news] = newsBetween(status([]), status([], { stages: [stage] }));
    assert.ok(news?.startsWith('fine-tune-1: 0 epochs') && news.endsWith(`dropped: ${ending.reason}`), news);
    const shown = runTable({ ...result, stages: [stage] }, { ui: undefined, next: [] });
    assert.match(shown, new RegExp(`fine-tune-1 .* no +${ending.reason.slice(0, 30)}`));
  }
});
