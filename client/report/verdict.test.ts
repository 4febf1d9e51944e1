import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunResult } from '../../contracts/run/result.js';
import { factsOf, figuresFrom, outcomesOf } from '../../test/fixtures/factsForTests.js';
import type { ActivityRecord } from './facts/history.js';
import { runPage } from './runPage.js';
import { verdictOf } from './verdict.js';

/** A test of so many pictures of each of two classes, of which all but so many are recognised. */
const tested = (each: number, wrong: number) =>
  figuresFrom(
    outcomesOf(
      Array.from({ length: 2 * each }, (_, index) => ({
        label: index % 2,
        probabilities: (index % 2 === 0) === index >= wrong ? [1, 0] : [0, 1],
      })),
    ),
    ['ant', 'bee'],
  );

test('a run that failed after its test is no success, and the reason is given', () => {
  const base = factsOf(tested(50, 0));
  const failure = { code: 'GW_INTERNAL', message: 'The gate broke.', remedy: 'Fix it.' };
  const verdict = (change: Partial<RunResult>) =>
    verdictOf({ ...base.result, ...change }, base.figures, base.leaks, null);
  assert.equal(verdict({}).tone, 'good');
  const failed = verdict({ status: 'failed', failure });
  assert.equal(failed.tone, 'open');
  assert.deepEqual(failed.notes.slice(-3), [
    'The run itself failed: the model is registered.',
    'The gate broke.',
    'Fix it.',
  ]);
  for (const status of ['failed', 'canceled', 'terminated', 'timed-out'] as const)
    assert.equal(verdict({ status, failure, model: null }).tone, 'bad');
  assert.equal(verdict({ status: 'running', model: null }).tone, 'good');
});

test('all but one are not 100 %, and one is not 0 %', () => {
  const sentence = (each: number, wrong: number): string => runPage(factsOf(tested(each, wrong)), {}).verdict;
  assert.match(sentence(2500, 1), /recognises 99\.9 % of 5,000 test pictures/);
  assert.match(sentence(2500, 4999), /recognises 0\.1 % of/);
  assert.match(sentence(25, 0), /recognises 100\.0 % of/);
  assert.match(sentence(25, 50), /recognises 0\.0 % of/);
});

test('what a run has done is not denied because no worker can be asked: its history shows it', () => {
  const base = factsOf(null, { stages: [] });
  const result: RunResult = {
    ...base.result,
    ...{ status: 'terminated', dataset: null, stages: [], stage: 'unknown: no worker answers' },
  };
  const done = (type: string, answer: unknown): ActivityRecord => ({
    ...{ type, pool: 'cpu', scheduledAt: 0, startedAt: 1, endedAt: 2, attempts: 1, outcome: 'completed', answer },
  });
  const activities = [done('evaluateModel', {}), done('registerModel', { model: { name: 'ants', version: 3 } })];
  const { verdict, html } = runPage({ ...base, result, activities }, {});
  assert.match(verdict, /was terminated\. What it has done is not known, because no worker answers/);
  assert.match(html, /According to its history, it has tested its model and registered it as ants@3\./);
  assert.doesNotMatch(html, /so it has no model|has been trained yet|has been read yet|has looked for/);
  const unknown = verdictOf({ ...result, status: 'running' }, null, null, null);
  assert.match(unknown.sentence, /is running, after 12 s\. What it has done is not known/);
  assert.equal(unknown.tone, 'open');
  assert.equal(unknown.notes.length, 1);
});

test('a model that is no better than a constant answer is called that first, with that answer', () => {
  const verdict = (each: number, wrong: number) => {
    const base = factsOf(tested(each, wrong));
    return verdictOf(base.result, base.figures, base.leaks, null);
  };
  const chance = verdict(50, 50);
  assert.match(chance.notes[0] ?? '', /^That is no better than always answering “\u2068(ant|bee)\u2069”/);
  assert.equal(chance.tone, 'bad');
  assert.match(verdict(50, 90).notes[0] ?? '', /^That is worse than always answering/);
  assert.match(verdict(50, 45).notes[0] ?? '', /^That is not clearly better than always answering/);
  const good = verdict(50, 2);
  assert.match(good.notes[0] ?? '', /^It is better than always answering .*50\.0 %: it makes 96\.0 % fewer mistakes/);
  assert.equal(good.tone, 'good');
  assert.equal(verdict(500, 400).tone, 'open', 'clearly better, but weak');
});
