import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraftworkError } from '../../contracts/errors.js';
import type { RunResult } from '../../contracts/run/result.js';
import { followRun } from './followRun.js';
import type { RunStatus } from '../../client/runs/runStatus.js';

const running: RunStatus = { run: 'train-x', status: 'running', result: null, workflowAttempt: 1, activities: [] };
const completed = { run: 'train-x', status: 'completed' } as RunResult;
const away = (): GraftworkError => new GraftworkError('GW_TEMPORAL_UNREACHABLE', 'no answer', { retryable: true });

/** A run whose watching fails with each of `errors` in turn, and then comes to its end. */
function runWith(errors: Error[]) {
  return {
    id: 'train-x',
    watch: async function* (): AsyncGenerator<RunStatus> {
      yield running;
      const error = errors.shift();
      if (error !== undefined) throw error;
      yield { ...running, status: 'completed' };
    },
    show: () => Promise.resolve(completed),
  };
}

const trouble = async (): Promise<undefined> => undefined;

function display(said: string[]) {
  return { run: () => undefined, say: (line: string) => void said.push(line) };
}

test('a server that is away for a while does not end the following', async () => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const result = await followRun(runWith([away(), away()]), display(said), signal, { pause: 1, trouble });
  assert.equal(result, completed);
  assert.deepEqual(said, [
    'waiting: no answer',
    'the service answers again',
    'waiting: no answer',
    'the service answers again',
  ]);
});

test('one that stays away does, and the person reads that the run continues', async () => {
  const { signal } = new AbortController();
  await assert.rejects(followRun(runWith([away()]), display([]), signal, { patience: 0, trouble }), {
    code: 'GW_TEMPORAL_UNREACHABLE',
    remedy: /The run continues\. Follow it: npx graftwork watch train-x/,
  });
});

test('a failure that waiting cannot fix ends it at once', async () => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const unknown = new GraftworkError('GW_RUN_NOT_FOUND', 'There is no run train-x.');
  await assert.rejects(followRun(runWith([unknown]), display(said), signal), unknown);
  assert.deepEqual(said, []);
});

test('a full disk is said when it begins and when it is over, and stands in what ends the following', async () => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const looks = [undefined, 'the disk is nearly full', 'the disk is full', undefined, undefined];
  const changing = async (): Promise<string | undefined> => looks.shift();
  await followRun(runWith([away(), away()]), display(said), signal, { pause: 1, trouble: changing });
  assert.deepEqual(said, [
    'waiting: no answer',
    'the disk is nearly full',
    'the service answers again',
    'the disk is full',
    'waiting: no answer',
    'the disk has free space again',
    'the service answers again',
  ]);
  const full = async (): Promise<string> => 'the disk is full';
  await assert.rejects(followRun(runWith([away()]), display([]), signal, { patience: 0, trouble: full }), {
    code: 'GW_TEMPORAL_UNREACHABLE',
    message: 'no answer The reason: the disk is full',
  });
});
