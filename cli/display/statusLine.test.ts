import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageReport } from '../../contracts/run/result.js';
import type { Progress } from '../../contracts/spec/stages/training.js';
import type { RunStatus } from '../../client/runs/runStatus.js';
import { barLine } from './barLine.js';
import { lineText, statusLine } from './statusLine.js';
import { displayWidth } from '../terminal/words.js';
import { dataset, status, training } from '../../test/fixtures/statusForTests.js';

const stage: StageReport = {
  ...{ name: 'head', epochs: [], seconds: 1, kept: false, reason: 'running', resumedFrom: null },
  cache: { hits: 0, misses: 0, reason: 'running' },
};
const text = (seen: RunStatus): string => lineText(statusLine(seen));

test('the line of a training stage has epoch, validation accuracy, loss, pictures, rate and time left', () => {
  const seen = status([{ progress: training }], { dataset });
  assert.equal(
    text(seen),
    'epoch 3 of 10 · validation accuracy 91.2 % · loss 0.521 · 240 of 800 pictures · 1,240/s · 12 s left',
  );
  assert.equal(statusLine(seen).share, 0.3);
});

test('of a multi-label task the line has the mean average precision of the last epoch', () => {
  const validation = { top1: 0.912, loss: 0.5, mAP: 0.758 };
  const epochs = [{ epoch: 2, loss: 0.5, validation, learningRate: 0.1, seconds: 1 }];
  const seen = status([{ progress: training }], { dataset, stages: [{ ...stage, epochs }] });
  assert.match(text(seen), /^epoch 3 of 10 · validation mAP 75\.8 % · loss 0\.521/);
});

test('at 60, 80 and 120 columns the bar fits, and rate and time left stay', () => {
  const long: Progress = { ...training, epochs: 1000, done: 39, imagesPerSecond: 12_345, secondsLeft: 4_321 };
  const counts = { train: 123_456, validation: 1, test: 1 };
  for (const progress of [training, long]) {
    for (const data of [dataset, { ...dataset, counts }]) {
      for (const width of [40, 60, 80, 120]) {
        const line = barLine(statusLine(status([{ progress }], { dataset: data, stage: 'fine-tune-1' })), width);
        assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
        assert.match(line, /^fine-tune-1 [█░]{1,24} .*\d\/s · (12 s|1 h 12 min) left$/, `${width}: ${line}`);
      }
    }
  }
  const at80 = barLine(statusLine(status([{ progress: training }], { dataset, stage: 'fine-tune-1' })), 80);
  assert.match(at80, /epoch 3 of 10 · 240 of 800 pictures · 1,240\/s · 12 s left$/);
});

test('what keeps a run waiting is cut at the edge of the screen, not folded', () => {
  const lastFailure = 'the \nengine died: '.repeat(20);
  const line = barLine(statusLine(status([{ state: 'waiting', attempt: 2, lastFailure }])), 60);
  assert.ok(displayWidth(line) <= 60);
  assert.match(line, /^head +[█░]* ?waiting for attempt 2 after: the \\nengine.*…$/);
});

test('shards that ended, shards under way and shards in the queue are one bar of all pictures', () => {
  const shard: Progress = {
    stage: 'preprocess',
    done: 10,
    total: 50,
    unit: 'images',
    imagesPerSecond: 5,
    secondsLeft: 8,
  };
  const look = (picturesDone: number, progress: Progress[]): RunStatus => ({
    ...status([...progress.map((one) => ({ progress: one })), { state: 'waiting' }], { dataset, stage: 'preprocess' }),
    picturesDone,
  });
  const looks = [
    look(0, [shard, shard]),
    look(0, [{ ...shard, done: 40 }, shard]),
    look(50, [{ ...shard, done: 20 }]),
    look(100, [{ ...shard, done: 5, total: 20 }]),
    look(120, []),
  ];
  assert.deepEqual(looks.map(text), [
    '20 of 120 pictures · 10/s · 10 s left',
    '50 of 120 pictures · 10/s · 8 s left',
    '70 of 120 pictures · 5.0/s · 10 s left',
    '105 of 120 pictures · 5.0/s · 8 s left',
    '120 of 120 pictures · 1 task waiting for a worker',
  ]);
  const shares = looks.map((seen) => statusLine(seen).share);
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  // Of a shard that has just ended neither the run nor its activity may have spoken: what was seen before counts.
  assert.equal(lineText(statusLine(look(50, []), 70)), '70 of 120 pictures · 1 task waiting for a worker');
  // The test split has no stored features.
  const features = { ...look(40, []), result: { ...look(0, []).result!, stage: 'features' } };
  assert.match(text(features), /^40 of 100 pictures/);
});

test('reading stored features, trying settings and looking at labels do not fill the bar', () => {
  const reading: Progress = { stage: 'head', done: 3, total: 9, unit: 'shards' };
  const trying: Progress = { stage: 'search', done: 12, total: 12, unit: 'steps' };
  const looking: Progress = { stage: 'review', done: 110, total: 442, unit: 'steps' };
  const lines = [reading, trying, looking].map((progress) => statusLine(status([{ progress }], { dataset })));
  assert.deepEqual(lines.map(lineText), [
    'reading features, 33 %',
    'trying settings: 12 so far',
    'looking for wrong labels, 25 %',
  ]);
  assert.deepEqual(
    lines.map(({ share }) => share),
    [0, 0, 0],
  );
});

test('what keeps a run waiting is said', () => {
  assert.match(text(status([{ state: 'waiting' }])), /1 task waiting for a worker/);
  assert.equal(text(status([{ state: 'waiting', secondsSinceScheduled: 1 }])), '');
  assert.equal(text(status([{ state: 'waiting' }, { state: 'running' }])), '');
  assert.match(
    text(status([{ state: 'waiting', attempt: 2, lastFailure: 'the engine died' }])),
    /waiting for attempt 2 after: the engine died/,
  );
  assert.match(text({ ...status([]), result: null }), /no workflow worker answers/);
  assert.match(text({ ...status([]), result: null, workflowAttempt: 3 }), /cannot process this run \(attempt 3\)/);
  assert.match(text({ ...status([]), status: 'paused' }), /paused/);
});
