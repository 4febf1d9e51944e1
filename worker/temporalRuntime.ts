/** Temporal's runtime in this process: its logs and metrics go where ours go, and signals are ours to handle. */
import type { MetricMeter } from '@temporalio/common';
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import { GraftworkError } from '../contracts/errors.js';
import { histogramBuckets } from './metrics.js';

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * @param metricsAddress `host:port` for Prometheus, at `/metrics`; undefined: nothing is served
 * @returns the meter whose metrics are served there
 * @throws GraftworkError GW_ENVIRONMENT_INVALID when that address cannot be listened on
 */
export function installRuntime(log: Logger, metricsAddress: string | undefined): MetricMeter {
  try {
    return Runtime.install({
      logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
        const { error, workflowId, ...fields } = { error: undefined, workflowId: undefined, ...meta };
        const run = workflowId === undefined ? {} : { run: workflowId };
        log[levels[level]]({ ...run, ...fields, ...(error === undefined ? {} : { err: error }) }, message);
      }),
      telemetryOptions: {
        // The native part's lines, too, as JSON.
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(metricsAddress === undefined ? {} : { metrics: { prometheus: prometheus(metricsAddress) } }),
      },
      // The worker decides what the first and the second signal mean (main.ts).
      shutdownSignals: [],
    }).metricMeter;
  } catch (cause) {
    if (metricsAddress === undefined) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GraftworkError(
      'GW_ENVIRONMENT_INVALID',
      `GRAFTWORK_METRICS_ADDRESS: cannot serve metrics at ${metricsAddress} (${reason}).`,
      {
        remedy: 'Give an IP address of this machine and a free port. Each worker process needs its own.',
        cause,
      },
    );
  }
}

/** For a worker that ends before it connects: a runtime that was never used keeps its process alive. */
export async function endRuntime(): Promise<void> {
  await Runtime.instance().shutdown();
}

/** As Prometheus wants names: with the unit, in seconds, counters ending in `_total`. */
function prometheus(bindAddress: string) {
  return {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: histogramBuckets(),
  };
}
