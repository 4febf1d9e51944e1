import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../contracts/run/result.js';
import { newsBetween } from './news.js';
import { runTable } from './runTable.js';
import { dataset, result, status, training } from '../../test/fixtures/statusForTests.js';

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
    'head: 1 epoch, 2.0 s, validation accuracy 90.0 %, kept',
    'head: attempt 2, after: the engine died',
    'head: resumes in epoch 2 after step 5',
  ]);
  assert.deepEqual(newsBetween(now, now), []);
});

test('a step that ended within its first epoch is dropped, and the table says why, once', () => {
  const endings = [
    {
      reason: 'training diverged in epoch 1 after step 3 (learning rate 0.500)',
      diverged: { epoch: 1, step: 3, learningRate: 0.5 },
    },
    { reason: 'finished before an epoch was done' },
  ];
  for (const ending of endings) {
    const stage: RunResult['stages'][number] = {
      ...{ name: 'fine-tune-1', epochs: [], seconds: 2, kept: false, resumedFrom: null },
      cache: { hits: 0, misses: 1, reason: 'no earlier run trained this' },
      ...ending,
    };
    const [news] = newsBetween(status([]), status([], { stages: [stage] }));
    assert.equal(news, 'fine-tune-1: 0 epochs, 2.0 s, dropped');
    const shown = runTable({ ...result, stages: [stage] }, { ui: undefined, next: [] });
    assert.match(shown, new RegExp(`fine-tune-1 .* dropped: ${ending.reason.slice(0, 30)}`));
  }
});

test('the number of epochs is right where their table is thinned', () => {
  const epochs = [1, 700, 2000].map((epoch) => ({
    ...{ epoch, loss: 1, learningRate: 0.1, seconds: 1 },
    validation: { top1: 0.9, loss: 0.3 },
  }));
  const stage: RunResult['stages'][number] = {
    ...{ name: 'head', epochs, seconds: 2, kept: true, reason: 'a new head is always kept', resumedFrom: null },
    cache: { hits: 0, misses: 1, reason: '' },
  };
  assert.match(newsBetween(undefined, status([], { stages: [stage] })).join(), /^head: 2,000 epochs, /);
  const shown = runTable({ ...result, stages: [stage] }, { ui: undefined, next: [] });
  assert.match(shown, /^head +2000 /m);
});

test('a step before training says how many pictures went through it, and whether they were there', () => {
  const dataset: RunResult['dataset'] = {
    ...{ version: '3fa71d325cbe', uri: 's3://photos/birds', classes: ['ant', 'bee'], quarantined: 0, reused: false },
    counts: { train: 250, validation: 50, test: 79 },
    duplicates: { exact: 0, near: 0, acrossSplits: 0, acrossClasses: 0 },
  };
  const news = (name: string, hits: number, misses: number): string => {
    const stage = { name, epochs: [], seconds: 5.2, kept: true, reason: 'computed', resumedFrom: null };
    const stages = [{ ...stage, cache: { hits, misses, reason: 'computed' } }];
    return newsBetween(undefined, status([], { dataset, stages })).join();
  };
  assert.equal(news('preprocess', 0, 18), 'preprocess: 379 pictures, 5.2 s');
  assert.equal(news('preprocess', 18, 0), 'preprocess: 379 pictures, all found from an earlier run, 5.2 s');
  assert.equal(news('features', 3, 15), 'features: 300 pictures, some found from an earlier run, 5.2 s');
});

test('pictures that the network sees badly are said once, with the remedy, and stand in the summary', () => {
  const dark = { ...dataset, unusualRange: { count: 1, examples: ['a/1.tif'] } };
  const partlySeen = { count: 12, examples: ['a/1.png', 'a/2.png', 'a/3.png'] };
  const [ingested, planned] = [status([], { dataset: dark }), status([], { dataset: dark, partlySeen })];
  const [values] = newsBetween(status([]), ingested);
  assert.match(
    values ?? '',
    /^note: a value range .* makes 1 picture \(a\/1\.tif\) nearly black.*preprocess\.range=auto/,
  );
  const [wide, ...others] = newsBetween(ingested, planned);
  assert.match(
    wide ?? '',
    /cuts 12 pictures \(a\/1\.png, a\/2\.png, a\/3\.png, …\) to less than half\..*preprocess\.fit=pad/,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(newsBetween(planned, planned), []);
  const summary = runTable({ ...result, dataset: dark, partlySeen }, { ui: undefined, next: [] });
  assert.match(summary, /note +the centre crop cuts 12 pictures/);
  assert.match(summary, / a value range other than/);
  const followed = runTable({ ...result, dataset: dark, partlySeen }, { ui: undefined, next: [], noted: true });
  assert.doesNotMatch(followed, /note|value range/);
});
