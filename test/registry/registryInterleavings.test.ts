/** The registry under a thousand seeded interleavings of everything that touches it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const interleavings = 1_000;
/** One of them alone: `GRAFTWORK_SEED=17 npm test -- registryInterleavings`. */
const seeds = process.env.GRAFTWORK_SEED
  ? [Number(process.env.GRAFTWORK_SEED)]
  : Array.from({ length: interleavings }, (_, seed) => seed);

test('in a thousand interleavings no number is given twice, cards keep their parameters, and decisions alone move production', async () => {
  const trial = new Worker(new URL('registryTrial.js', import.meta.url), { workerData: seeds });
  const [failed] = (await once(trial, 'message')) as [string[]];
  await trial.terminate();
  assert.deepEqual(failed.slice(0, 5), [], `${failed.length} of ${seeds.length} seeds fail`);
});
