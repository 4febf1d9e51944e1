/** Temporal's runtime in this process: its logs go where ours go, and signals are ours to handle. */
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

export function installRuntime(log: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      const { error, ...fields } = { error: undefined, ...meta };
      log[levels[level]]({ ...fields, ...(error === undefined ? {} : { err: error }) }, message);
    }),
    // The worker decides what the first and the second signal mean (main.ts).
    shutdownSignals: [],
  });
}
