/**
 * A gpu worker: `node heldWorker.js <address> <slots> holds|answers`. One that `holds` never finishes one step of each run, which the run's
 * id names (heldSteps.ts). On SIGTERM the worker shuts down, and its jobs stop, as preempted, only on SIGUSR2: as an engine
 * that takes its time for a checkpoint. It ignores every other wish to stop.
 */
import { once } from 'node:events';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Engine, EngineJobs } from '../../activities/shared/engine.js';
import { GraftworkError } from '../../contracts/errors.js';
import { createDependencies } from '../../worker/dependencies.js';
import { createPool } from '../../worker/pools.js';
import { heldStepOf } from './heldSteps.js';
import { activities } from './workflowsForTests.js';

const [, , address = '', slots = '1', mode = 'holds'] = process.argv;

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  shutdownSignals: [],
});
const leaving = once(process, 'SIGUSR2');
const made = activities(1);
const answers: typeof made = {
  ...made,
  trainStage: async (input) => {
    const { result, ...output } = await made.trainStage(input);
    return { ...output, result: { ...result, reason: input.finish ? 'early' : 'whole' } };
  },
  searchHeads: () => Promise.resolve(null),
};

const engine: Engine = {
  async run(job, input, { run }) {
    if (mode !== 'holds' || heldStepOf(run) !== job) {
      const answer = answers[job] as (given: typeof input) => Promise<EngineJobs[typeof job]['output']>;
      return answer(input);
    }
    await leaving;
    throw new GraftworkError('GW_PREEMPTED', 'stopped in epoch 1 after step 1', { retryable: true });
  },
};

const connection = await NativeConnection.connect({ address });
const worker = await createPool('gpu', {
  connection,
  namespace: 'default',
  dataConverter: {},
  dependencies: createDependencies(process.env, () => undefined),
  engine,
  slots: Number(slots),
  tracing: undefined,
});
process.once('SIGTERM', () => {
  worker.shutdown();
  process.stdout.write('stopping\n');
});
const serving = worker.run();
process.send?.('ready');
await serving;
await connection.close();
process.exit();
