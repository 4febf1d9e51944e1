/** The engine process: one job at a time, asked for by the worker that started it, and gone when that worker is gone. */
import { runEngineJob } from '../../activities/engineJobs.js';
import { asGraftworkError } from '../../contracts/errors.js';
import { createDependencies } from '../dependencies.js';
import type { FromEngine, ToEngine } from './messages.js';

/** Milliseconds between signs of life. */
const aliveInterval = 2_000;

const send = (message: FromEngine): void => {
  if (process.connected) process.send?.(message);
};

const dependencies = createDependencies(process.env);
let stop: AbortController | undefined;

async function run(request: Extract<ToEngine, { type: 'run' }>): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  const alive = setInterval(() => send({ type: 'alive' }), aliveInterval);
  try {
    const output = await runEngineJob(dependencies, request.job, request.input, request.caller, {
      progress: (progress) => send({ type: 'progress', progress }),
      epochs: (epochs) => send({ type: 'epochs', signal: epochs }),
      signal,
    });
    send({ type: 'done', output });
  } catch (thrown) {
    const error = asGraftworkError(thrown);
    send({ type: 'failed', error: error.toJSON(), stack: thrown instanceof Error ? thrown.stack : undefined });
  } finally {
    clearInterval(alive);
    stop = undefined;
  }
}

process.on('message', (message: ToEngine) => {
  if (message.type === 'stop') stop?.abort();
  else void run(message);
});
// The worker is gone, so nobody can use what this process does: its lease ends with the next missed heartbeat.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the worker decides what becomes of the job.
process.on('SIGINT', () => undefined);
send({ type: 'ready' });
