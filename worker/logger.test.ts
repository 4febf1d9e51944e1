import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { enterStage, inWorkContext } from '../activities/shared/workContext.js';
import { createLogger } from './logger.js';

test('a line within a piece of work says whose it is, however deep and however late; others say nothing of it', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const work = (run: string, attempt: number): Promise<void> =>
    inWorkContext('trainStage', { run, attempt }, async () => {
      log.warn({ object: 'x' }, 'begins');
      await delay(1);
      enterStage(`stage-of-${run}`);
      await Promise.all([1, 2].map(async (part) => log.info({ part }, 'goes on')));
    });
  await Promise.all([work('a', 1), work('b', 3)]);
  log.info('outside');
  const seen = lines.map(({ run, activity, stage, attempt, msg }) => ({ run, activity, stage, attempt, msg }));
  const of = (run: string, attempt: number, stage: string, msg: string) => ({
    ...{ run, activity: 'trainStage', stage, attempt, msg },
  });
  assert.deepEqual(seen.slice(0, 2), [of('a', 1, 'train', 'begins'), of('b', 3, 'train', 'begins')]);
  assert.equal(seen.filter(({ stage, attempt }) => stage === 'stage-of-b' && attempt === 3).length, 2);
  assert.equal(seen.filter(({ stage, attempt }) => stage === 'stage-of-a' && attempt === 1).length, 2);
  assert.deepEqual(Object.keys(lines.at(-1) ?? {}).sort(), ['level', 'msg', 'pid', 'time']);
  assert.equal(lines[0]?.object, 'x');
});

test(
  'a worker whose log lies on a full disk goes on',
  { skip: existsSync('/dev/full') ? false : 'this system has no /dev/full' },
  async () => {
    const program = `
      import { createLogger } from ${JSON.stringify(new URL('./logger.js', import.meta.url).href)};
      const log = createLogger('info');
      for (let line = 0; line < 1000; line += 1) log.info({ filler: 'x'.repeat(10_000) }, 'nobody reads this');
      setImmediate(() => console.log('still here'));`;
    const node = ['-c', 'exec "$0" --input-type=module -e "$1" 2>/dev/full', process.execPath, program];
    const { stdout } = await promisify(execFile)('sh', node);
    assert.equal(stdout, 'still here\n');
  },
);
