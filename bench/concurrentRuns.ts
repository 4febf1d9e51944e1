/**
 * Many small runs at once through one embedded stack, and what the memory of its processes does meanwhile.
 *
 *   npm run bench concurrentRuns -- [--runs 200] [--json]
 *
 * All runs share their images' features; each has a head of its own (another label smoothing), so each trains.
 */
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import type { RunHandle } from '../client/index.js';
import { asGraftworkError } from '../contracts/errors.js';
import { quickSpec } from '../test/fixtures/quickSpecs.js';
import { enginesOf } from '../test/stacks/processes.js';
import { sharedData, sharedDataMissing } from '../test/fixtures/sharedData.js';
import { StackForTests } from '../test/stacks/stackForTests.js';
import { MemoryLog } from './measures/memoryLog.js';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
});
const count = Number(values.runs);
if (sharedDataMissing !== false) throw new Error(sharedDataMissing);

const stack = await StackForTests.start();
try {
  const { graftwork } = stack;
  const began = performance.now();
  let completed = 0;
  const memory = MemoryLog.start(async () => {
    const { workers } = await stack.state();
    const [engine] = await enginesOf(workers.gpu.pid);
    const pids = Object.entries(workers).map(([pool, { pid }]): [string, number] => [`${pool} worker`, pid]);
    return new Map(engine === undefined ? pids : [...pids, ['engine', engine]]);
  });
  const runs = await pMap(
    Array.from({ length: count }, (_, index) => index),
    (index) => {
      const head = { ...quickSpec.head, labelSmoothing: index / (2 * count) };
      return graftwork.train(sharedData('datasets/tiny'), { spec: { ...quickSpec, head, name: 'crowd' } });
    },
    { concurrency: 8 },
  );
  process.stderr.write(`${count} runs started in ${seconds(began)} s\n`);
  const outcomes = await Promise.all(
    runs.map(async (run) => {
      const outcome = await ended(run);
      completed += 1;
      memory.at(completed / count);
      if (completed % 10 === 0) process.stderr.write(`${completed} of ${count} ended, ${seconds(began)} s\n`);
      return outcome;
    }),
  );
  const failed = outcomes.filter((outcome) => outcome !== 'completed');
  const report = {
    runs: count,
    completed: count - failed.length,
    failures: [...new Set(failed)],
    seconds: Number(seconds(began)),
    memory: await memory.stop(),
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? 0 : 2)}\n`);
  if (failed.length > 0) process.exitCode = 1;
} finally {
  await stack.stop();
}

async function ended(run: RunHandle): Promise<string> {
  try {
    const { model } = await run.result();
    return model === null ? 'no model' : 'completed';
  } catch (thrown) {
    const { code, message } = asGraftworkError(thrown);
    return `${code}: ${message}`;
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}
