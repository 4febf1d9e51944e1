/** The engine process: one job at a time, asked for by the worker that started it, and gone when that worker is gone. */
import type { WorkCallbacks } from '../../activities/shared/engine.js';
import { runEngineJob } from '../../activities/engineJobs.js';
import { inWorkContext } from '../../activities/shared/workContext.js';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { isOutOfMemory } from '../../learning/outOfMemory.js';
import { usesGpu } from '../../learning/tensorflow.js';
import { startTracingIfWanted } from '../../telemetry/startTracingIfWanted.js';
import { inTrace, traced } from '../../telemetry/traced.js';
import { createDependencies } from '../dependencies.js';
import type { FromEngine, ToEngine } from './messages.js';
import { ReportedMeasures } from './reportedMeasures.js';

/** Milliseconds between signs of life. */
const aliveInterval = 2_000;
/** For spans on their way to a collector. Milliseconds. */
const flushPatience = 1_000;

/** Resolves when the message is on its way, or when there is nobody to hear it any more. */
const tell = (message: FromEngine): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
const send = (message: FromEngine): void => void tell(message);

const measures = new ReportedMeasures((samples) => send({ type: 'measured', samples }));
const dependencies = createDependencies(process.env, measures.measure);
/** Not awaited here: the first job may be asked for before. */
const tracing = startTracingIfWanted('graftwork-engine', process.env);
let stop: AbortController | undefined;
let leaving = false;

async function run(request: Extract<ToEngine, { type: 'run' }>): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  const alive = setInterval(() => send({ type: 'alive' }), aliveInterval);
  try {
    await tracing;
    const { job, input, caller, trace } = request;
    const callbacks: WorkCallbacks = {
      progress: (progress) => send({ type: 'progress', progress }),
      epochs: (epochs) => send({ type: 'epochs', signal: epochs }),
      signal,
    };
    const attributes = { 'graftwork.run': caller.run, 'graftwork.attempt': caller.attempt };
    const output = await inWorkContext(job, caller, () =>
      inTrace(trace, () =>
        traced(`engine ${job}`, attributes, () => runEngineJob(dependencies, job, input, caller, callbacks)),
      ),
    );
    measures.flush();
    await tell({ type: 'done', output });
  } catch (thrown) {
    const error = asEngineError(thrown);
    measures.flush();
    await tell({ type: 'failed', error: error.toJSON(), stack: thrown instanceof Error ? thrown.stack : undefined });
  } finally {
    clearInterval(alive);
    stop = undefined;
    if (leaving) await exit();
    else void flushSpans();
  }
}

async function exit(): Promise<void> {
  await flushSpans();
  process.exit(0);
}

async function flushSpans(): Promise<void> {
  await (await tracing)?.flush(flushPatience);
}

function asEngineError(thrown: unknown): GraftworkError {
  if (thrown instanceof GraftworkError || !isOutOfMemory(thrown)) return asGraftworkError(thrown);
  return new GraftworkError('GW_OUT_OF_MEMORY', thrown instanceof Error ? thrown.message : String(thrown), {
    retryable: true,
    remedy: 'Use a smaller batch size, or a device with more memory.',
    cause: thrown,
  });
}

process.on('message', (message: ToEngine) => {
  if (message.type === 'stop') stop?.abort();
  else void run(message);
});
/** The job leaves its checkpoint, and this process ends. */
function leave(): void {
  leaving = true;
  if (stop === undefined) void exit();
  else stop.abort();
}

// Asked to go by somebody else than the worker.
process.on('SIGTERM', leave);
// The worker is gone: nobody hears the result, but the next attempt can go on from what was done until now. Until it begins
// the lease is ours; once it has begun, the store refuses the checkpoint. The worker's guard sees to it that we do end.
process.on('disconnect', leave);
// Ctrl-C in a terminal reaches the whole group; the worker decides what becomes of the job.
process.on('SIGINT', () => undefined);
send({ type: 'ready', gpu: usesGpu() });
